import { z } from 'zod';
import type { Meter, PowerConfig, RegisterConfig } from './model.ts';
import { chosen, id, isMapping, mapping, notNegative, positive, text, versioned } from './schema-basics.ts';
import { namesSchema } from './schema-names.ts';
import { bound, type SourceTypes } from './schema-source.ts';

const orNull = <T>(value: T | undefined): T | null => value ?? null;

function registerSchema(sources: SourceTypes): z.ZodType<RegisterConfig> {
  return bound(sources, {
    scale: positive.optional(),
    modulus: positive.optional(),
    jitter: notNegative.optional(),
    maxKw: positive.optional(),
  }).transform(({ binding, own }) => ({
    binding,
    scale: own.scale ?? 1,
    modulus: orNull(own.modulus),
    jitter: own.jitter ?? 0,
    maxKw: orNull(own.maxKw),
  }));
}

function powerSchema(sources: SourceTypes): z.ZodType<PowerConfig> {
  return bound(sources, {
    scale: z
      .number()
      .refine((v) => v !== 0, { error: 'must not be 0' })
      .optional(),
    integration: z.enum(['trapezoid', 'left']).optional(),
    maxGapSeconds: positive.optional(),
  }).transform(({ binding, own }) => ({
    binding,
    scale: own.scale ?? 1,
    integration: own.integration ?? 'trapezoid',
    maxGapSeconds: orNull(own.maxGapSeconds),
  }));
}

type Feeds = readonly { readonly machine: string; readonly share: number }[];

/** One machine; machines with equal shares; or machines with a share each. */
const feeds: z.ZodType<Feeds> = chosen((value): z.ZodType<Feeds> => {
  if (!Array.isArray(value)) return id.transform((machine): Feeds => [{ machine, share: 1 }]);
  if (value.some(isMapping)) {
    return z
      .array(mapping({ machine: id, share: z.number().gt(0).max(1) }))
      .refine((list) => Math.abs(list.reduce((sum, f) => sum + f.share, 0) - 1) < 1e-6, {
        error: (issue) => {
          const sum = (issue.input as Feeds).reduce((total, f) => total + f.share, 0);
          return `shares must add up to 1, not ${Number(sum.toFixed(6))}`;
        },
      });
  }
  return z.array(id).transform((ids): Feeds => ids.map((machine) => ({ machine, share: 1 / ids.length })));
});

const term = z
  .string()
  .regex(/^-?[\p{L}\p{N}_][\p{L}\p{N}_-]*$/u, { error: 'must be the id of a meter, with - in front to subtract it' })
  .transform((value): { meter: string; sign: 1 | -1 } =>
    value.startsWith('-') ? { meter: value.slice(1), sign: -1 } : { meter: value, sign: 1 },
  );

export function meterSchema(zone: string, sources: SourceTypes): z.ZodType<Meter> {
  const register = registerSchema(sources).optional();
  return mapping({
    id,
    name: text.optional(),
    names: namesSchema.optional(),
    medium: z.enum(['electricity', 'gas', 'water', 'compressedAir', 'heat']).optional(),
    parent: id.optional(),
    feeds: versioned(zone, feeds).optional(),
    importWh: register,
    exportWh: register,
    importVarh: register,
    powerW: powerSchema(sources).optional(),
    sum: z.array(term).min(1).optional(),
  }).transform((given) => ({
    id: given.id,
    name: given.name ?? given.id,
    names: given.names,
    medium: given.medium ?? 'electricity',
    parent: orNull(given.parent),
    feeds: given.feeds ?? [{ validFrom: Number.NEGATIVE_INFINITY, value: [] }],
    importWh: orNull(given.importWh),
    exportWh: orNull(given.exportWh),
    importVarh: orNull(given.importVarh),
    powerW: orNull(given.powerW),
    sum: orNull(given.sum),
  }));
}
