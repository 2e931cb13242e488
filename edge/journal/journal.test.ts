import { fork } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { emptyBatch, type FactBatch } from '#shared/oee/facts.ts';
import type { Sample } from '#shared/signal/sample.ts';
import { openJournal } from './journal.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'linewatt-journal-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const sample = (t: number, value: Sample['value'] = t, over: Partial<Sample> = {}): Sample => ({
  t,
  signal: 'filler.total',
  value,
  quality: 'good',
  received: t + 5,
  ...over,
});
const batchOf = (n: number): FactBatch => ({
  ...emptyBatch(),
  intervals: [{ machine: 'filler', start: n, end: null, state: 'running', reason: null, revision: 1 }],
});

describe('journal', () => {
  it('gives samples back by signal and time, with the last usable one before and the bad one after that', () => {
    const journal = openJournal(dir);
    const odd = sample(30, 'down', { signal: 'filler.state', id: 'x1', quality: 'uncertain' });
    journal.append([sample(10), sample(20), sample(25, 99, { quality: 'bad' }), odd, sample(40, null)]);
    const lost = sample(25, 99, { quality: 'bad' });
    expect(journal.read(['filler.total'], 30, 50)).toEqual([sample(20), lost, sample(40, null)]);
    expect(journal.read(['filler.total'], 25, 30)).toEqual([sample(20), lost]);
    expect(journal.read(['filler.total', 'filler.state', 'nobody.total'], 0, 31)).toEqual([
      sample(10),
      sample(20),
      sample(25, 99, { quality: 'bad' }),
      odd,
    ]);
    expect(journal.oldest()).toBe(10);
    journal.close();
  });

  it('replays what the checkpoint does not hold, in the order of arrival', () => {
    const journal = openJournal(dir);
    journal.append([sample(10)]);
    journal.commit({ batch: batchOf(1), checkpoint: { at: 10 } });
    journal.append([sample(30), sample(20)]);
    journal.close();
    const again = openJournal(dir);
    expect(again.checkpoint()).toEqual({ at: 10 });
    expect([...again.replay()]).toEqual([sample(30), sample(20)]);
    again.close();
  });

  it('holds readings whose time is in doubt until a sample of theirs is journalled, in one transaction', () => {
    let db: DatabaseSync | undefined;
    const open = (path: string) => {
      db = new DatabaseSync(path);
      return db;
    };
    const reading = (t: number) => ({ signal: 'filler.total', value: 7, quality: 'good' as const, t, received: 20 });
    const journal = openJournal(dir, { open });
    const ids = journal.hold('plc', [reading(10), reading(11)]);
    expect(journal.hold('other', [reading(12)])).toHaveLength(1);
    journal.close();
    const again = openJournal(dir, { open });
    expect(again.held('plc').map(({ id, reading: { t } }) => [id, t])).toEqual([
      [ids[0], 10],
      [ids[1], 11],
    ]);
    expect([...again.samples()]).toEqual([]);
    db?.exec('PRAGMA max_page_count = 1');
    const many = Array.from({ length: 500 }, (_, n) => sample(n));
    expect(() => again.append(many, ids)).toThrow(/full/);
    expect(again.held('plc')).toHaveLength(2);
    db?.exec('PRAGMA max_page_count = 100000');
    again.append([sample(10)], ids.slice(0, 1));
    expect(again.held('plc').map(({ id }) => id)).toEqual(ids.slice(1));
    again.prune({ olderThan: 21, maxBytes: 1e9 });
    expect([again.held('plc'), again.held('other')]).toEqual([[], []]);
    again.close();
  });

  it('keeps a batch until every sink has it, in order', () => {
    const journal = openJournal(dir, { sinks: ['historian', 'live'] });
    for (const n of [1, 2, 3]) journal.commit({ batch: batchOf(n), checkpoint: n });
    const [historian, live] = [journal.outbox('historian'), journal.outbox('live')];
    const first = historian.next(2);
    expect(first.map((b) => b.batch)).toEqual([batchOf(1), batchOf(2)]);
    historian.ack(first[1]?.seq ?? 0);
    expect(historian.depth()).toBe(1);
    expect(live.depth()).toBe(3);
    live.ack(live.next(10).at(-1)?.seq ?? 0);
    expect(live.next(10)).toEqual([]);
    expect(historian.next(10).map((b) => b.batch)).toEqual([batchOf(3)]);
    journal.close();
  });

  it('commits no empty batch, yet moves the checkpoint', () => {
    const journal = openJournal(dir, { sinks: ['historian'] });
    journal.commit({ batch: emptyBatch(), checkpoint: 7 });
    expect(journal.outbox('historian').depth()).toBe(0);
    expect(journal.checkpoint()).toBe(7);
    journal.close();
  });

  it('drops by age, then the oldest by size, and says how many', () => {
    const journal = openJournal(dir);
    for (let k = 0; k < 20; k += 1) {
      journal.append(Array.from({ length: 1000 }, (_, n) => sample(k * 1000 + n, `value ${n} ${'x'.repeat(100)}`)));
    }
    // What no checkpoint holds is still needed after a restart.
    expect(journal.prune({ olderThan: 1000, maxBytes: 0 })).toEqual({ aged: 0, crowdedOut: 0 });
    journal.commit({ batch: emptyBatch(), checkpoint: 1 });
    expect(journal.prune({ olderThan: 1005, maxBytes: Number.MAX_SAFE_INTEGER })).toEqual({
      aged: 1000,
      crowdedOut: 0,
    });
    expect(journal.oldest()).toBe(1000);
    const half = journal.sizeBytes() / 2;
    const { crowdedOut } = journal.prune({ olderThan: 0, maxBytes: half });
    expect(crowdedOut).toBeGreaterThan(5_000);
    expect(journal.sizeBytes()).toBeLessThanOrEqual(half);
    expect(journal.read(['filler.total'], 19_999, 20_000)).toHaveLength(2);
    journal.close();
  });

  it('sets a damaged file aside, says so, and begins a new one', () => {
    writeFileSync(join(dir, 'journal.sqlite'), 'this is no database, and long enough to be read as a header of one');
    const told: string[] = [];
    const journal = openJournal(dir, { onSetAside: (m) => told.push(m) });
    journal.append([sample(10)]);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(/journal\.sqlite.*set aside/);
    expect(readdirSync(dir)).toContain('journal.sqlite.damaged-1');
    journal.close();
  });

  it('leaves the database of another program alone', () => {
    const other = new DatabaseSync(join(dir, 'journal.sqlite'));
    other.exec('CREATE TABLE theirs (a)');
    other.close();
    const journal = openJournal(dir);
    journal.close();
    const kept = new DatabaseSync(join(dir, 'journal.sqlite.damaged-1'));
    expect(kept.prepare('SELECT count(*) AS n FROM theirs').get()).toEqual({ n: 0 });
    kept.close();
  });

  it('loses nothing that append or commit returned from when it is killed in the middle', async () => {
    for (let round = 0; round < 3; round += 1) {
      const folder = join(dir, `round-${round}`);
      const child = fork(join(import.meta.dirname, '../../test/servers/journal-writer.ts'), [folder], {
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      });
      let appended = 0;
      let committed = 0;
      const enough = new Promise<void>((resolve) => {
        child.on('message', (m: { appended?: number; committed?: number }) => {
          appended = m.appended ?? appended;
          committed = m.committed ?? committed;
          if (appended > 300 + round * 77) resolve();
        });
      });
      await enough;
      child.kill('SIGKILL');
      await new Promise((resolve) => child.once('exit', resolve));
      const journal = openJournal(folder);
      const found = journal.read(['filler.total'], 0, Number.MAX_SAFE_INTEGER).map((s) => s.t);
      expect(found.length).toBeGreaterThanOrEqual(appended);
      expect(found).toEqual(found.map((_, n) => n + 1));
      // The checkpoint and its batch are one: as many batches wait as the checkpoint says.
      const checkpoint = Number(journal.checkpoint());
      expect(checkpoint).toBeGreaterThanOrEqual(committed);
      expect(journal.outbox('historian').depth()).toBe(checkpoint);
      expect([...journal.replay()].map((s) => s.t)).toEqual(found.slice(checkpoint * 10));
      journal.close();
    }
  }, 30_000);
});
