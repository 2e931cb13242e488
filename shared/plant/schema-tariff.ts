import { z } from 'zod';
import { localMidnight } from '../time/zone.ts';
import type { CarbonFactor, Tariff, TariffBand, TariffDemand, UtilisationPair } from './model.ts';
import { parsePrices, parseSeries } from './prices.ts';
import {
  chosen,
  date,
  endOfSpan,
  id,
  instant,
  isMapping,
  mapping,
  money,
  notNegative,
  positive,
  text,
  timeOfDay,
  weekday,
  weekdays,
} from './schema-basics.ts';
import { timezone } from './zone-names.ts';

const orNull = <T>(value: T | undefined): T | null => value ?? null;

const window = {
  days: weekdays.optional(),
  months: z.array(z.number().int().min(1).max(12)).min(1).optional(),
  from: timeOfDay.optional(),
  to: endOfSpan.optional(),
};

interface GivenWindow {
  days?: TariffBand['days'] | undefined;
  months?: readonly number[] | undefined;
  from?: string | undefined;
  to?: string | undefined;
}

/** A bound that is left out is that end of the day; both left out match the whole day, and so does a `to` equal to `from`. */
function windowOf(given: GivenWindow) {
  const timed = given.from !== undefined || given.to !== undefined;
  return {
    days: orNull(given.days),
    months: orNull(given.months),
    from: timed ? (given.from ?? '00:00') : null,
    to: timed ? (given.to ?? '24:00') : null,
  };
}

const utilisationPair = mapping({ hours: positive, below: money, from: money });

/** A price pair needs no rate of its own: where no hours of use are known yet, the one below the limit stands in. */
function rateOf(
  given: { readonly rate?: number | undefined; readonly byUtilisation?: UtilisationPair | undefined },
  ctx: z.core.$RefinementCtx,
): number {
  const rate = given.rate ?? given.byUtilisation?.below;
  if (rate !== undefined) return rate;
  ctx.issues.push({ code: 'custom', input: given, path: ['rate'], message: 'is missing' });
  return z.NEVER;
}

const band: z.ZodType<TariffBand> = mapping({
  name: text,
  rate: money.optional(),
  byUtilisation: utilisationPair.optional(),
  ...window,
}).transform((given, ctx) => ({
  name: given.name,
  rate: rateOf(given, ctx),
  ...(given.byUtilisation ? { byUtilisation: given.byUtilisation } : {}),
  ...windowOf(given),
}));

const demand: z.ZodType<TariffDemand> = mapping({
  name: text,
  rate: money.optional(),
  basis: z.enum(['kW', 'kVA']).optional(),
  ratchet: mapping({ fraction: z.number().gt(0).max(1), months: z.number().int().min(1).max(36) }).optional(),
  minimumPowerFactor: z.number().gt(0).max(1).optional(),
  byUtilisation: utilisationPair.optional(),
  billed: z.enum(['maximum', 'meanOfMonths', 'annualMaximum']).optional(),
  ...window,
}).transform((given, ctx) => ({
  name: given.name,
  rate: rateOf(given, ctx),
  basis: given.basis ?? 'kW',
  ratchet: orNull(given.ratchet),
  minimumPowerFactor: orNull(given.minimumPowerFactor),
  byUtilisation: orNull(given.byUtilisation),
  ...(given.billed ? { billed: given.billed } : {}),
  ...windowOf(given),
}));

const fixedCharge: z.ZodType<Tariff['fixed'][number]> = mapping({
  name: text,
  perDay: money.optional(),
  perMonth: money.optional(),
}).transform(({ name, perDay, perMonth }, ctx) => {
  if (perDay !== undefined && perMonth === undefined) return { name, perDay };
  if (perMonth !== undefined && perDay === undefined) return { name, perDay: 0, perMonth };
  const message =
    perDay === undefined ? 'is missing; a fixed charge has perDay or perMonth' : 'stands beside perMonth; keep one';
  ctx.issues.push({ code: 'custom', input: name, path: ['perDay'], message });
  return z.NEVER;
});

const INTERVALS = [1, 2, 3, 5, 6, 10, 12, 15, 20, 30, 60];
const interval = z.number().refine((v) => INTERVALS.includes(v), {
  error: (issue) => `must be the minutes of a settlement interval (5, 10, 15, 30 or 60), not ${String(issue.input)}`,
});

type Prices = NonNullable<Tariff['prices']>;

const inlinePrices: z.ZodType<Prices> = z
  .array(
    mapping({ from: instant, to: instant, rate: money }).refine((p) => p.from < p.to, {
      path: ['to'],
      error: 'must be after from',
    }),
  )
  .transform((given, ctx) => {
    const prices = [...given].sort((a, b) => a.from - b.from);
    const overlapping = prices.findIndex((p, i) => i > 0 && p.from < (prices[i - 1]?.to ?? 0));
    if (overlapping > 0) {
      const at = given.indexOf(prices[overlapping] as (typeof given)[number]);
      ctx.issues.push({
        code: 'custom',
        input: given,
        path: [at],
        message: 'overlaps another price; each instant has one',
      });
    }
    return prices;
  });

/** Gives the text of a file named in the plant file (prices), or throws with a sentence. */
export type ReadFile = (path: string) => string;

function pricesSchema(readFile: ReadFile | undefined): z.ZodType<string | Prices> {
  const file = z
    .string()
    .min(1)
    .refine(() => readFile !== undefined, {
      error: 'names a file, and files cannot be read here; write the prices as a list',
    });
  return chosen((value): z.ZodType<string | Prices> => (typeof value === 'string' ? file : inlinePrices));
}

