import { describe, expect, it } from 'vitest';
import { effectiveEntries } from './effective.ts';
import type { Entry } from './entry.ts';
import { newEntrySchema, parseEntry, parseInstant, parseNewEntry } from './schema.ts';

const T = Date.UTC(2026, 5, 1, 10);
const scrap = (id: string, seq: number, recordedAt = T + seq): Entry => ({
  id,
  seq,
  recordedAt,
  by: 'ann',
  type: 'scrap',
  machine: 'm1',
  at: T,
  count: 1,
});
const voidOf = (id: string, seq: number, entry: string): Entry => ({
  id,
  seq,
  recordedAt: T + seq,
  by: 'ann',
  type: 'void',
  entry,
});
const ids = (entries: readonly Entry[]) => entries.map((e) => e.id);

describe('effective entries', () => {
  it('come in the order of recording, ties by place in the ledger', () => {
    expect(ids(effectiveEntries([scrap('b', 2, T), scrap('a', 1, T), scrap('c', 3, T - 1)]))).toEqual(['c', 'a', 'b']);
  });

  it('are those recorded by asOf, inclusive', () => {
    expect(ids(effectiveEntries([scrap('a', 1), scrap('b', 2)], T + 1))).toEqual(['a']);
  });

  it('leave out what was taken back, until the taking back is taken back', () => {
    const list = [scrap('a', 1), voidOf('v', 2, 'a'), voidOf('w', 3, 'v')];
    expect(ids(effectiveEntries(list, T + 1))).toEqual(['a']);
    expect(ids(effectiveEntries(list, T + 2))).toEqual([]);
    expect(ids(effectiveEntries(list))).toEqual(['a']);
  });

  it('take a repeated id once', () => {
    expect(effectiveEntries([scrap('a', 1), scrap('a', 2)])).toHaveLength(1);
  });
});

describe('entries from outside', () => {
  const head = { id: 'e1', recordedAt: '2026-06-01T10:00:00+01:00', by: 'ann' };

  it.each([
    [{ type: 'stopReason', machine: 'm', at: '2026-06-01T09:00:00Z', reason: 'jam' }],
    [
      {
        type: 'stopReason',
        machine: 'm',
        from: '2026-06-01T09:00:00Z',
        to: '2026-06-01T09:10:00Z',
        reason: 'jam',
        comment: 'see photo',
      },
    ],
    [{ type: 'scrap', machine: 'm', at: '2026-06-01T09:00:00Z', count: 12, reason: 'underfill' }],
    [{ type: 'product', machine: 'm', at: '2026-06-01T09:00:00Z', product: 'A', order: 'WO-1' }],
    [{ type: 'meterExchange', meter: 'e', at: '2026-06-01T09:00:00Z', oldFinal: 99, newStart: 0 }],
    [{ type: 'counterVerdict', signal: 'm.total', t: '2026-06-01T09:00:00Z', counted: 0 }],
    [{ type: 'void', entry: 'e0' }],
  ])('%j', (body) => {
    expect(parseEntry({ ...head, ...body }, 7)).toMatchObject({
      entry: { id: 'e1', seq: 7, recordedAt: T - 3_600_000, type: body.type },
    });
    expect(parseNewEntry(body)).toMatchObject({ body: { type: body.type } });
    expect(newEntrySchema.safeParse(body).success).toBe(true);
  });

  it.each([
    [
      { type: 'stopReason', machine: 'm', from: '2026-06-01T09:10:00Z', to: '2026-06-01T09:10:00Z', reason: 'jam' },
      'to: must be later than from',
    ],
    [{ type: 'scrap', machine: 'm', at: '2026-06-01T09:00:00', count: 1 }, 'at: is not an instant'],
    [{ type: 'scrap', machine: 'm', at: '2026-06-01T09:00:00Z', count: 0 }, 'count: '],
    [{ type: 'scrap', machine: 'm', at: '2026-06-01T09:00:00Z', count: Number.NaN }, 'count: '],
    [{ type: 'product', machine: 'm', at: '2026-06-01T09:00:00Z', product: 'A', oder: 'x' }, 'oder'],
    [{ type: 'constructor' }, 'type: "constructor" is none of'],
    [{}, 'type: missing'],
    ['text', 'JSON object'],
    [null, 'JSON object'],
  ])('%j is refused in one sentence', (body, problem) => {
    const parsed = parseNewEntry(body);
    expect('problem' in parsed && parsed.problem).toContain(problem);
  });

  it('knows instants from what only looks like one', () => {
    expect(parseInstant('2026-06-01T09:00:00.123456Z')).toBe(T - 3_600_000 + 123);
    expect(parseInstant('2026-06-01T09:00+01:00')).toBe(T - 2 * 3_600_000);
    for (const text of [
      '2026-06-01',
      '2026-02-30T00:00:00Z',
      '1969-12-31T23:59:59Z',
      '9999-01-01T00:00:00Z',
      '2026-13-01T00:00:00Z',
    ]) {
      expect(parseInstant(text), text).toBeNull();
    }
  });
});
