import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAggregator, restoreAggregator } from '../../edge/aggregate/aggregator.ts';
import type { Aggregator } from '../../edge/aggregate/contract.ts';
import type { FactBatch, MachinePiece, MeterPiece } from '../../shared/oee/facts.ts';
import type { Sample } from '../../shared/signal/sample.ts';
import { minuteOf } from '../../shared/time/instant.ts';
import { FactsOracle } from './facts-oracle.ts';
import { PLANT, SECONDS, START, samplesArbitrary } from './facts-samples.ts';

/* The streaming aggregator against facts worked out second by second from the whole list of samples. */

const END = START + (SECONDS + 90) * 1000;
const runs = (numRuns: number) => ({
  numRuns: Math.ceil(numRuns * Number(process.env['FACTS_RUNS'] ?? 1)),
  interruptAfterTimeLimit: 60_000,
});

/** Facts as a reader has them: by key, the higher revision wins, void ones dropped. */
class Reader {
  readonly #rows = new Map<string, { revision: number; void?: boolean; row: unknown }>();
  readonly seen: string[] = [];

  take(batch: FactBatch): void {
    for (const p of batch.pieces) this.#put(`piece|${p.machine}|${tail(p)}`, p);
    for (const p of batch.meterPieces) this.#put(`meter|${p.meter}|${p.machine}|${tail(p)}`, p);
    for (const i of batch.intervals) this.#put(`interval|${i.machine}|${i.start}`, i);
    for (const e of batch.counterEvents) this.#put(`event|${e.signal}|${e.t}`, e);
    for (const c of batch.conditions) this.#put(`condition|${c.machine}.${c.condition}|${c.minute}`, c);
  }

  #put(key: string, row: { revision: number; void?: boolean }): void {
    const before = this.#rows.get(key);
    if (before && before.revision >= row.revision) {
      throw new Error(`${key} came again with revision ${row.revision} after ${before.revision}`);
    }
    this.#rows.set(key, { revision: row.revision, ...(row.void ? { void: true } : {}), row });
  }

  rows(kind: string): Map<string, unknown> {
    const found = [...this.#rows].filter(([key, { void: gone }]) => key.startsWith(`${kind}|`) && !gone);
    return new Map(found.map(([key, { row }]) => [key.slice(kind.length + 1), row]));
  }

  /** Everything, for comparing two readers. */
  all(): Map<string, unknown> {
    const found = [...this.#rows].filter(([, { void: gone }]) => !gone).sort(([a], [b]) => (a < b ? -1 : 1));
    return new Map(found.map(([key, { row }]) => [key, { ...(row as object), revision: 0 }]));
  }
}

function tail(p: MachinePiece | MeterPiece): string {
  return `${p.minute}|${p.state}|${p.product}|${p.order}|${p.slot}`;
}

function expectFacts(reader: Reader, samples: readonly Sample[], to: number, cuts: readonly number[] = []): void {
  const oracle = new FactsOracle(PLANT, samples, to, cuts);
  const closed = minuteOf(to);
  const pieces = [...PLANT.machines.values()].flatMap((m) => oracle.pieces(m)).filter((p) => p.start < closed);
  expectPieces(reader.rows('piece'), pieces);
  const meterPieces = [...PLANT.meters.values()].flatMap((m) => oracle.meterPieces(m)).filter((p) => p.start < closed);
  expectMeterPieces(reader.rows('meter'), meterPieces);
  const intervals = [...PLANT.machines.values()].flatMap((m) =>
    oracle
      .intervals(m)
      .filter((i) => i.start < closed)
      .map((i) => [`${m.id}|${i.start}`, { end: i.end, state: i.state, reason: i.reason }] as const),
  );
  expect(sorted(pick(reader.rows('interval'), ['end', 'state', 'reason']))).toEqual(sorted(intervals));
  const counters = ['a.total', 'a.reject', 'b.good', 'b.reject', 'c.cycles', 'd.total', 'e.good', 'e.reject'];
  const registers = ['reg.importWh', 'reg.exportWh', 'reg.importVarh', 'none.exportWh'];
  const events = [...counters, ...registers].flatMap((signal) =>
    oracle
      .events(signal)
      .map((e) => [`${signal}|${e.t}`, { raw: e.raw, verdict: e.verdict, counted: e.counted }] as const),
  );
  expect(sorted(pick(reader.rows('event'), ['raw', 'verdict', 'counted']))).toEqual(sorted(events));
  const conditions = oracle.condition('a.vib').map(([minute, min, mean, max, last, coveredSeconds]) => {
    const key = `a.vib|${minute}`;
    return [key, near({ min, mean, max, last, coveredSeconds }, reader.rows('condition').get(key))] as const;
  });
  const found = pick(reader.rows('condition'), ['min', 'mean', 'max', 'last', 'coveredSeconds']);
  expect(sorted(found)).toEqual(sorted(conditions));
}

function expectPieces(rows: Map<string, unknown>, expected: readonly { key: string; provisional: boolean }[]): void {
  const fields = ['intervalStart', 'start', 'end', 'totalCount', 'goodCount', 'rejectCount', 'provisional'];
  const found = pick(rows, fields).map(([k, v]) => [k, { ...v, provisional: v['provisional'] === true }] as const);
  expect(sorted(found)).toEqual(sorted(expected.map(({ key, ...rest }) => [key, rest] as const)));
}

function expectMeterPieces(rows: Map<string, unknown>, expected: readonly { key: string }[]): void {
  const fields = ['start', 'end', 'energyWh', 'exportWh', 'varh', 'coveredSeconds', 'estimated'];
  const found = pick(rows, fields).map(([k, v]) => [k, { ...v, estimated: v['estimated'] === true }] as const);
  expect(sorted(found)).toEqual(sorted(expected.map(({ key, ...rest }) => [key, near(rest, rows.get(key))] as const)));
}

/** The expected row, with the found number where the two differ by less than float addition may. */
function near(expected: object, found: unknown): object {
  const other = (found ?? {}) as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(expected).map(([name, value]) => {
      const seen = other[name];
      const same = typeof value === 'number' && typeof seen === 'number' && Math.abs(seen - value) < 1e-6;
      return [name, same ? seen : value];
    }),
  );
}

