import { z } from 'zod';
import { sourceDetails } from './source-details.ts';

/* REST under /api/v1: what goes out. Members of figures are those of `replay` (INTERFACES section 3). Instants ISO 8601 UTC. */

const instant = z.string().describe('ISO 8601 UTC');
const number = z.number();
const maybe = number.nullable();

export const findingAnswer = z.object({
  id: z.string(),
  code: z.string(),
  scope: z.string().nullable(),
  at: instant.nullable(),
  message: z.string(),
});

export const sourceAnswer = z.object({
  id: z.string(),
  type: z.string(),
  owner: z.string().nullable(),
  zone: z.string().nullable(),
  edge: z.string().nullable(),
  endpoint: z.string().nullable(),
  state: z.enum(['connecting', 'connected', 'degraded', 'failed']),
  message: z.string().nullable(),
  since: instant.nullable(),
  lastReadingAt: instant.nullable(),
  signals: number,
  readings: number,
  details: sourceDetails.optional(),
});

/** How exposed a connection is, and what became different of it: the list of everything connected, worst first. */
export const inventoryItem = sourceAnswer.extend({
  exposure: z.object({
    points: number,
    reasons: z.array(z.object({ points: number, what: z.string(), mend: z.string() })).readonly(),
  }),
  /** Since a week ago, newest first. */
  changes: z.array(z.object({ at: instant, what: z.string(), from: z.string().nullable(), to: z.string() })),
});
export type InventoryItem = z.infer<typeof inventoryItem>;
export type SourceAnswer = z.infer<typeof sourceAnswer>;

export const health = z.object({
  status: z.enum(['ok', 'degraded']),
  historian: z.object({
    engine: z.string(),
    version: z.string().nullable(),
    message: z.string().nullable(),
    /** Size on disk; null where the engine does not tell. */
    bytes: number.nullable(),
    oldestMinute: instant.nullable(),
    /** Minutes before it are gone; their sums stay. */
    prunedBefore: instant.nullable(),
  }),
  ledger: z.object({ engine: z.string(), version: z.string() }),
  broker: z.object({ url: z.string(), engine: z.string() }),
  build: z.string(),
  plantHash: z.string(),
  serverTime: instant,
  sources: z.array(sourceAnswer),
  edges: z.array(
    z.object({
      id: z.string(),
      state: z.enum(['online', 'offline', 'seeding', 'silent']),
      version: z.string().nullable(),
      plantHash: z.string().nullable(),
      heardAt: instant,
      seedProgress: maybe,
    }),
  ),
  findings: z.array(findingAnswer),
});
export type HealthAnswer = z.infer<typeof health>;

export const sourceList = z.object({
  items: z.array(inventoryItem),
  edges: z.array(z.object({ id: z.string(), counters: z.record(z.string(), number).readonly() })),
  /** As in /health: silent edges, sources in trouble, plant files that differ or are refused. */
  findings: z.array(findingAnswer).optional(),
});

export const plantAnswer = z.object({
  hash: z.string(),
  enterprise: z.string().nullable(),
  site: z.object({
    id: z.string(),
    name: z.string(),
    timezone: z.string(),
    currency: z.string(),
    locale: z.string(),
  }),
  lines: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      area: z.string(),
      calendar: z.string(),
      constraint: z.string().nullable(),
      machines: z.array(z.string()).readonly(),
    }),
  ),
  machines: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      line: z.string(),
      idealCycleSeconds: maybe,
      smallStopSeconds: number,
      breakPolicy: z.enum(['exclude', 'runThrough']),
      targetOee: maybe,
      costPerHour: maybe,
      piecesPerCount: number,
      performanceCap: maybe,
      conditions: z.array(z.object({ id: z.string(), unit: z.string(), warn: maybe, alarm: maybe })),
    }),
  ),
  products: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      idealCycleSeconds: maybe,
      cavities: number,
      contributionPerPiece: maybe,
    }),
  ),
  reasons: z.array(
    z.object({ id: z.string(), name: z.string(), group: z.string(), category: z.string(), external: z.boolean() }),
  ),
  scrapReasons: z.array(z.object({ id: z.string(), name: z.string() })),
  meters: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      medium: z.string(),
      parent: z.string().nullable(),
      virtual: z.boolean(),
      feeds: z.array(z.object({ machine: z.string(), share: number })).readonly(),
    }),
  ),
  tariffs: z.array(z.string()),
});
export type PlantAnswer = z.infer<typeof plantAnswer>;

const windowAnswer = z.object({ start: instant, end: instant });

const figures = {
  seconds: z.object({
    all: number,
    plannedProduction: number,
    run: number,
    smallStop: number,
    unplannedStop: number,
    plannedStop: number,
    unknown: number,
    scheduleLoss: number,
    break: number,
    offShift: number,
  }),
  counts: z.object({
    total: number,
    good: number,
    reject: number,
    unscheduledTotal: number,
    unscheduledGood: number,
  }),
  idealSeconds: number,
  idealGoodSeconds: number,
  kpi: z.object({
    availability: maybe,
    performance: maybe,
    quality: maybe,
    oee: maybe,
    utilization: maybe,
    teep: maybe,
    ooe: maybe,
    yield: maybe,
  }),
  coverage: maybe,
};

