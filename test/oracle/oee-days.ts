import fc from 'fast-check';
import { expect } from 'vitest';
import { always, machine, makePlant, product, reason } from '#shared/oee/fixture.ts';
import { judge } from '#shared/oee/judge.ts';
import type { JudgedSpan } from '#shared/oee/judged.ts';
import type { KpiSums } from '#shared/oee/sums.ts';
import type { Plant } from '#shared/plant/model.ts';
import { entriesOfDay, factsOfDay } from './oee-facts.ts';
import type { OracleEntry, OracleMachine, OracleSums, OracleWorld } from './oee-oracle.ts';

/* Days on which the clock does something, and plain ones. */
const DAYS: readonly (readonly [string, string])[] = [
  ['Europe/London', '2026-03-29'],
  ['Europe/London', '2026-10-25'],
  ['Europe/London', '2026-06-10'],
  ['America/Chicago', '2026-03-08'],
  ['America/Chicago', '2026-11-01'],
  ['Australia/Lord_Howe', '2026-04-05'],
  ['Australia/Lord_Howe', '2026-10-04'],
  ['Asia/Kolkata', '2026-06-10'],
  ['Pacific/Apia', '2011-12-29'],
  ['Pacific/Apia', '2026-06-10'],
  ['UTC', '2026-06-10'],
];
export const ZONES = [...new Set(DAYS.map(([zone]) => zone))].sort();
const REASONS = { jam: 'unplannedStop', changeover: 'plannedStop', noOrders: 'notScheduled' } as const;
const PRODUCTS = { A: { cycle: 2, cavities: 1 }, B: { cycle: 12, cavities: 8 } };
export const DAY = 86_400;
const EVERY_DAY = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

export const second = fc.integer({ min: 0, max: DAY });
const time = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.constantFrom(0, 15, 30, 45))
  .map(([h, m]) => `${two(h)}:${two(m)}`);
const shift = fc.record({
  start: time,
  end: time,
  breaks: fc.array(fc.record({ start: time, minutes: fc.integer({ min: 1, max: 75 }) }), { maxLength: 3 }),
});
const why = fc.constantFrom('jam', 'changeover', 'noOrders');
const entry: fc.Arbitrary<OracleEntry> = fc.oneof(
  fc.record({ type: fc.constant('whole' as const), at: second, reason: why }),
  fc
    .record({ at: second, seconds: fc.integer({ min: 1, max: 7200 }), reason: why })
    .map(({ at, seconds, reason: r }) => ({ type: 'slice' as const, from: at, to: at + seconds, reason: r })),
  fc.record({ type: fc.constant('scrap' as const), at: second, count: fc.integer({ min: 1, max: 30 }) }),
  fc.record({ type: fc.constant('product' as const), at: second, product: fc.constantFrom('A', 'B') }),
);
const machineDay = fc.record({
  states: fc.array(
    fc.record({
      gap: fc.oneof(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 1, max: 20_000 })),
      state: fc.constantFrom('running', 'running', 'idle', 'down', 'setup', 'maintenance', 'off', 'unknown'),
      reason: fc.constantFrom(null, null, 'jam', 'changeover', 'noOrders'),
    }),
    { minLength: 1, maxLength: 25 },
  ),
  products: fc.array(fc.record({ t: second, value: fc.constantFrom('A', 'B', '') }), { maxLength: 4 }),
  counts: fc.array(
    fc.record({ t: second, good: fc.integer({ min: 0, max: 50 }), reject: fc.integer({ min: 0, max: 5 }) }),
    { maxLength: 40 },
  ),
  entries: fc.array(entry, { maxLength: 5 }),
  voided: fc.array(entry, { maxLength: 2 }),
  smallStopSeconds: fc.constantFrom(0, 60, 300, 1800),
  runThrough: fc.boolean(),
  piecesPerCount: fc.constantFrom(1, 12),
});
type MachineDay = typeof machineDay extends fc.Arbitrary<infer T> ? T : never;

export const scenario = fc.record({
  day: fc.constantFrom(...DAYS),
  shifts: fc.array(shift, { maxLength: 3 }),
  machines: fc.array(machineDay, { minLength: 1, maxLength: 3 }),
  constraint: fc.nat(),
  window: fc.tuple(second, second),
});
export type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never;

export interface Built {
  readonly world: OracleWorld;
  readonly models: readonly OracleMachine[];
  readonly plant: Plant;
  readonly spans: ReadonlyMap<string, readonly JudgedSpan[]>;
  readonly constraint: number;
  readonly from: number;
  readonly to: number;
  judged(id: string, from: number, to: number, small?: number): JudgedSpan[];
}

