import { z } from 'zod';
import { instantSchema, scopeSchema } from './rest.ts';
import { findingAnswer } from './rest-answers.ts';

/*
 * REST under /api/v1/energy/* and /api/v1/bill: head figures of a window, bills, replayed bills, what-if, baseline.
 * Instants ISO 8601 UTC, ratios 0..1, energy kWh, power kW, money in the site's currency. Null is unknown, never 0.
 */

const instant = z.string().describe('ISO 8601 UTC');
const number = z.number();
const maybe = number.nullable();
const windowAnswer = z.object({ start: instant, end: instant });

/** Energy, its money and its CO2: what every breakdown has. */
const amounts = { kWh: maybe, cost: maybe, co2Kg: maybe };

export const energyOverviewAnswer = z.object({
  scope: z.string(),
  window: windowAnswer,
  plantHash: z.string(),
  asOf: instant.nullable(),
  medium: z.string(),
  ...amounts,
  co2MarketKg: maybe,
  unpricedKWh: number,
  coverage: maybe,
  missingSeconds: maybe,
  estimated: z.boolean(),
  provisional: z.boolean(),
  exportKWh: maybe.describe('null where no meter of the scope has an export register'),
  kvarh: maybe,
  powerFactor: maybe.describe('from the energies of the window'),
  waiting: z.object({ ...amounts, share: maybe }).describe('energy of machines that wait'),
  rest: z.object({ ...amounts, share: maybe }).describe('what no machine meter explains'),
  enpi: z.object({
    good: maybe,
    kWhPerGood: maybe,
    kWhPerRunHour: maybe,
    kWhPerStandardHour: maybe,
    co2KgPerGood: maybe,
  }),
  lostPieces: z.object({ count: maybe, money: maybe }).describe('rejects, where their product has a value'),
  demand: z
    .object({
      meter: z.string(),
      meterName: z.string(),
      windowMinutes: number,
      limitKw: maybe,
      limitUnit: z.enum(['kW', 'kVA']).nullable(),
      maxKw: maybe,
      maxKva: maybe,
      at: instant.nullable(),
      blocks: number,
      incompleteBlocks: number,
      overLimit: number.describe('complete blocks above the limit'),
      baseLoadKw: maybe.describe('reached for 95 % of the time'),
      loadFactor: maybe,
      top: z.array(z.object({ start: instant, label: z.string(), kW: number, kVA: maybe })),
    })
    .nullable(),
  tariffs: z.array(z.object({ id: z.string(), validFrom: z.string(), from: instant, to: instant })),
  carbon: z.array(
    z.object({
      method: z.enum(['location', 'market']),
      kind: z.enum(['annual', 'interval']),
      gramsPerKwh: maybe.describe('null: by the interval'),
      source: z.string(),
      from: instant,
      to: instant,
    }),
  ),
  findings: z.array(findingAnswer),
});
export type EnergyOverview = z.infer<typeof energyOverviewAnswer>;

export const profileAnswer = z.object({
  scope: z.string(),
  meter: z.string(),
  meterName: z.string(),
  window: windowAnswer,
  windowMinutes: number,
  limitKw: maybe,
  /** Production days in order, each with its blocks; a block without readings has kW null. */
  days: z.array(
    z.object({
      date: z.string(),
      label: z.string(),
      start: instant,
      blocks: z.array(
        z.object({ start: instant, label: z.string(), kW: maybe, kVA: maybe, complete: z.boolean(), band: z.string() }),
      ),
    }),
  ),
  duration: z.array(z.tuple([number, number])).describe('load duration: share of time, kW; at most 200 points'),
});
export type ProfileAnswer = z.infer<typeof profileAnswer>;

const billLine = z.object({
  part: z.enum(['energy', 'demand', 'capacity', 'fixed', 'reactive', 'levy', 'tax']),
  name: z.string(),
  quantity: number,
  unit: z.string(),
  rate: maybe,
  amount: maybe.describe('rounded once; the total is the sum of these'),
  exact: maybe.describe('unrounded'),
  at: instant.optional(),
  note: z.string().optional(),
  version: z.string().describe('validFrom of the tariff version that priced it'),
});
export type BillLineAnswer = z.infer<typeof billLine>;

export const billAnswer = z.object({
  tariff: z.string(),
  meter: z.string(),
  currency: z.string(),
  window: windowAnswer,
  plantHash: z.string(),
  versions: z.array(z.object({ validFrom: z.string(), from: instant, to: instant })),
  lines: z.array(billLine),
  energy: number,
  demand: number,
  total: number,
  kWh: number,
  coverage: maybe,
  findings: z.array(findingAnswer),
});
export type BillAnswer = z.infer<typeof billAnswer>;

const billWindow = { tariff: z.string().min(1).max(128), from: instantSchema, to: instantSchema };
export const billQuery = z.strictObject({
  ...billWindow,
  meter: z.string().max(128).optional().describe("whose load is priced; default: the tariff's meter"),
  asOf: instantSchema.optional(),
});

