import { z } from 'zod';

/*
 * REST under /api/v1: what comes in. Times are ISO 8601 UTC; a scope is `site | area:ID | line:ID | machine:ID | meter:ID`.
 * Answers are in rest-answers.ts. Errors are RFC 9457 problem details.
 */

export const SCOPE = /^(site|(area|line|machine|meter):[^\s:][^\s]{0,127})$/;

export const scopeSchema = z
  .string()
  .regex(SCOPE, 'write site, area:ID, line:ID, machine:ID or meter:ID')
  .describe('site | area:ID | line:ID | machine:ID | meter:ID');

export const instantSchema = z.iso
  .datetime({ offset: true, error: 'write an instant with offset, as 2026-06-01T09:00:00Z' })
  .describe('ISO 8601 instant with offset');

/** A list in one query value: `by=shift,band`. */
function listOf<const T extends readonly [string, ...string[]]>(names: T) {
  return z
    .string()
    .transform((text) => text.split(',').map((part) => part.trim()))
    .pipe(z.array(z.enum(names)).min(1).max(names.length))
    .describe(`comma separated: ${names.join(', ')}`);
}

export const PERIODS = ['shift', 'hour', 'day', 'productionDay', 'week', 'month'] as const;
export type Period = (typeof PERIODS)[number];

export const KPI_BY = [...PERIODS, 'product', 'order', 'machine', 'total'] as const;
export type KpiBy = (typeof KPI_BY)[number];

export const ENERGY_BY = [
  ...PERIODS,
  'interval',
  'band',
  'state',
  'category',
  'machine',
  'product',
  'order',
  'total',
] as const;
export type EnergyBy = (typeof ENERGY_BY)[number];

const window = {
  scope: scopeSchema.default('site'),
  from: instantSchema.optional(),
  to: instantSchema.optional(),
  asOf: instantSchema.optional(),
};

export const windowQuery = z.strictObject(window);
export const kpiQuery = z.strictObject({ ...window, by: listOf(KPI_BY).optional() });
export const energyQuery = z.strictObject({
  ...window,
  by: listOf(ENERGY_BY).optional(),
  every: z.coerce
    .number()
    .int()
    .min(1)
    .max(1440)
    .optional()
    .describe("with by=interval and a machine: minutes per interval on the local clock, instead of the tariff's"),
});
export const stopsQuery = z.strictObject({
  ...window,
  energy: z
    .enum(['true', 'false'])
    .default('false')
    .describe('true: also the kWh of each stop; a window of at most 31 days'),
});
export const countsQuery = z.strictObject({
  ...window,
  every: z.coerce.number().int().min(1).max(1440).default(30).describe('minutes per bucket, on the local clock'),
});
export const FIGURES = [
  'oee',
  'availability',
  'performance',
  'quality',
  'utilization',
  'teep',
  'ooe',
  'yield',
  'targetCount',
  'total',
  'good',
  'reject',
  'energy',
] as const;
export type Figure = (typeof FIGURES)[number];
export const explainQuery = z.strictObject({ ...window, figure: z.enum(FIGURES).default('oee') });
export const entriesQuery = z.strictObject({
  machine: z.string().max(128).optional(),
  after: z.coerce.number().int().min(0).default(0).describe('entries with a higher seq'),
  limit: z.coerce.number().int().min(1).max(5000).default(1000),
});

/** Largest window that one question may span. */
export const MAX_WINDOW_DAYS = 400;

export const watchSchema = z.strictObject({
  scope: scopeSchema,
  topics: z
    .array(z.enum(['states', 'oee', 'energy', 'demand']))
    .min(1)
    .max(4),
});
