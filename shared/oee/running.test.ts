import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Entry } from '../ledger/entry.ts';
import type { MachineState } from '../state/state.ts';
import { type Instant, MINUTE, minuteOf } from '../time/instant.ts';
import type { MachinePiece, StateInterval } from './facts.ts';
import { figuresOf, sumSpans } from './figures.ts';
import { always, entryMaker, factsOf, machine, makePlant, product, reason, type Stage } from './fixture.ts';
import { judge } from './judge.ts';
import { createRunning } from './running.ts';
import type { KpiSums } from './sums.ts';

const START = Date.UTC(2026, 5, 1, 6);
const calendar = {
  shifts: [
    {
      id: 'early',
      name: 'Early',
      days: ['mon' as const],
      start: '06:00',
      end: '14:00',
      breaks: [{ start: '08:00', minutes: 13 }],
    },
  ],
  exceptions: [],
};
const plant = makePlant({
  calendar,
  machines: [
    machine('m1', {
      smallStopSeconds: always(900),
      product: { binding: { source: 'plc', address: {} }, map: null },
    }),
  ],
  reasons: [reason('jam', 'unplannedStop'), reason('changeover', 'plannedStop')],
  products: [product('A', 2), product('B', 3)],
});

const state = fc.constantFrom<MachineState>('running', 'running', 'idle', 'down', 'setup', 'unknown');
const stage = fc.record({
  seconds: fc.integer({ min: 5, max: 2400 }),
  state,
  reason: fc.constantFrom(null, 'jam', 'changeover'),
  product: fc.constantFrom('A', 'B', ''),
  good: fc.integer({ min: 0, max: 40 }),
});
const entrySpec = fc.record({
  kind: fc.constantFrom('whole', 'slice', 'scrap', 'product'),
  at: fc.integer({ min: 0, max: 9000 }),
  seconds: fc.integer({ min: 60, max: 3000 }),
  reason: fc.constantFrom('jam', 'changeover'),
});

function stagesOf(
  parts: readonly { seconds: number; state: MachineState; reason: string | null; product: string; good: number }[],
) {
  let start = START - 20 * MINUTE;
  return parts.map((p): Stage => {
    const stage = {
      start,
      state: p.state,
      reason: p.state === 'running' ? null : p.reason,
      product: p.product,
      good: p.good,
    };
    start += p.seconds * 1000;
    return stage;
  });
}

function close(a: KpiSums, b: KpiSums) {
  for (const key of Object.keys(a) as (keyof KpiSums)[]) expect(Math.abs(a[key] - b[key]), key).toBeLessThan(1e-6);
}

function split(facts: { intervals: StateInterval[]; pieces: MachinePiece[] }, now: Instant) {
  const minute = minuteOf(now);
  return {
    closed: {
      intervals: facts.intervals
        .filter((i) => i.start < minute)
        .map((i) => (i.end !== null && i.end <= minute ? i : { ...i, end: null })),
      pieces: facts.pieces.filter((p) => p.minute < minute),
    },
    open: {
      intervals: facts.intervals.filter((i) => i.end === null || i.end > minute),
      pieces: facts.pieces.filter((p) => p.minute >= minute),
    },
  };
}