/** The supplier's bill as it was printed. */
export const billReplayBody = z.strictObject({
  ...billWindow,
  meter: z.string().max(128).optional(),
  total: z.number().optional(),
  lines: z
    .array(
      z.strictObject({
        name: z.string().min(1).max(200),
        quantity: z.number().optional(),
        unit: z.string().max(32).optional(),
        rate: z.number().optional(),
        amount: z.number().optional(),
      }),
    )
    .min(1)
    .max(200),
});
export type BillReplayBody = z.infer<typeof billReplayBody>;

export const billReplayAnswer = z.object({
  bill: billAnswer,
  lines: z.array(
    z.object({
      name: z.string(),
      ours: z.object({ quantity: maybe, unit: z.string().nullable(), rate: maybe, amount: maybe }).nullable(),
      theirs: z.object({ quantity: maybe, unit: z.string().nullable(), rate: maybe, amount: maybe }).nullable(),
      difference: maybe.describe('theirs less ours, money'),
      verdict: z.enum(['same', 'rounding', 'differs', 'onlyOurs', 'onlyTheirs', 'notComparable']),
      because: z.array(z.string()).describe('each a sentence: what explains it, or what to ask'),
    }),
  ),
  ours: number,
  theirs: maybe,
  difference: maybe,
  unexplained: maybe.describe('what no explanation accounts for, money'),
});
export type BillReplayAnswer = z.infer<typeof billReplayAnswer>;

export const whatIfQuery = z.strictObject({
  ...billWindow,
  meter: z.string().max(128).optional(),
  against: z.string().max(128).optional().describe('another tariff of the plant file; default: the same'),
  shiftHours: z.coerce
    .number()
    .min(-24)
    .max(24)
    .multipleOf(0.5)
    .default(0)
    .describe('work moved later by so many hours'),
});
export const whatIfAnswer = z.object({
  present: billAnswer,
  alternative: billAnswer,
  difference: number.describe('alternative less present: below 0 is a saving'),
  /** What the answer rests on, each a sentence to print beside the figure. */
  assumptions: z.array(z.string()),
});
export type WhatIfAnswer = z.infer<typeof whatIfAnswer>;

export const baselineQuery = z.strictObject({
  scope: scopeSchema.default('site'),
  from: instantSchema.optional().describe('start of the time that the baseline is fitted to'),
  to: instantSchema.optional(),
  until: instantSchema.optional().describe('end of the time that is compared with it; default now'),
});
export const baselineAnswer = z.object({
  scope: z.string(),
  fitted: windowAnswer,
  model: z
    .object({
      intercept: number,
      drivers: z.array(z.object({ name: z.string(), unit: z.string(), coefficient: number, min: number, max: number })),
      n: number,
      r2: maybe,
      cvRmse: maybe,
      formula: z.string(),
    })
    .nullable()
    .describe('null where no line can be drawn through the shifts'),
  warnings: z.array(z.string()),
  points: z.array(
    z.object({
      start: instant,
      label: z.string(),
      shift: z.string(),
      x: z.array(number),
      kWh: number,
      expectedKWh: maybe,
      cusumKWh: maybe.describe('running sum of actual less expected: down is saving'),
      withinRange: z.boolean(),
      fitted: z.boolean(),
      step: z.boolean().describe('the shift from which on the energy is another'),
    }),
  ),
  leftOut: number.describe('shifts without full readings'),
  findings: z.array(findingAnswer),
});
export type BaselineAnswer = z.infer<typeof baselineAnswer>;

export const overviewQuery = z.strictObject({
  scope: scopeSchema.default('site'),
  from: instantSchema.optional(),
  to: instantSchema.optional(),
  asOf: instantSchema.optional(),
});

export const metersAnswer = z.object({
  window: windowAnswer,
  plantHash: z.string(),
  /** The tree of each medium from the top, then virtual meters. */
  items: z.array(
    z.object({
      meter: z.string(),
      name: z.string(),
      medium: z.string(),
      parent: z.string().nullable(),
      depth: number,
      kind: z.enum(['meter', 'rest', 'virtual']).describe('rest: what the meters below it do not explain'),
      machines: z.array(z.string()),
      ...amounts,
      coverage: maybe,
      estimated: z.boolean(),
    }),
  ),
});
export type MetersAnswer = z.infer<typeof metersAnswer>;

export const PERIOD_UNITS = ['shift', 'day', 'week', 'month', 'dates'] as const;
export const periodQuery = z.strictObject({
  scope: scopeSchema.default('site'),
  unit: z.enum(PERIOD_UNITS).default('week'),
  at: instantSchema.optional().describe('any instant in it; default now'),
  first: z.iso.date().optional().describe('unit=dates: first local date'),
  last: z.iso.date().optional().describe('unit=dates: last local date, included'),
});
export const periodAnswer = z.object({
  unit: z.enum(PERIOD_UNITS),
  from: instant,
  to: instant,
  label: z.string(),
  first: z.string().nullable().describe('first production date; null of a shift'),
  last: z.string().nullable(),
  isCurrent: z.boolean(),
  previousAt: instant,
  nextAt: instant.nullable().describe('null where nothing of it has begun'),
  shift: z
    .object({ name: z.string(), date: z.string(), dateLabel: z.string() })
    .nullable()
    .describe('of unit=shift: its name and production date'),
});
export type PeriodAnswer = z.infer<typeof periodAnswer>;