export const kpiAnswer = z.object({
  items: z.array(
    z.object({
      scope: z.string(),
      window: windowAnswer,
      shift: z.string().nullable().describe('shift id; `offShift` for a gap between shifts'),
      shiftName: z.string().nullable(),
      date: z.string().nullable().describe('production date'),
      product: z.string().nullable(),
      order: z.string().nullable(),
      ...figures,
      provisional: z.boolean(),
      findings: z.array(findingAnswer),
      targetCount: maybe,
      projectedCount: maybe,
    }),
  ),
});
export type KpiAnswer = z.infer<typeof kpiAnswer>;

const look = z.enum(['run', 'idle', 'setup', 'minor', 'down', 'plan', 'unknown']);

export const statesAnswer = z.object({
  items: z.array(
    z.object({
      machine: z.string(),
      start: instant,
      end: instant.nullable().describe('null while it goes on'),
      seconds: number,
      state: z.string(),
      category: z.string(),
      look,
      word: z.string(),
      reason: z.string().nullable(),
      reasonName: z.string().nullable(),
      stretchStart: instant.nullable(),
      product: z.string().nullable(),
      order: z.string().nullable(),
      shift: z.string().nullable(),
      date: z.string().nullable(),
    }),
  ),
});
export type StatesAnswer = z.infer<typeof statesAnswer>;

export const stopsAnswer = z.object({
  items: z.array(
    z.object({
      machine: z.string(),
      start: instant,
      end: instant.nullable().describe('null while it goes on'),
      startLabel: z.string().describe('local clock'),
      endLabel: z.string().nullable(),
      seconds: number.describe('inside the window and its category'),
      category: z.string(),
      state: z.string(),
      look,
      word: z.string(),
      reason: z.string().nullable(),
      reasonName: z.string().nullable(),
      external: z.boolean(),
      unexplained: z.boolean(),
      occurrence: number,
      kWh: maybe.describe('drawn during the stop; null where it was not asked for or no meter feeds the machine'),
      stretchStart: instant,
      shift: z.string().nullable(),
      date: z.string().nullable(),
      product: z.string().nullable(),
      order: z.string().nullable(),
    }),
  ),
});
export type StopsAnswer = z.infer<typeof stopsAnswer>;

export const countsAnswer = z.object({
  items: z.array(
    z.object({
      scope: z.string(),
      start: instant,
      end: instant,
      startLabel: z.string().describe('local clock'),
      total: number,
      good: number,
      reject: number,
      unscheduledTotal: number,
      idealCount: maybe.describe('pieces at the ideal cycle in its planned time'),
    }),
  ),
});
export type CountsAnswer = z.infer<typeof countsAnswer>;

export const energyAnswer = z.object({
  items: z.array(
    z.object({
      scope: z.string(),
      window: windowAnswer,
      shift: z.string().nullable(),
      shiftName: z.string().nullable(),
      date: z.string().nullable(),
      label: z.string().describe("the group's name in the site's language and zone; '' for the whole window"),
      band: z.string().nullable(),
      state: z.string().nullable(),
      category: z.string().nullable(),
      machine: z.string().nullable().describe("'' is what no machine meter explains"),
      product: z.string().nullable(),
      order: z.string().nullable(),
      kWh: number,
      cost: maybe.describe('of the priced part; null where nothing has a price'),
      co2Kg: maybe,
      co2MarketKg: maybe.describe('by the market method; null without such a factor'),
      unpricedKWh: number,
      /** Of the meters of the scope over the window, the same for every part of it. */
      coverage: maybe,
      missingSeconds: maybe,
      /** Where the split is by time, product and order alone. */
      kWhPerGood: maybe,
      kWhPerRunHour: maybe,
      kWhPerStandardHour: maybe.describe('per hour of good work at the ideal cycle: comparable over a mix of products'),
      estimated: z.boolean(),
      provisional: z.boolean(),
    }),
  ),
  findings: z.array(findingAnswer),
});
export type EnergyAnswer = z.infer<typeof energyAnswer>;

export const explainAnswer = z.object({
  scope: z.string(),
  window: windowAnswer,
  figure: z.string(),
  value: maybe,
  formula: z.string(),
  substituted: z.string().describe('the formula with its numbers'),
  terms: z.array(z.object({ name: z.string(), value: number, unit: z.string(), from: z.string() })),
  placedBy: z.string().nullable().describe('what gives a line its seconds; null for a machine'),
  figures: z.object(figures),
  machines: z.array(
    z.object({
      machine: z.string(),
      smallStopSeconds: maybe,
      figures: z.object(figures),
      segments: z.array(
        z.object({
          start: instant,
          end: instant,
          seconds: number,
          state: z.string(),
          category: z.string(),
          reason: z.string().nullable(),
          reasonName: z.string().nullable(),
          product: z.string().nullable(),
          idealSecondsPerPiece: maybe,
          total: number,
          good: number,
          kWh: maybe.describe('only of the figure energy'),
        }),
      ),
      segmentsLeftOut: number,
    }),
  ),
  entries: z.array(z.record(z.string(), z.unknown())),
  rulesVersion: number,
  plantHash: z.string(),
  ledgerSeq: number,
});
export type ExplainAnswer = z.infer<typeof explainAnswer>;

export const entryAnswer = z.record(z.string(), z.unknown()).describe('one entry, instants ISO 8601');
export const entriesAnswer = z.object({
  items: z.array(entryAnswer),
  seq: number.describe('last entry of the ledger'),
});
export type EntriesAnswer = z.infer<typeof entriesAnswer>;
