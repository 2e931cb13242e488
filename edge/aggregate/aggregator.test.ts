import { describe, expect, it } from 'vitest';
import type { FactBatch, MachinePiece, MeterPiece } from '#shared/oee/facts.ts';
import type { Plant } from '#shared/plant/model.ts';
import type { Sample } from '#shared/signal/sample.ts';
import { counter, machine, meter, plantOf, register } from '../../test/oracle/plant-builder.ts';
import { createAggregator, restoreAggregator } from './aggregator.ts';
import type { AggregatorOptions } from './contract.ts';

const START = Date.UTC(2026, 5, 1, 9);
const at = (text: string) => Date.parse(`2026-06-01T${text}Z`);

const PLANT = plantOf(
  [
    machine('filler', { total: counter(), reject: counter() }),
    machine('capper', { good: counter(), total: counter() }),
  ],
  [meter('m1', { fed: ['filler'], importWh: register({ scale: 1000 }) })],
);

/** `signal time value [quality]`, one on a line. */
function samplesOf(text: string): Sample[] {
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const [signal = '', time = '', raw = '', quality = 'good'] = line.trim().split(/\s+/);
      const value = raw === 'null' ? null : Number.isNaN(Number(raw)) ? raw : Number(raw);
      return { t: at(time), signal, value, quality: quality as Sample['quality'], received: at(time) };
    });
}

function aggregatorWith(text: string, to: string, options: AggregatorOptions = {}, plant: Plant = PLANT) {
  const aggregator = createAggregator(plant, options);
  for (const sample of samplesOf(text)) aggregator.ingest(sample);
  aggregator.advance(at(to));
  return aggregator;
}

function clock(t: number): string {
  return new Date(t).toISOString().slice(11, 19);
}

const piece = (p: MachinePiece) =>
  `${clock(p.start)}-${clock(p.end)} ${p.state} ${p.product || '-'} ${p.slot} ${p.totalCount}/${p.goodCount}/${p.rejectCount}`;
const row = (p: MeterPiece) =>
  `${clock(p.minute)} ${p.machine || '-'} ${p.state} ${Math.round(p.energyWh * 1e6) / 1e6} ${p.coveredSeconds}`;
const isEmpty = (batch: FactBatch) => Object.values(batch).every((rows: readonly unknown[]) => rows.length === 0);

describe('pieces', () => {
  it('are cut where state, product or order change, and count a delta in the second before its timestamp', () => {
    const { pieces, intervals } = aggregatorWith(
      `filler.state 09:00:00 running
       filler.product 09:00:00 A
       filler.total 09:00:00 100
       filler.total 09:00:30 110
       filler.product 09:00:30 B
       filler.total 09:00:40 112
       filler.state 09:00:40 down
       filler.reason 09:00:40 jam
       filler.state 09:00:50 running
       filler.total 09:01:00 115`,
      '09:01:00',
    ).takeChanges();
    expect(pieces.map(piece)).toEqual([
      '09:00:00-09:00:30 running A 0 10/10/0',
      '09:00:30-09:00:40 running B 0 2/2/0',
      '09:00:40-09:00:50 down B 0 0/0/0',
      '09:00:50-09:01:00 running B 1 3/3/0',
    ]);
    expect(intervals.map((i) => [clock(i.start), i.end && clock(i.end), i.state, i.reason])).toEqual([
      ['09:00:00', '09:00:40', 'running', null],
      ['09:00:40', '09:00:50', 'down', 'jam'],
      ['09:00:50', null, 'running', null],
    ]);
  });

  it('are unknown before the first state, and while the state was read badly', () => {
    const { pieces } = aggregatorWith(
      `filler.total 09:00:10 1
       filler.state 09:00:20 running
       filler.state 09:00:30 running bad
       filler.state 09:00:45 running`,
      '09:01:00',
    ).takeChanges();
    expect(pieces.map(piece)).toEqual([
      '09:00:00-09:00:20 unknown - 0 0/0/0',
      '09:00:20-09:00:30 running - 0 0/0/0',
      '09:00:30-09:00:45 unknown - 1 0/0/0',
      '09:00:45-09:01:00 running - 1 0/0/0',
    ]);
  });

  it('begin no new interval with a repeated state', () => {
    const { intervals } = aggregatorWith(
      'filler.state 09:00:00 down\nfiller.state 09:00:20 down\nfiller.state 09:00:40 down',
      '09:02:00',
    ).takeChanges();
    expect(intervals).toHaveLength(1);
  });

  it('of the open minute come without side effects, and close with a higher revision', () => {
    const aggregator = aggregatorWith('filler.state 09:00:00 running\nfiller.total 09:00:00 0', '09:00:30');
    expect(isEmpty(aggregator.takeChanges())).toBe(true);
    const open = aggregator.openFacts('filler');
    expect(open.pieces.map(piece)).toEqual(['09:00:00-09:00:30 running - 0 0/0/0']);
    expect(open.intervals).toMatchObject([{ start: START, end: null, state: 'running' }]);
    expect(aggregator.openFacts('filler')).toEqual(open);
    aggregator.advance(at('09:01:00'));
    const [closed] = aggregator.takeChanges().pieces;
    expect(closed?.revision).toBeGreaterThan(open.pieces[0]?.revision ?? Number.NaN);
  });
});

