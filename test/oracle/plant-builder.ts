import type { CounterConfig, Machine, Meter, Plant, Product, RegisterConfig } from '../../shared/plant/model.ts';

/** Plants for tests of facts, made without a file: every judgement at a default, every signal bound to one source. */
const binding = { source: 's', address: {} };
const always = <T>(value: T) => [{ validFrom: Number.NEGATIVE_INFINITY, value }];

export function counter(over: Partial<CounterConfig> = {}): CounterConfig {
  return { binding, kind: 'cumulative', modulus: null, maxPerSecond: null, jitter: 0, ...over };
}

export function register(over: Partial<RegisterConfig> = {}): RegisterConfig {
  return { binding, scale: 1, modulus: null, jitter: 0, maxKw: null, ...over };
}

export function machine(id: string, over: Partial<Machine> = {}): Machine {
  return {
    id,
    name: id,
    line: 'l1',
    idealCycleSeconds: always(1),
    smallStopSeconds: always(300),
    breakPolicy: always('exclude' as const),
    state: { from: 'signal', binding, preset: null, map: new Map() },
    total: null,
    good: null,
    reject: null,
    cycles: null,
    product: { binding, map: null },
    order: { binding },
    reason: { binding, map: null, hold: 'stop' },
    targetOee: null,
    costPerHour: null,
    piecesPerCount: 1,
    performanceCap: null,
    conditions: [],
    ...over,
  };
}

export function meter(id: string, over: Partial<Meter> & { fed?: readonly string[] } = {}): Meter {
  const { fed = [], ...rest } = over;
  return {
    id,
    name: id,
    medium: 'electricity',
    parent: null,
    feeds: always(fed.map((m) => ({ machine: m, share: 1 / fed.length }))),
    importWh: null,
    exportWh: null,
    importVarh: null,
    powerW: null,
    sum: null,
    ...rest,
  };
}

export function plantOf(
  machines: readonly Machine[],
  meters: readonly Meter[] = [],
  cavities: Readonly<Record<string, number>> = {},
): Plant {
  const byId = <T extends { readonly id: string }>(items: readonly T[]) =>
    new Map(items.map((item) => [item.id, item]));
  const products = Object.entries(cavities).map(
    ([id, activeCavities]): Product => ({
      id,
      name: id,
      idealCycleSeconds: null,
      cavities: activeCavities,
      activeCavities,
      contributionPerPiece: null,
    }),
  );
  return {
    hash: 'test',
    enterprise: null,
    site: { id: 's', name: 's', timezone: 'UTC', currency: 'EUR', locale: 'en-GB' },
    calendars: new Map(),
    products: byId(products),
    reasons: new Map(),
    scrapReasons: new Map(),
    sources: new Map(),
    lines: new Map(),
    machines: byId(machines),
    meters: byId(meters),
    tariffs: new Map(),
    carbon: [],
    demo: null,
    edges: new Map(),
  };
}
