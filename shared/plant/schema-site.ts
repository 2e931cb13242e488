import { z } from 'zod';
import { LANGUAGE_IDS } from '../language/languages.ts';
import type { AlertConfig, ChannelConfig, Product, Reason, ReportConfig, ScrapReason, Site } from './model.ts';
import { code, endOfSpan, id, mapping, positive, text, timeOfDay, versioned, weekdays } from './schema-basics.ts';
import { namesSchema } from './schema-names.ts';
import { nearest } from './suggest.ts';
import { timezone } from './zone-names.ts';

const orNull = <T>(value: T | undefined): T | null => value ?? null;

const currency = z.string().refine((value) => Intl.supportedValuesOf('currency').includes(value), {
  error: (issue) => {
    const given = String(issue.input);
    const near = nearest(given, Intl.supportedValuesOf('currency'));
    return `is not a currency of ISO 4217: "${given}"; write its three letters, like ${near ?? 'EUR'}`;
  },
});

function isLocale(value: string): boolean {
  try {
    return Intl.getCanonicalLocales(value).length === 1;
  } catch {
    return false;
  }
}
const locale = z.string().refine(isLocale, {
  error: (issue) => `is not a language tag: "${String(issue.input)}"; write one like en-GB or de-DE`,
});

export const siteSchema: z.ZodType<Site> = mapping({
  id,
  name: text.optional(),
  timezone,
  currency,
  locale: locale.optional(),
}).transform((given) => ({ ...given, name: given.name ?? given.id, locale: given.locale ?? 'en-GB' }));

export function productSchema(zone: string): z.ZodType<Product> {
  const pieces = z.number().int();
  return mapping({
    id: code,
    name: text.optional(),
    names: namesSchema.optional(),
    idealCycleSeconds: versioned(zone, positive).optional(),
    cavities: pieces.min(1).optional(),
    activeCavities: pieces.min(0).optional(),
    contributionPerPiece: z.number().optional(),
  })
    .refine((given) => (given.activeCavities ?? 0) <= (given.cavities ?? 1), {
      path: ['activeCavities'],
      error: 'must not be more than cavities',
    })
    .transform((given) => ({
      id: given.id,
      name: given.name ?? given.id,
      names: given.names,
      idealCycleSeconds: orNull(given.idealCycleSeconds),
      cavities: given.cavities ?? 1,
      activeCavities: given.activeCavities ?? given.cavities ?? 1,
      contributionPerPiece: orNull(given.contributionPerPiece),
    }));
}

export function reasonSchema(zone: string): z.ZodType<Reason> {
  return mapping({
    id: code,
    name: text.optional(),
    names: namesSchema.optional(),
    group: text.optional(),
    category: versioned(zone, z.enum(['unplannedStop', 'plannedStop', 'notScheduled'])),
    external: z.boolean().optional(),
    iso22400: z.enum(['AUST', 'ADET', 'ADOT', 'PDOT']).optional(),
  }).transform((given) => ({
    id: given.id,
    name: given.name ?? given.id,
    names: given.names,
    group: given.group ?? 'Other',
    category: given.category,
    external: given.external ?? false,
    iso22400: orNull(given.iso22400),
  }));
}

export const scrapReasonSchema: z.ZodType<ScrapReason> = mapping({
  id: code,
  name: text.optional(),
  names: namesSchema.optional(),
}).transform((given) => ({ id: given.id, name: given.name ?? given.id, names: given.names }));

export const demoSchema = mapping({
  seed: z.number().int().min(0).max(4_294_967_295),
  historyDays: z.number().int().min(0).max(366).optional(),
}).transform((given) => ({ seed: given.seed, historyDays: given.historyDays ?? 14 }));

export const edgeSchema = mapping({ lines: z.array(id).optional(), meters: z.array(id).optional() }).transform(
  (given) => ({
    lines: given.lines ?? [],
    meters: given.meters ?? [],
  }),
);

/** What each kind of alert must be told. */
const ALERT_LIMITS = {
  stopLongerThan: ['minutes'],
  demandAboutToExceed: ['percent'],
  oeeBelow: ['percent'],
  scrapAbove: ['percent'],
  sourceSilent: ['minutes'],
  conditionAbove: [],
  certificateExpires: ['days'],
  wallDark: ['minutes'],
} as const;

const limits = {
  minutes: positive.optional(),
  percent: positive.optional(),
  days: positive.optional(),
  value: z.number().optional(),
};

const quietSchema = mapping({
  days: weekdays.optional(),
  from: timeOfDay.optional(),
  to: endOfSpan.optional(),
})
  .refine((given) => given.from === undefined || given.from !== given.to, {
    path: ['to'],
    error: 'is the same as from; leave both out for the whole day',
  })
  .transform((given) => ({ days: orNull(given.days), from: orNull(given.from), to: orNull(given.to) }));

export const alertSchema: z.ZodType<AlertConfig> = mapping({
  id,
  when: z.enum(Object.keys(ALERT_LIMITS) as [keyof typeof ALERT_LIMITS]),
  scope: text.optional(),
  notify: z.array(id).optional(),
  quiet: z.array(quietSchema).optional(),
  ...limits,
}).transform((given, ctx) => {
  for (const key of ALERT_LIMITS[given.when]) {
    if (given[key] === undefined) {
      ctx.issues.push({ code: 'custom', input: given, path: [key], message: `is missing: ${given.when} needs it` });
    }
  }
  return {
    id: given.id,
    when: given.when,
    scope: given.scope ?? 'site',
    notify: given.notify ?? [],
    minutes: orNull(given.minutes),
    percent: orNull(given.percent),
    days: orNull(given.days),
    value: orNull(given.value),
    quiet: given.quiet ?? [],
  };
});

export const channelSchema: z.ZodType<ChannelConfig> = mapping({
  id,
  type: z.enum(['webhook', 'email', 'mqtt']),
  url: text.optional(),
  secret: z.string().optional(),
  to: z.array(text).optional(),
  topic: text.optional(),
}).transform((given, ctx) => {
  const needed = { webhook: 'url', email: 'to', mqtt: 'topic' } as const;
  const key = needed[given.type];
  if (given[key] === undefined) {
    ctx.issues.push({
      code: 'custom',
      input: given,
      path: [key],
      message: `is missing: a channel of type ${given.type} needs it`,
    });
  }
  return {
    id: given.id,
    type: given.type,
    url: orNull(given.url),
    secret: orNull(given.secret),
    to: given.to ?? [],
    topic: orNull(given.topic),
  };
});

export const reportSchema: z.ZodType<ReportConfig> = mapping({
  id,
  type: z.enum(['tariff', 'shift', 'oee', 'energy', 'stops']),
  scope: text.optional(),
  every: z.enum(['shift', 'day', 'week', 'month']),
  format: z.enum(['csv', 'xlsx', 'pdf', 'json']),
  to: z.array(id).optional(),
  folder: text.optional(),
  language: z.enum(LANGUAGE_IDS).optional(),
}).transform((given) => ({
  ...given,
  scope: given.scope ?? 'site',
  to: given.to ?? [],
  folder: orNull(given.folder),
}));