describe('a late sample', () => {
  const DAY = `filler.state 09:00:00 running
    filler.total 09:00:00 0
    filler.total 09:00:50 5
    filler.total 09:01:50 9
    filler.total 09:02:50 14`;

  it('changes only the minute it touches, with a higher revision, and voids keys that are gone', () => {
    const aggregator = aggregatorWith(DAY, '09:03:00');
    expect(aggregator.takeChanges().pieces).toHaveLength(3);
    expect(isEmpty(aggregator.takeChanges())).toBe(true);
    for (const sample of samplesOf('filler.product 09:01:00 A\nfiller.product 09:02:00 null'))
      aggregator.ingest(sample);
    const { pieces, intervals } = aggregator.takeChanges();
    expect(intervals).toEqual([]);
    expect(pieces.map((p) => [clock(p.minute), p.product, p.totalCount, p.void === true, p.revision > 1])).toEqual([
      ['09:01:00', 'A', 4, false, false],
      ['09:01:00', '', 0, true, true],
    ]);
  });

  it('that says what is known already changes nothing', () => {
    const aggregator = aggregatorWith(DAY, '09:03:00');
    aggregator.takeChanges();
    for (const sample of samplesOf(DAY)) aggregator.ingest({ ...sample, received: sample.t + 9000 });
    expect(isEmpty(aggregator.takeChanges())).toBe(true);
  });

  it('from before the hot window changes nothing without a journal, is counted, and is a finding', () => {
    const aggregator = aggregatorWith(DAY, '09:03:00', { hotSeconds: 60 });
    aggregator.takeChanges();
    aggregator.advance(at('09:10:00'));
    aggregator.takeChanges();
    for (const sample of samplesOf('filler.total 09:00:40 4')) aggregator.ingest(sample);
    expect(isEmpty(aggregator.takeChanges())).toBe(true);
    expect(aggregator.findings).toMatchObject([{ code: 'tooLate', signal: 'filler.total', t: at('09:00:40') }]);
    expect(aggregator.counters).toMatchObject({ tooLate: 1 });
  });

  it('from before what the journal still holds changes nothing either', () => {
    const kept = samplesOf(DAY);
    const aggregator = aggregatorWith(DAY, '09:03:00', {
      hotSeconds: 60,
      recall: (signals, from) => kept.filter((s) => signals.includes(s.signal) && s.t >= from && s.t > START + 100_000),
      recallSince: () => START + 100_000,
    });
    aggregator.takeChanges();
    aggregator.advance(at('09:10:00'));
    aggregator.takeChanges();
    for (const sample of samplesOf('filler.total 09:00:40 4')) aggregator.ingest(sample);
    expect(isEmpty(aggregator.takeChanges())).toBe(true);
    expect(aggregator.counters).toMatchObject({ tooLate: 1 });
  });

  it('changes nothing where the journal has dropped the product that was in force', () => {
    const before = samplesOf(`filler.product 08:00:00 A\n${DAY}`);
    const now = samplesOf('filler.total 09:01:00 8');
    const kept = [...before, ...now];
    const options = (heldSince: number): AggregatorOptions => ({
      hotSeconds: 60,
      recall: (signals) => kept.filter((s) => signals.includes(s.signal) && s.t >= heldSince),
      recallSince: () => heldSince,
    });
    const late = (heldSince: number) => {
      const first = createAggregator(PLANT, options(at('08:00:00')));
      for (const sample of before) first.ingest(sample);
      first.advance(at('09:10:00'));
      first.takeChanges();
      const again = restoreAggregator(PLANT, first.snapshot(), options(heldSince));
      for (const sample of now) again.ingest(sample);
      return again.takeChanges().pieces.map((p) => p.product);
    };
    expect(late(at('08:00:00'))).toContain('A');
    expect(late(at('09:00:00'))).toEqual([]);
  });

  it('from before the hot window is folded in from the journal', () => {
    const kept = samplesOf(DAY);
    const recall: AggregatorOptions['recall'] = (signals) => kept.filter((s) => signals.includes(s.signal));
    const aggregator = aggregatorWith(DAY, '09:03:00', { hotSeconds: 60, recall });
    aggregator.takeChanges();
    aggregator.advance(at('09:10:00'));
    aggregator.takeChanges();
    for (const sample of samplesOf('filler.total 09:00:40 4\nfiller.total 09:01:00 8')) {
      kept.push(sample);
      aggregator.ingest(sample);
    }
    expect(aggregator.takeChanges().pieces.map(piece)).toEqual([
      '09:00:00-09:01:00 running - 0 8/8/0',
      '09:01:00-09:02:00 running - 0 1/1/0',
    ]);
    expect(aggregator.findings).toEqual([]);
  });

  it('that is the first of its signal tells what has held since, however old it is', () => {
    const aggregator = createAggregator(PLANT, { hotSeconds: 60 });
    aggregator.advance(at('09:00:30'));
    aggregator.takeChanges();
    for (const sample of samplesOf('filler.state 03:00:00 down')) aggregator.ingest(sample);
    aggregator.advance(at('09:02:00'));
    const { pieces } = aggregator.takeChanges();
    expect(pieces.map(piece).at(-1)).toBe('09:01:00-09:02:00 down - 0 0/0/0');
    expect(pieces.every((p) => p.state === 'down')).toBe(true);
    expect(aggregator.findings).toEqual([]);
  });
});

