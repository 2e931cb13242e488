import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { replay } from '#edge/replay/engine.ts';
import type { Query } from '#edge/replay/queries.ts';
import { SampleTable } from '#edge/replay/sample-table.ts';
import type { Machine, Plant } from '#shared/plant/model.ts';
import type { Sample } from '#shared/signal/sample.ts';
import { build, DAY, scenario } from './oee-days.ts';
import { entriesOfDay } from './oee-facts.ts';
import { dayOf, type OracleMachine, type OracleSums, sumDay, sumLine } from './oee-oracle.ts';

/* The whole chain, samples to figures, against the second by second model: aggregator, cuts, entries, two folds for lines. */

const binding = { source: 'plc', address: {} };
const counter = { binding, kind: 'delta' as const, modulus: null, maxPerSecond: null, jitter: 0 };

/** The same plant with every signal bound. */
function wired(plant: Plant): Plant {
  const bound = ([id, m]: [string, Machine]): [string, Machine] => [
    id,
    {
      ...m,
      state: { from: 'signal', binding, preset: null, map: new Map() },
      good: counter,
      reject: counter,
      product: { binding, map: null },
      reason: { binding, map: null, hold: 'stop' },
    },
  ];
  return { ...plant, machines: new Map([...plant.machines].map(bound)) };
}

function samplesOf(id: string, model: OracleMachine): Sample[] {
  const samples: Sample[] = [];
  const add = (second: number, what: string, value: Sample['value']) =>
    samples.push({ t: second * 1000, signal: `${id}.${what}`, value, quality: 'good', received: second * 1000 });
  for (const { t, value } of model.states) {
    add(t, 'state', value.state);
    if (value.state !== 'running' && value.state !== 'unknown') add(t, 'reason', value.reason);
  }
  for (const { t, value } of model.products) add(t, 'product', value);
  // Two counts of one signal at one instant would be one.
  const counts = new Map<number, { good: number; reject: number }>();
  for (const { t, value } of model.counts) counts.set(t, value);
  for (const [t, { good, reject }] of counts) {
    add(t, 'good', good);
    add(t, 'reject', reject);
  }
  return samples;
}

/** Running before anything else, so that the first stop has a beginning. */
function begun(model: OracleMachine, start: number): OracleMachine {
  const states = model.states.filter((e) => e.t > start + 60);
  const counts = [...new Map(model.counts.map((e) => [e.t, e])).values()];
  return { ...model, counts, states: [{ t: start, value: { state: 'running', reason: null } }, ...states] };
}

function shown(result: ReturnType<typeof replay>[number] | undefined): OracleSums {
  if (!result || !('seconds' in result)) throw new Error('no figures');
  const { seconds, counts } = result;
  return {
    seconds: {
      run: seconds.run - seconds.smallStop,
      smallStop: seconds.smallStop,
      unplannedStop: seconds.unplannedStop,
      plannedStop: seconds.plannedStop,
      scheduleLoss: seconds.scheduleLoss,
      break: seconds.break,
      offShift: seconds.offShift,
      unknown: seconds.unknown,
    },
    ...counts,
    ideal: result.idealSeconds,
    idealGood: result.idealGoodSeconds,
  };
}

function expectClose(actual: OracleSums, oracle: OracleSums): void {
  for (const [name, value] of Object.entries(actual.seconds)) {
    expect(value, name).toBeCloseTo(oracle.seconds[name] ?? 0, 6);
  }
  for (const name of [
    'total',
    'good',
    'reject',
    'unscheduledTotal',
    'unscheduledGood',
    'ideal',
    'idealGood',
  ] as const) {
    expect(actual[name], name).toBeCloseTo(oracle[name], 6);
  }
}

describe('replay against a second by second model', () => {
  it('gives machines and lines the same figures, in whatever order the samples come', () => {
    fc.assert(
      fc.property(scenario, fc.integer(), (s, seed) => {
        const { world, models, plant, constraint, from, to } = build(s);
        const days = models.map((m) => begun(m, world.start));
        // A stop that goes on at the end of the data is as long as the data.
        const samples = days.flatMap((m, i) => samplesOf(`m${i}`, m));
        const end = (world.start + DAY) * 1000;
        samples.push({ t: end, signal: 'm0.product', value: 'A', quality: 'good', received: end });
        const table = new SampleTable();
        for (const sample of shuffled(samples, seed)) table.add(sample);
        const queries: Query[] = [
          ...models.map((_, i) => ({
            id: `q${i}`,
            kind: 'range' as const,
            machines: [`m${i}`],
            from: from * 1000,
            to: to * 1000,
          })),
          { id: 'line', kind: 'line' as const, line: 'l1', from: from * 1000, to: to * 1000 },
        ];
        const entries = days
          .flatMap((m, i) => entriesOfDay(`m${i}`, m.entries, []))
          // At the very end of the data an open stop still takes a reason; the model's stops end there.
          .filter((e) => !('at' in e && e.at >= end))
          .map((e, seq) => ({ ...e, seq, recordedAt: seq }));
        const results = replay({
          plant: wired(plant),
          samples: table,
          entries,
          queries,
          progress: () => {},
          warn: () => {},
        });
        days.forEach((model, i) => {
          expectClose(shown(results[i]), sumDay(world, dayOf(world, model), from, to));
        });
        expectClose(shown(results.at(-1)), sumLine(world, days, constraint, from, to));
      }),
      { numRuns: 150 },
    );
  });
});

function shuffled<T>(items: readonly T[], seed: number): T[] {
  let state = seed | 0;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 8) / 0x100_0000;
  };
  return items
    .map((item) => ({ item, rank: random() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}
