import { describe, expect, it } from 'vitest';
import { emptyBatch, type FactBatch, type MachinePiece, type StateInterval } from '#shared/oee/facts.ts';
import { piecePlace } from '#shared/store/fact-key.ts';
import { MINUTE } from '#shared/time/instant.ts';
import { createFactMemory } from './memory.ts';

const T0 = 1_780_000_020_000 - (1_780_000_020_000 % MINUTE);
const at = (minutes: number) => T0 + minutes * MINUTE;

function piece(minute: number, totalCount: number, revision = 1, more: Partial<MachinePiece> = {}): MachinePiece {
  const start = at(minute);
  return {
    machine: 'm',
    minute: start,
    state: 'running',
    product: '',
    order: '',
    slot: 0,
    intervalStart: T0,
    start,
    end: start + MINUTE,
    totalCount,
    goodCount: totalCount,
    rejectCount: 0,
    revision,
    ...more,
  };
}
const interval = (start: number, end: number | null, revision = 1): StateInterval => ({
  machine: 'm',
  start: at(start),
  end: end === null ? null : at(end),
  state: 'running',
  reason: null,
  revision,
});
const batch = (parts: Partial<FactBatch>): FactBatch => ({ ...emptyBatch(), ...parts });

describe('the memory of facts', () => {
  it('keeps in the history what an old minute said before, from when to when it was known', () => {
    const memory = createFactMemory();
    expect(memory.apply(batch({ pieces: [piece(0, 5)] }), at(1) + 1500).history).toEqual([]);
    expect(memory.apply(batch({ pieces: [piece(0, 6, 2)] }), at(10)).history).toEqual([]);
    expect(memory.apply(batch({ pieces: [piece(0, 7, 3)] }), at(17)).history).toEqual([
      { kind: 'piece', fact: piece(0, 6, 2), knownFrom: at(0), knownTo: at(17) },
    ]);
    expect(memory.apply(batch({ pieces: [piece(0, 8, 4)] }), at(90)).history).toEqual([
      { kind: 'piece', fact: piece(0, 7, 3), knownFrom: at(17), knownTo: at(90) },
    ]);
    expect(memory.pieces('m', T0).map((p) => p.totalCount)).toEqual([8]);
  });

  it('says that an old key was not there before it came', () => {
    const memory = createFactMemory();
    memory.apply(batch({ pieces: [piece(0, 5)] }), at(1));
    const late = piece(0, 2, 1, { product: 'P' });
    const [row] = memory.apply(batch({ pieces: [late] }), at(30)).history;
    expect(row).toMatchObject({ kind: 'piece', knownFrom: at(0), knownTo: at(30) });
    expect(row!.fact).toMatchObject({ product: 'P', totalCount: 0, void: true, revision: 0 });
  });

  it('does not take the end of a long stop for a correction, but does take another end for one', () => {
    const memory = createFactMemory();
    memory.apply(batch({ intervals: [interval(0, null)] }), at(1));
    expect(memory.apply(batch({ intervals: [interval(0, 40, 2)] }), at(40)).history).toEqual([]);
    expect(memory.apply(batch({ intervals: [interval(0, 39, 3)] }), at(60)).history).toEqual([
      { kind: 'interval', fact: interval(0, 40, 2), knownFrom: at(0), knownTo: at(60) },
    ]);
  });

  it('keeps nothing where a row came again as it was, or came and went in one go', () => {
    const memory = createFactMemory();
    memory.apply(batch({ pieces: [piece(0, 5)] }), at(1));
    expect(memory.apply(batch({ pieces: [piece(0, 5, 9)] }), at(30)).history).toEqual([]);
    const gone = piece(0, 0, 9, { product: 'P', void: true });
    expect(memory.apply(batch({ pieces: [gone] }), at(30)).history).toEqual([]);
  });

  it('asks the journal what stood there, and believes that what the journal never had was not there', () => {
    const journal = {
      sent: (_: string, { key }: { key: string }) =>
        key === piecePlace(piece(0, 5)).key ? { kind: 'piece' as const, fact: piece(0, 5, 3), knownFrom: at(2) } : null,
      sentBetween: () => [],
      sentBefore: () => null,
    };
    const memory = createFactMemory(journal);
    const late = [piece(0, 6, 7), piece(0, 1, 7, { product: 'P' })];
    const { history, sent } = memory.apply(batch({ pieces: late }), at(600));
    expect(history.map(({ fact, knownFrom }) => [fact.revision, fact.void ?? false, knownFrom])).toEqual([
      [3, false, at(2)],
      [0, true, at(0)],
    ]);
    expect(sent).toEqual(late.map((fact) => ({ kind: 'piece', fact, knownFrom: at(600) })));
  });

  it('leaves out void rows, ignores older revisions, and forgets', () => {
    const memory = createFactMemory();
    memory.apply(
      batch({ pieces: [piece(0, 5, 4), piece(1, 5)], intervals: [interval(0, 2), interval(2, null)] }),
      at(2),
    );
    memory.apply(batch({ pieces: [piece(0, 1, 3)] }), at(2));
    memory.load({ pieces: [piece(1, 9, 0)] });
    expect(memory.pieces('m', T0).map((p) => p.totalCount)).toEqual([5, 5]);
    memory.apply(batch({ pieces: [piece(1, 0, 2, { void: true })] }), at(3));
    expect(memory.pieces('m', T0).map((p) => p.minute)).toEqual([at(0)]);
    expect(memory.intervals('m', at(2)).map((i) => i.start)).toEqual([at(2)]);
    memory.forgetBefore(at(5));
    expect(memory.pieces('m', T0)).toEqual([]);
    expect(memory.intervals('m', T0).map((i) => i.start)).toEqual([at(2)]);
  });
});