describe('a counter step', () => {
  it('that was a reset until the next reading takes its count back, and says so', () => {
    const aggregator = aggregatorWith('filler.total 09:00:10 1000\nfiller.total 09:00:20 7', '09:01:00');
    const first = aggregator.takeChanges();
    expect(first.pieces).toMatchObject([{ totalCount: 7, provisional: true }]);
    expect(first.counterEvents).toMatchObject([
      { signal: 'filler.total', raw: 7, previousRaw: 1000, verdict: 'pendingReset', counted: 7, revision: 1 },
    ]);
    aggregator.ingest({ ...samplesOf('filler.total 09:01:10 1002')[0]!, received: at('09:01:10') });
    aggregator.advance(at('09:02:00'));
    const then = aggregator.takeChanges();
    expect(then.pieces.map(piece)).toEqual([
      '09:00:00-09:01:00 unknown - 0 0/0/0',
      '09:01:00-09:02:00 unknown - 0 2/2/0',
    ]);
    expect(then.pieces[0]).not.toHaveProperty('provisional');
    expect(then.counterEvents).toMatchObject([{ t: at('09:00:20'), verdict: 'glitch', counted: 0 }]);
  });

  it('beside a change of order is a reset, also where the order comes after it', () => {
    const aggregator = aggregatorWith('filler.total 09:00:10 1000\nfiller.total 09:00:20 7', '09:01:00');
    aggregator.takeChanges();
    for (const sample of samplesOf('filler.order 09:01:20 WO-2')) aggregator.ingest(sample);
    const { counterEvents, pieces } = aggregator.takeChanges();
    expect(counterEvents).toMatchObject([{ verdict: 'resetAtOrder', counted: 7 }]);
    expect(pieces).toMatchObject([{ totalCount: 7 }]);
    expect(pieces[0]).not.toHaveProperty('provisional');
  });

  it('of counters that contradict each other for minutes is a finding, and two read a moment apart are none', () => {
    const apart = aggregatorWith(
      `capper.total 09:00:00 0
       capper.good 09:00:00 0
       capper.good 09:00:59 5
       capper.total 09:01:01 5`,
      '09:05:00',
    );
    apart.takeChanges();
    expect(apart.findings).toEqual([]);
    const wrong = aggregatorWith('capper.total 09:00:00 0\ncapper.good 09:00:00 0\ncapper.good 09:01:30 5', '09:05:00');
    wrong.takeChanges();
    expect(wrong.findings).toMatchObject([{ code: 'negativeCount', signal: 'capper', t: at('09:01:00') }]);
  });
});

