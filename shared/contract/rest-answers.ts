import { z } from 'zod';

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
});
export type SourceAnswer = z.infer<typeof sourceAnswer>;

export const health = z.object({
  status: z.enum(['ok', 'degraded']),
  historian: z.object({ engine: z.string(), version: z.string().nullable(), message: z.string().nullable() }),
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
  items: z.array(sourceAnswer),
  edges: z.array(z.object({ id: z.string(), counters: z.record(z.string(), number).readonly() })),
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