export function build({ day: [zone, date], shifts, machines, constraint, window }: Scenario): Built {
  const start = Date.parse(`${date}T00:00:00Z`) / 1000 - DAY / 2;
  const world: OracleWorld = {
    zone,
    shifts: shifts.map((s, i) => ({ id: `s${i}`, ...s })),
    reasons: REASONS,
    products: PRODUCTS,
    start,
    end: start + DAY,
  };
  const models = machines.map((m) => modelOf(start, m));
  const place = constraint % machines.length;
  const makeMachines = (small?: number) =>
    models.map((m, i) =>
      machine(`m${i}`, {
        idealCycleSeconds: always(m.idealCycleSeconds),
        smallStopSeconds: always(small ?? m.smallStopSeconds),
        breakPolicy: always(m.runThrough ? 'runThrough' : 'exclude'),
        piecesPerCount: m.piecesPerCount,
      }),
    );
  const plantWith = (small?: number) =>
    makePlant({
      timezone: zone,
      calendar: { shifts: world.shifts.map((s) => ({ ...s, name: s.id, days: EVERY_DAY })), exceptions: [] },
      machines: makeMachines(small),
      constraint: `m${place}`,
      products: Object.entries(PRODUCTS).map(([id, p]) => product(id, p.cycle, { cavities: p.cavities })),
      reasons: Object.entries(REASONS).map(([id, category]) => reason(id, category)),
    });
  const from = start + Math.min(...window);
  const to = start + Math.max(...window);
  const entryBounds = models.flatMap((m) => m.entries.flatMap((e) => ('at' in e ? [e.at] : [e.from, e.to])));
  const cuts = [
    from,
    to,
    ...entryBounds,
    ...(models[place]?.states.map((e) => e.t) ?? []),
    ...(models[place]?.products.map((e) => e.t) ?? []),
  ];
  const facts = new Map(models.map((m, i) => [`m${i}`, factsOfDay(world, `m${i}`, m, cuts)]));
  const entries = new Map(
    models.map((m, i) => [`m${i}`, entriesOfDay(`m${i}`, m.entries, shifted(start, machines[i]?.voided ?? []))]),
  );
  const plant = plantWith();
  const judged = (id: string, a: number, b: number, small?: number) => {
    const known = facts.get(id);
    if (!known) throw new Error(`no facts of ${id}`);
    return judge({
      plant: small === undefined ? plant : plantWith(small),
      machine: id,
      ...known,
      entries: entries.get(id) ?? [],
      from: a * 1000,
      to: b * 1000,
    });
  };
  const spans = new Map(models.map((_, i) => [`m${i}`, judged(`m${i}`, from, to)]));
  return { world, models, plant, spans, constraint: place, from, to, judged };
}

function modelOf(start: number, m: MachineDay): OracleMachine {
  let t = start + 600;
  const states = m.states.map(({ gap, state, reason: r }) => {
    const event = { t, value: { state, reason: state === 'running' || state === 'unknown' ? null : r } };
    t += gap;
    return event;
  });
  const products = distinct(m.products.map((e) => ({ ...e, t: e.t + start })));
  const first = states[0]?.t ?? start;
  return {
    states: states.filter((e) => e.t < start + DAY),
    products: products.filter((e) => e.t > first),
    counts: m.counts.filter((e) => e.t + start > first).map(({ t: at, ...value }) => ({ t: at + start, value })),
    entries: shifted(start, m.entries),
    smallStopSeconds: m.smallStopSeconds,
    runThrough: m.runThrough,
    piecesPerCount: m.piecesPerCount,
    idealCycleSeconds: 3,
  };
}

function shifted(start: number, entries: readonly OracleEntry[]): OracleEntry[] {
  return entries.map((e) =>
    e.type === 'slice' ? { ...e, from: e.from + start, to: e.to + start } : { ...e, at: e.at + start },
  );
}

function distinct<T extends { readonly t: number }>(events: readonly T[]): T[] {
  return [...new Map(events.map((e) => [e.t, e])).values()].sort((a, b) => a.t - b.t);
}

function two(n: number): string {
  return String(n).padStart(2, '0');
}

export function expectSame(sums: KpiSums, oracle: OracleSums): void {
  const { seconds } = oracle;
  const of = (name: string) => seconds[name] ?? 0;
  const expected: Partial<Record<keyof KpiSums, number>> = {
    runSeconds: of('run') + of('smallStop'),
    smallStopSeconds: of('smallStop'),
    unplannedStopSeconds: of('unplannedStop'),
    plannedStopSeconds: of('plannedStop'),
    unknownSeconds: of('unknown'),
    scheduleLossSeconds: of('scheduleLoss'),
    breakSeconds: of('break'),
    offShiftSeconds: of('offShift'),
    totalCount: oracle.total,
    goodCount: oracle.good,
    rejectCount: oracle.reject,
    unscheduledTotalCount: oracle.unscheduledTotal,
    unscheduledGoodCount: oracle.unscheduledGood,
    idealSeconds: oracle.ideal,
    idealGoodSeconds: oracle.idealGood,
  };
  for (const [key, value] of Object.entries(expected)) {
    expect(sums[key as keyof KpiSums], key).toBeCloseTo(value, 6);
  }
}

export function expectEqualSums(a: KpiSums, b: KpiSums): void {
  for (const key of Object.keys(a) as (keyof KpiSums)[]) expect(a[key], key).toBeCloseTo(b[key], 6);
}