describe('a meter', () => {
  it('read once an hour is spread over what its machine did, however long after', () => {
    const aggregator = createAggregator(PLANT, { hotSeconds: 120 });
    const [first, second, third] = samplesOf(
      'm1.importWh 09:00:00 10\nfiller.state 09:00:00 running\nfiller.state 09:30:20 down',
    );
    for (const sample of [first, second]) if (sample) aggregator.ingest(sample);
    for (let t = START; t <= at('10:00:00'); t += 20_000) {
      if (third && third.t === t) aggregator.ingest(third);
      aggregator.advance(t);
      expect(aggregator.takeChanges().meterPieces).toEqual([]);
    }
    for (const sample of samplesOf('m1.importWh 10:00:00 16')) aggregator.ingest(sample);
    const { meterPieces } = aggregator.takeChanges();
    const byState = Map.groupBy(meterPieces, (p) => `${p.machine} ${p.state}`);
    const kWh = (key: string) => (byState.get(key) ?? []).reduce((sum, p) => sum + p.energyWh, 0) / 1000;
    expect(kWh(' unknown')).toBeCloseTo(6, 9);
    expect(kWh('filler running')).toBeCloseTo((6 * 1820) / 3600, 9);
    expect(kWh('filler down')).toBeCloseTo((6 * 1780) / 3600, 9);
    expect(meterPieces.filter((p) => p.minute === at('09:30:00')).map(row)).toEqual([
      '09:30:00 - unknown 100 60',
      '09:30:00 filler running 33.333333 20',
      '09:30:00 filler down 66.666667 40',
    ]);
    expect(meterPieces.every((p) => p.estimated)).toBe(true);
  });

  it('has no row where no reading covers, and a step that nobody understands covers nothing', () => {
    const plant = plantOf([], [meter('m1', { importWh: register({ scale: 1000, maxKw: 60 }) })]);
    const aggregator = aggregatorWith(
      `m1.importWh 09:01:00 10
       m1.importWh 09:02:00 11
       m1.importWh 09:03:00 5000
       m1.importWh 09:04:00 5001`,
      '09:06:00',
      {},
      plant,
    );
    const { meterPieces, counterEvents } = aggregator.takeChanges();
    expect(meterPieces.map(row)).toEqual(['09:01:00 - unknown 1000 60', '09:03:00 - unknown 1000 60']);
    expect(counterEvents).toMatchObject([{ verdict: 'preset', counted: 0, raw: 5000, previousRaw: 11 }]);
  });

  it('takes over when the pieces of its machine change', () => {
    const aggregator = aggregatorWith(
      'filler.state 09:00:00 running\nm1.importWh 09:00:00 0\nm1.importWh 09:01:00 6',
      '09:01:30',
    );
    expect(aggregator.takeChanges().meterPieces).toHaveLength(2);
    for (const sample of samplesOf('filler.state 09:00:30 down')) aggregator.ingest(sample);
    expect(aggregator.takeChanges().meterPieces.map(row)).toEqual([
      '09:00:00 filler running 3000 30',
      '09:00:00 filler down 3000 30',
    ]);
  });
});