function pick(rows: Map<string, unknown>, fields: readonly string[]): [string, Record<string, unknown>][] {
  return [...rows].map(([key, row]) => [
    key,
    Object.fromEntries(fields.map((f) => [f, (row as Record<string, unknown>)[f]])),
  ]);
}

function sorted(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The samples in another order, some of them twice. */
function shuffled(samples: readonly Sample[], seed: number): Sample[] {
  let state = seed >>> 0 || 1;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const out = [...samples, ...samples.filter(() => random() < 0.2)];
  for (let i = out.length - 1; i > 0; i -= 1) {
    const j = Math.floor(random() * (i + 1));
    [out[i], out[j]] = [out[j]!, out[i]!];
  }
  return out;
}

/** Mostly in order, with delays of up to `delaySeconds`, as a plant sends them. */
function delayed(samples: readonly Sample[], seed: number, delaySeconds: number): { at: number; sample: Sample }[] {
  return shuffled(samples, seed)
    .map((sample, i) => ({ at: sample.t + ((i * 48271) % (delaySeconds * 1000)), sample }))
    .sort((a, b) => a.at - b.at);
}

function feed(aggregator: Aggregator, reader: Reader, arrivals: readonly { at: number; sample: Sample }[]): void {
  let next = START;
  for (const { at, sample } of arrivals) {
    while (at >= next + 20_000 && next + 20_000 <= END) {
      next += 20_000;
      aggregator.advance(next);
      reader.take(aggregator.takeChanges());
    }
    aggregator.ingest(sample);
  }
  aggregator.advance(END);
  reader.take(aggregator.takeChanges());
}

/** Keeps what an aggregator was given, as the journal does. */
function recallOf(kept: readonly Sample[]) {
  return (signals: readonly string[], from: number, to: number): Sample[] =>
    signals.flatMap((signal) => {
      const own = kept.filter((s) => s.signal === signal).sort((a, b) => a.t - b.t);
      const before = own.filter((s) => s.t < from);
      const carry = [before.findLast((s) => s.quality !== 'bad'), before[before.length - 1]].filter(
        (s) => s !== undefined,
      );
      return [...new Set(carry), ...own.filter((s) => s.t >= from && s.t < to)];
    });
}

describe('facts', () => {
  it('are those of the whole sample set, in order and in any other, with repeats', () => {
    fc.assert(
      fc.property(samplesArbitrary, fc.integer(), (samples, seed) => {
        const reader = new Reader();
        const aggregator = createAggregator(PLANT);
        for (const sample of shuffled(samples, seed)) aggregator.ingest(sample);
        aggregator.advance(END);
        reader.take(aggregator.takeChanges());
        expectFacts(reader, samples, END);
      }),
      runs(60),
    );
  });

  it('are the same when minutes close while samples are still on their way', () => {
    fc.assert(
      fc.property(samplesArbitrary, fc.integer(), fc.integer({ min: 1, max: 600 }), (samples, seed, delay) => {
        const reader = new Reader();
        feed(createAggregator(PLANT, { hotSeconds: 3600 }), reader, delayed(samples, seed, delay));
        expectFacts(reader, samples, END);
      }),
      runs(60),
    );
  });

  it('are exact at extra cuts', () => {
    fc.assert(
      fc.property(
        samplesArbitrary,
        fc.array(fc.integer({ min: 0, max: SECONDS }), { maxLength: 6 }),
        (samples, offsets) => {
          const cuts = [...new Set(offsets)].map((s) => START + s * 1000).sort((a, b) => a - b);
          const reader = new Reader();
          const aggregator = createAggregator(PLANT, { cuts, hotSeconds: 3600 });
          feed(aggregator, reader, delayed(samples, 1, 60));
          expectFacts(reader, samples, END, cuts);
        },
      ),
      runs(30),
    );
  });

  it('are the same with a short hot window and a journal to ask', () => {
    fc.assert(
      fc.property(samplesArbitrary, fc.integer(), fc.integer({ min: 1, max: 900 }), (samples, seed, delay) => {
        const kept: Sample[] = [];
        const reader = new Reader();
        const aggregator = createAggregator(PLANT, { hotSeconds: 120, recall: (...asked) => recallOf(kept)(...asked) });
        feed(keeping(aggregator, kept), reader, delayed(samples, seed, delay));
        expectFacts(reader, samples, END);
      }),
      runs(60),
    );
  });

  it.each([{ journal: false }, { journal: true }])(
    'are the same after restarts from a snapshot (journal: $journal)',
    ({ journal }) => {
      fc.assert(
        fc.property(samplesArbitrary, fc.integer(), fc.integer({ min: 1, max: 400 }), (samples, seed, delay) => {
          const kept: Sample[] = [];
          const recall = (...asked: Parameters<ReturnType<typeof recallOf>>) => recallOf(kept)(...asked);
          const options = { hotSeconds: journal ? 120 : 3600, ...(journal ? { recall } : {}) };
          const reader = new Reader();
          let aggregator = createAggregator(PLANT, options);
          let n = 0;
          const restarting: Aggregator = keeping(
            {
              ...stub(),
              ingest: (sample) => aggregator.ingest(sample),
              advance: (to) => aggregator.advance(to),
              takeChanges: () => {
                const batch = aggregator.takeChanges();
                n += 1;
                if (n % 7 === 3) {
                  aggregator = restoreAggregator(PLANT, JSON.parse(JSON.stringify(aggregator.snapshot())), options);
                }
                return batch;
              },
            },
            kept,
          );
          feed(restarting, reader, delayed(samples, seed, delay));
          expectFacts(reader, samples, END);
        }),
        runs(40),
      );
    },
  );

  it('of the open minute are those of its seconds so far', () => {
    fc.assert(
      fc.property(samplesArbitrary, fc.integer({ min: 0, max: SECONDS + 30 }), (samples, offset) => {
        const now = START + offset * 1000;
        const aggregator = createAggregator(PLANT);
        const known = samples.filter((s) => s.t <= now);
        for (const sample of known) aggregator.ingest(sample);
        aggregator.advance(now);
        aggregator.takeChanges();
        const oracle = new FactsOracle(PLANT, known, now);
        const open = minuteOf(now);
        for (const m of PLANT.machines.values()) {
          const found = aggregator.openFacts(m.id);
          const rows = new Map(found.pieces.map((p) => [`${p.machine}|${tail(p)}`, p]));
          expectPieces(
            rows,
            oracle.pieces(m).filter((p) => p.start >= open),
          );
          // A change at this very instant is known already; no second of it has passed.
          const shown = found.intervals.map((i) => ({ ...i, end: i.end === now ? null : i.end }));
          expect(shown.map(({ start, end, state, reason }) => ({ start, end, state, reason }))).toEqual(
            oracle.intervals(m).filter((i) => i.end === null || i.end > open),
          );
        }
        for (const m of PLANT.meters.values()) {
          const found = aggregator.openMeterFacts(m.id);
          const rows = new Map(found.map((p) => [`${p.meter}|${p.machine}|${tail(p)}`, p]));
          expectMeterPieces(
            rows,
            oracle.meterPieces(m).filter((p) => p.start >= open),
          );
        }
      }),
      runs(40),
    );
  });
});

function keeping(aggregator: Aggregator, kept: Sample[]): Aggregator {
  return {
    ...stub(),
    ingest: (sample) => {
      kept.push(sample);
      aggregator.ingest(sample);
    },
    advance: (to) => aggregator.advance(to),
    takeChanges: () => aggregator.takeChanges(),
  };
}

function stub(): Omit<Aggregator, 'ingest' | 'advance' | 'takeChanges'> {
  return {
    openFacts: () => ({ intervals: [], pieces: [] }),
    openMeterFacts: () => [],
    snapshot: () => null,
    findings: [],
    counters: {},
  };
}