describe('running figures', () => {
  it('equal judge and sumSpans over the same facts, at every step', () => {
    fc.assert(
      fc.property(
        fc.array(stage, { minLength: 1, maxLength: 14 }),
        fc.array(entrySpec, { maxLength: 4 }),
        fc.array(fc.integer({ min: 1, max: 1500 }), { minLength: 1, maxLength: 12 }),
        fc.boolean(),
        (parts, entrySpecs, steps, late) => {
          const running = createRunning(plant, 'm1');
          const make = entryMaker();
          const stages = stagesOf(parts);
          const entries: Entry[] = entrySpecs.map(({ kind, at, seconds, reason: why }) => {
            const t = START + at * 1000;
            if (kind === 'whole') return make({ type: 'stopReason', machine: 'm1', at: t, reason: why });
            if (kind === 'slice')
              return make({ type: 'stopReason', machine: 'm1', from: t, to: t + seconds * 1000, reason: why });
            if (kind === 'scrap') return make({ type: 'scrap', machine: 'm1', at: t, count: 3 });
            return make({ type: 'product', machine: 'm1', at: t, product: 'B' });
          });
          let now = START;
          steps.forEach((seconds, step) => {
            now += seconds * 1000;
            const facts = factsOf(
              'm1',
              stages.filter((s) => s.start < now),
              now,
              true,
            );
            const { closed, open } = split(facts, now);
            // After the first time only what changed arrives, in a newer revision; sometimes everything once more.
            const revision = step + 2;
            const recent = step === 0 || (late && step === 1) ? 0 : now - seconds * 1000 - 2 * MINUTE;
            running.upsert({
              intervals: closed.intervals.filter((i) => (i.end ?? now) >= recent).map((i) => ({ ...i, revision })),
              pieces: closed.pieces.filter((p) => p.end >= recent).map((p) => ({ ...p, revision })),
            });
            running.setOpen(open);
            const known = entries.slice(0, step);
            running.setEntries(known);
            const spans = judge({
              plant,
              machine: 'm1',
              ...facts,
              entries: known,
              from: START,
              to: now,
              knownUntil: now,
            });
            close(running.sumsBetween(START, now), sumSpans(spans));
            // A second time from what was kept.
            close(running.sumsBetween(START, now), sumSpans(spans));
          });
        },
      ),
      { numRuns: 300 },
    );
  });

  it('follows a correction of an old minute, and a vanished stop', () => {
    const running = createRunning(plant, 'm1');
    const now = START + 60 * MINUTE;
    const facts = factsOf('m1', [{ start: START, state: 'running', product: 'A', good: 10 }], now);
    running.upsert(facts);
    expect(running.figuresAt(now)?.counts.good).toBe(600);
    const old = facts.pieces[5];
    if (!old) throw new Error('no piece');
    running.upsert({ intervals: [], pieces: [{ ...old, revision: 2, goodCount: 4, totalCount: 4 }] });
    running.upsert({ intervals: [], pieces: [{ ...old, revision: 1, goodCount: 99, totalCount: 99 }] });
    expect(running.figuresAt(now)?.counts.good).toBe(594);
    const stop: StateInterval = {
      machine: 'm1',
      start: START + 10 * MINUTE,
      end: START + 40 * MINUTE,
      state: 'down',
      reason: null,
      revision: 3,
    };
    running.upsert({ intervals: [stop], pieces: [] });
    expect(running.figuresAt(now)?.seconds.unplannedStop).toBe(1800);
    running.upsert({ intervals: [{ ...stop, end: stop.start, void: true, revision: 4 }], pieces: [] });
    expect(running.figuresAt(now)?.seconds).toMatchObject({ unplannedStop: 0, run: 3600 });
  });

  it('has no figures off shift', () => {
    expect(createRunning(plant, 'm1').figuresAt(START - 1)).toBeNull();
    expect(createRunning(plant, 'm1').figuresAt(START)).toMatchObject({ shift: { id: 'early' }, kpi: { oee: null } });
  });

  it('costs the same late in a shift as early in it', () => {
    const stages: Stage[] = Array.from({ length: 400 }, (_, i) => ({
      start: START + i * 70_000,
      state: i % 2 ? ('idle' as const) : ('running' as const),
      product: 'A',
      good: 5,
    }));
    const end = START + 7.9 * 60 * MINUTE;
    const facts = factsOf('m1', stages, end, true);
    const running = createRunning(plant, 'm1');
    running.upsert(facts);
    const first = performance.now();
    running.figuresAt(end);
    const cold = performance.now() - first;
    const again = performance.now();
    for (let i = 0; i < 20; i++) running.figuresAt(end);
    expect((performance.now() - again) / 20).toBeLessThan(cold / 3);
    expect(running.figuresAt(end)).toMatchObject(
      figuresOf(sumSpans(judge({ plant, machine: 'm1', ...facts, entries: [], from: START, to: end, knownUntil: end })))
        .counts.total > 0
        ? { seconds: { all: (end - START) / 1000 } }
        : {},
    );
  });
});