describe('bad data', () => {
  it('never throws: it becomes a quality, a finding, a counter', () => {
    const aggregator = createAggregator(PLANT);
    const given = { t: START, signal: 'filler.total', value: 1, quality: 'good', received: START } as const;
    const bad: Sample[] = [
      { ...given, t: Number.NaN },
      { ...given, received: Number.POSITIVE_INFINITY },
      { ...given, signal: 'nobody.total' },
      { ...given, value: 'many' },
      { ...given, value: Number.NaN },
      { ...given, value: null },
      { ...given, signal: 'filler.state', value: 'flying' },
      { ...given, signal: 'filler.state', value: 3 },
      { ...given, t: START + 1, value: 2, quality: 'uncertain' },
    ];
    for (const sample of bad) aggregator.ingest(sample);
    aggregator.advance(START + 60_000);
    expect(aggregator.takeChanges().pieces).toMatchObject([{ state: 'unknown', totalCount: 0 }]);
    expect(aggregator.counters).toEqual({ badTime: 2, unknownSignal: 1, notANumber: 2, unknownState: 2, uncertain: 1 });
    for (const { message } of aggregator.findings) expect(message).toMatch(/filler|nobody/);
  });

  it('ignores a repeat by its id, whatever it says', () => {
    const aggregator = createAggregator(PLANT);
    const given = { t: START + 1000, signal: 'filler.total', quality: 'good', received: START } as const;
    aggregator.ingest({ ...given, t: START, value: 0, id: 'a' });
    aggregator.ingest({ ...given, value: 5, id: 'b' });
    aggregator.ingest({ ...given, value: 500, received: START + 9, id: 'b' });
    aggregator.advance(START + 60_000);
    expect(aggregator.takeChanges().pieces).toMatchObject([{ totalCount: 5 }]);
    expect(aggregator.counters).toEqual({ repeated: 1 });
  });
});

describe('a snapshot', () => {
  it('is plain JSON, and of another version is refused with a sentence', () => {
    const aggregator = aggregatorWith('filler.state 09:00:00 running', '09:01:00');
    const snapshot = aggregator.snapshot();
    expect(JSON.parse(JSON.stringify(snapshot))).toEqual(snapshot);
    expect(() => restoreAggregator(PLANT, { version: 0 })).toThrow(/another version; begin without it/);
    expect(() => restoreAggregator(PLANT, null)).toThrow(/not a snapshot/);
  });

  it('goes on with the machines that the plant still has', () => {
    const snapshot = aggregatorWith('filler.state 09:00:00 running', '09:01:30').snapshot();
    const smaller = plantOf([machine('capper'), machine('filler', { total: counter() })]);
    const aggregator = restoreAggregator(smaller, JSON.parse(JSON.stringify(snapshot)));
    aggregator.advance(at('09:02:00'));
    expect(aggregator.takeChanges().pieces.map((p) => `${p.machine} ${piece(p)}`)).toEqual([
      'filler 09:00:00-09:01:00 running - 0 0/0/0',
      'filler 09:01:00-09:02:00 running - 0 0/0/0',
    ]);
  });

  it('does not grow with time', () => {
    const aggregator = createAggregator(PLANT, { hotSeconds: 120 });
    const sizes: number[] = [];
    for (let s = 0; s < 3 * 3600; s += 5) {
      const t = START + s * 1000;
      aggregator.ingest({ t, signal: 'filler.total', value: s, quality: 'good', received: t });
      aggregator.ingest({ t, signal: 'm1.importWh', value: s, quality: 'good', received: t });
      if (s % 60 === 0) {
        const state = s % 120 === 0 ? 'running' : 'idle';
        aggregator.ingest({ t, signal: 'filler.state', value: state, quality: 'good', received: t });
        aggregator.advance(t);
        aggregator.takeChanges();
      }
      if (s % 3600 === 3000) sizes.push(JSON.stringify(aggregator.snapshot()).length);
    }
    expect(sizes).toHaveLength(3);
    expect(Math.max(...sizes)).toBeLessThan((sizes[0] ?? 0) * 1.1);
  });
});