/** One tariff object. `zone` is the site's, used where the tariff names none. */
export function tariffSchema(zone: string | null, readFile?: ReadFile): z.ZodType<Tariff> {
  return mapping({
    version: z.literal(1).optional(),
    id: id.optional(),
    meter: id.optional(),
    timezone: zone === null ? timezone : timezone.optional(),
    validFrom: date.optional(),
    validTo: date.optional(),
    intervalMinutes: interval,
    holidays: mapping({ dates: z.array(date), treatAs: weekday.optional() }).optional(),
    bands: z.array(band).optional(),
    prices: pricesSchema(readFile).optional(),
    demand: z.array(demand).optional(),
    capacity: mapping({
      agreedKva: notNegative,
      ratePerKvaPerDay: money,
      excessRatePerKvaPerDay: money.optional(),
    }).optional(),
    fixed: z.array(fixedCharge).optional(),
    reactive: mapping({ freeShareOfKwh: notNegative, ratePerKvarh: money }).optional(),
    levies: z.array(mapping({ name: text, perKwh: money })).optional(),
    taxPercent: z.number().min(0).max(100).optional(),
  }).transform((given, ctx): Tariff => {
    const refuse = (path: PropertyKey[], message: string) => {
      ctx.issues.push({ code: 'custom', input: given, path, message });
    };
    if (given.validTo !== undefined && given.validTo < (given.validFrom ?? '1970-01-01')) {
      refuse(['validTo'], `is before validFrom ${given.validFrom}`);
    }
    if (!given.bands?.length && given.prices === undefined) refuse([], 'needs bands or prices for its energy');
    if (given.bands?.length && given.prices !== undefined) {
      refuse(['prices'], 'stands beside bands; a tariff has one of the two');
    }
    const demandBases = new Map<string, string>();
    (given.demand ?? []).forEach((d, i) => {
      const basis = demandBases.get(d.name);
      if (basis !== undefined && basis !== d.basis) {
        refuse(
          ['demand', i, 'basis'],
          `differs from that of another window "${d.name}"; windows that share a name share one maximum`,
        );
      }
      demandBases.set(d.name, d.basis);
    });
    let prices = given.prices ?? null;
    if (typeof prices === 'string') {
      const read = parsePrices(prices, given.intervalMinutes, readFile);
      if ('problem' in read) refuse(['prices'], read.problem);
      prices = 'prices' in read ? read.prices : [];
    }
    const { capacity } = given;
    return {
      id: given.id ?? 'tariff',
      meter: orNull(given.meter),
      timezone: given.timezone ?? zone ?? 'UTC',
      validFrom: given.validFrom ?? '1970-01-01',
      ...(given.validTo ? { validTo: given.validTo } : {}),
      intervalMinutes: given.intervalMinutes,
      holidays: { dates: given.holidays?.dates ?? [], treatAs: given.holidays?.treatAs ?? null },
      bands: given.bands ?? [],
      prices,
      demand: given.demand ?? [],
      capacity: capacity
        ? { ...capacity, excessRatePerKvaPerDay: capacity.excessRatePerKvaPerDay ?? capacity.ratePerKvaPerDay }
        : null,
      fixed: given.fixed ?? [],
      reactive: orNull(given.reactive),
      levies: given.levies ?? [],
      taxPercent: given.taxPercent ?? 0,
    };
  });
}

const about = {
  medium: z.enum(['electricity', 'gas', 'water', 'compressedAir', 'heat']).optional(),
  method: z.enum(['location', 'market']).optional(),
  source: text.optional(),
};

/** Factors as the file says them: by year, by interval, or a CSV file of intervals, which gives many. */
export function carbonSchema(zone: string, readFile?: ReadFile): z.ZodType<readonly CarbonFactor[]> {
  const annual: z.ZodType<readonly CarbonFactor[]> = mapping({
    validFrom: date,
    gramsPerKwh: notNegative,
    ...about,
  }).transform((given) => [
    {
      kind: 'annual',
      validFrom: localMidnight(zone, given.validFrom),
      gramsPerKwh: given.gramsPerKwh,
      method: given.method ?? 'location',
      source: given.source ?? '',
      ...(given.medium ? { medium: given.medium } : {}),
    },
  ]);
  const perInterval: z.ZodType<readonly CarbonFactor[]> = mapping({
    from: instant,
    to: instant,
    gramsPerKwh: notNegative,
    ...about,
  })
    .refine((given) => given.from < given.to, { path: ['to'], error: 'must be after from' })
    .transform(({ from, to, gramsPerKwh, ...more }) => [
      { kind: 'interval', from, to, gramsPerKwh, ...givenOnly(more) },
    ]);
  const ofFile: z.ZodType<readonly CarbonFactor[]> = mapping({
    file: z.string().min(1),
    intervalMinutes: interval,
    ...about,
  }).transform(({ file, intervalMinutes, ...more }, ctx) => {
    const read = readFile
      ? parseSeries(file, intervalMinutes, 'gramsPerKwh', readFile)
      : { problem: 'names a file, and files cannot be read here; write the factors as a list' };
    if ('rows' in read && read.rows.every((row) => row.value >= 0)) {
      return read.rows.map(({ from, to, value }) => ({
        kind: 'interval' as const,
        from,
        to,
        gramsPerKwh: value,
        ...givenOnly(more),
      }));
    }
    const message = 'problem' in read ? read.problem : `${file}: gramsPerKwh must not be negative`;
    ctx.issues.push({ code: 'custom', input: file, path: ['file'], message });
    return z.NEVER;
  });
  return chosen((value) =>
    isMapping(value) && 'file' in value ? ofFile : isMapping(value) && 'from' in value ? perInterval : annual,
  );
}

/** The keys that have a value; an absent key is left out, not undefined. */
function givenOnly<T extends object>(given: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
