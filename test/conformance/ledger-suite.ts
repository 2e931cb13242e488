import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Append, Ledger } from '#api/ledger/ledger.ts';
import { LedgerConflict } from '#api/ledger/ledger.ts';
import type { Entry } from '#shared/ledger/entry.ts';

/** What every ledger does. `open` opens the same place each time it is called within one test. */
export interface LedgerPlace {
  open(clock: () => number): Promise<Ledger>;
  /** Runs a statement as somebody who has the store itself in hand. */
  tamper(sql: string): Promise<void>;
  clear(): Promise<void>;
}

const content = { type: 'stopReason', machine: 'filler', at: 1000, reason: 'jam' } as const;
const scrap = (at: number): Append['content'] => ({ type: 'scrap', machine: 'filler', at, count: 1 });

export function ledgerSuite(place: () => LedgerPlace | Promise<LedgerPlace>): void {
  let here: LedgerPlace;
  let now = 5000;
  const opened: Ledger[] = [];
  const open = async (): Promise<Ledger> => {
    const ledger = await here.open(() => now);
    opened.push(ledger);
    return ledger;
  };
  beforeEach(async () => {
    now = 5000;
    here = await place();
  });
  afterEach(async () => {
    for (const ledger of opened.splice(0)) await ledger.close();
    await here.clear();
  });

  it('the same key with the same content is one entry, also after a restart', async () => {
    const first = await open();
    const { entry, repeated } = await first.append({ idempotencyKey: 'k', by: 'ann', content });
    expect(repeated).toBe(false);
    expect(entry).toMatchObject({ seq: 1, recordedAt: 5000, by: 'ann', ...content });
    await opened.pop()?.close();
    now = 9000;
    const second = await open();
    expect(await second.append({ idempotencyKey: 'k', by: 'ann', content })).toEqual({ entry, repeated: true });
    expect(second.entries()).toEqual([entry]);
    expect(await second.byKey('k')).toEqual(entry);
    expect(await second.byKey('other')).toBeNull();
    expect((await second.append({ idempotencyKey: 'k2', by: 'ann', content })).entry.seq).toBe(2);
  });

  it('keeps device and time of entering, which do not make a repeat another entry', async () => {
    const ledger = await open();
    const given = { idempotencyKey: 'k', id: 'e1', by: 'ann', content } as const;
    const { entry } = await ledger.append({ ...given, device: 'Tablet 2', enteredAt: 4000 });
    expect(entry).toMatchObject({ device: 'Tablet 2', enteredAt: 4000 });
    expect(await ledger.append({ ...given, device: 'Tablet 2', enteredAt: 4100 })).toEqual({ entry, repeated: true });
  });

  it('refuses a key that was used for something else, and an id that is taken', async () => {
    const ledger = await open();
    await ledger.append({ idempotencyKey: 'k', id: 'e1', by: 'ann', content });
    const other = { ...content, reason: 'other' };
    for (const wrong of [
      { idempotencyKey: 'k', id: 'e1', by: 'ann', content: other },
      { idempotencyKey: 'k', by: 'ann', content },
      { idempotencyKey: 'k3', id: 'e1', by: 'ann', content },
    ]) {
      await expect(ledger.append(wrong)).rejects.toThrow(LedgerConflict);
    }
    expect(ledger.seq).toBe(1);
    // Somebody else is signed in by the time the tablet tries again: it is still that entry, and still Ann's.
    const { entry, repeated } = await ledger.append({ idempotencyKey: 'k', id: 'e1', by: 'bob', content });
    expect([entry.by, repeated]).toEqual(['ann', true]);
    // Refusing has left nothing locked.
    expect((await ledger.append({ idempotencyKey: 'k4', by: 'ann', content })).entry.seq).toBe(2);
  });

  it('never lets recordedAt fall, when the clock does', async () => {
    const ledger = await open();
    await ledger.append({ idempotencyKey: 'a', by: 'ann', content });
    now = 1000;
    expect((await ledger.append({ idempotencyKey: 'b', by: 'ann', content })).entry.recordedAt).toBe(5000);
  });

  it('asks the guard with all entries, and writes nothing where it refuses', async () => {
    const ledger = await open();
    await ledger.append({ idempotencyKey: 'a', by: 'ann', content });
    const seen: number[] = [];
    const guard = (entries: readonly Entry[]): void => {
      seen.push(entries.length);
      throw new RangeError('stale');
    };
    await expect(ledger.append({ idempotencyKey: 'b', by: 'ann', content, guard })).rejects.toThrow(RangeError);
    // A repeat is no new entry: nobody asks whether it may be.
    expect((await ledger.append({ idempotencyKey: 'a', by: 'ann', content, guard })).repeated).toBe(true);
    expect(seen).toEqual([1]);
    expect(ledger.seq).toBe(1);
    expect(await ledger.byKey('b')).toBeNull();
  });

  it('numbers entries that come at once without gap or repeat, and tells of each once, in order', async () => {
    const ledger = await open();
    const told: number[] = [];
    ledger.onAppend((entry) => told.push(entry.seq));
    const wanted = Array.from({ length: 20 }, (_, i) => i + 1);
    const appends = wanted.map((n) => ledger.append({ idempotencyKey: `k${n}`, by: 'ann', content: scrap(n) }));
    const twice = wanted.map((n) => ledger.append({ idempotencyKey: `k${n}`, by: 'ann', content: scrap(n) }));
    const seqs = (await Promise.all(appends)).map((a) => a.entry.seq);
    expect([...seqs].sort((a, b) => a - b)).toEqual(wanted);
    expect((await Promise.all(twice)).map((a) => a.entry.seq)).toEqual(seqs);
    expect(told).toEqual(wanted);
    expect(ledger.entries().map((e) => e.seq)).toEqual(wanted);
  });

  it('the store itself refuses to change or delete an entry', async () => {
    const ledger = await open();
    await ledger.append({ idempotencyKey: 'k', by: 'ann', content });
    await expect(here.tamper("UPDATE entry SET writer = 'eve'")).rejects.toThrow('append-only');
    await expect(here.tamper('DELETE FROM entry')).rejects.toThrow('append-only');
    expect(ledger.entries()).toHaveLength(1);
  });
}
