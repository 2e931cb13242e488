import { z } from 'zod';
import type { Instant } from '../time/instant.ts';
import { localMidnight, minutesOfDay } from '../time/zone.ts';
import type { Versioned, Weekday } from './model.ts';
import { didYouMean } from './suggest.ts';

/*
 * The words of the plant file's schema. Each says its own refusal as a sentence that follows the path
 * (`lines[0].id: is missing; ...`), so that the same text serves the terminal, an editor and the console.
 */

/** A value for a message: short, quoted where it is text. */
export function shown(value: unknown): string {
  if (value === null) return 'empty';
  if (typeof value === 'string') return value.length > 60 ? `"${value.slice(0, 57)}..."` : `"${value}"`;
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  return String(value);
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping of keys to values',
  record: 'a mapping of keys to values',
};

/** The sentence for an issue whose schema does not bring one of its own. */
function sentence(issue: z.core.$ZodRawIssue): string | undefined {
  const input = issue.input;
  if (input === undefined) return 'is missing';
  if (input === null) return 'is empty; give a value or take the key out';
  switch (issue.code) {
    case 'invalid_type':
      if (typeof input === 'number' && !Number.isFinite(input)) return 'must be a finite number';
      if (issue.expected === 'string' && typeof input === 'number') {
        return `must be text: write "${input}" in quotes`;
      }
      return `must be ${KINDS[issue.expected] ?? issue.expected}, not ${shown(input)}`;
    case 'invalid_value': {
      const values = issue.values.map(String);
      return values.length === 1
        ? `must be ${values[0]}, not ${shown(input)}`
        : `must be one of ${values.join(', ')}, not ${shown(input)}${typeof input === 'string' ? didYouMean(input, values).replace(/; known.*/, '') : ''}`;
    }
    case 'too_small':
      if (issue.origin === 'array' || issue.origin === 'string') return 'must not be empty';
      return `must be ${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}, not ${shown(input)}`;
    case 'too_big':
      if (issue.origin === 'string') return `must not be longer than ${issue.maximum} characters`;
      return `must be ${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}, not ${shown(input)}`;
    default:
      return undefined;
  }
}

type Out<S extends z.core.$ZodShape> = z.output<z.ZodObject<S, z.core.$strict>>;

/** Hands the issues of an inner parse on to the outer one. */
function relay(
  issues: readonly z.core.$ZodIssue[],
  known: readonly string[],
  add: (path: PropertyKey[], message: string) => void,
): void {
  for (const issue of issues) {
    if (issue.code !== 'unrecognized_keys') add(issue.path, issue.message);
    else for (const key of issue.keys) add([...issue.path, key], `is not a known key${didYouMean(key, known)}`);
  }
}

/** Parses with `schema`, its issues becoming those of the schema around it. */
export function through<T>(
  value: unknown,
  schema: z.ZodType<T>,
  ctx: z.core.$RefinementCtx,
  known: readonly string[] = [],
): T {
  const result = schema.safeParse(value, { error: sentence });
  if (result.success) return result.data;
  relay(result.error.issues, known, (path, message) => {
    ctx.issues.push({ code: 'custom', path, message, input: value });
  });
  return z.NEVER;
}

/** A mapping with exactly these keys; an unknown one is refused with the key that was probably meant. */
export function mapping<S extends z.core.$ZodShape>(shape: S): z.ZodType<Out<S>> {
  const schema = z.strictObject(shape) as unknown as z.ZodType<Out<S>>;
  const known = Object.keys(shape);
  return z.unknown().transform((value, ctx) => through(value, schema, ctx, known));
}

/** A schema picked by looking at the value. */
export function chosen<T>(pick: (value: unknown) => z.ZodType<T>): z.ZodType<T> {
  return z.unknown().transform((value, ctx) => through(value, pick(value), ctx));
}

/** Parses a value at the outside of everything. Issues are reported by path. */
export function read<T>(
  schema: z.ZodType<T>,
  value: unknown,
  report: (path: readonly (string | number)[], message: string) => void,
): T | undefined {
  const result = schema.safeParse(value, { error: sentence });
  if (result.success) return result.data;
  relay(result.error.issues, [], (path, message) => {
    report(
      path.map((step) => (typeof step === 'number' ? step : String(step))),
      message,
    );
  });
  return undefined;
}

export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export const text = z.string().trim().min(1).max(500);
const ID = /^[\p{L}\p{N}_][\p{L}\p{N}_-]*$/u;
/** Ids lead signals, topics and scopes, so they hold no dot, slash, colon or space. */
export const id = z
  .string()
  .min(1)
  .max(64)
  .regex(ID, { error: (issue) => `must be letters, digits, - and _ only, not ${shown(issue.input)}` });
/** Ids that a PLC, an ERP or people give (products, reasons): any printable text. */
export const code = z
  .string()
  .min(1)
  .max(120)
  .regex(/^[^\p{Cc}]+$/u, { error: 'must not hold line breaks or control characters' });

/** Far beyond anything real, also the modulus of a 64-bit counter, and far from where sums overflow. */
const BEYOND = 1e20;
export const positive = z.number().gt(0).max(BEYOND);
export const notNegative = z.number().min(0).max(BEYOND);
/** A price or a rate, in money; below zero it is a credit. */
export const money = z.number().min(-1e12).max(1e12);

const NOT_A_DATE = (issue: { input?: unknown }) =>
  `must be a date that exists, written YYYY-MM-DD, not ${shown(issue.input)}`;
export function isDate(value: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
  const ms = Date.parse(`${value}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(value);
}
/** Local date YYYY-MM-DD. */
export const date = z.string().refine(isDate, { error: NOT_A_DATE });

function clock(latest: number, range: string) {
  return z.string().refine((value) => (minutesOfDay(value) ?? Number.POSITIVE_INFINITY) <= latest, {
    error: (issue) => `must be a time of day in quotes, "HH:MM" from ${range}, not ${shown(issue.input)}`,
  });
}
/** HH:MM, 00:00 to 23:59. */
export const timeOfDay = clock(1439, '00:00 to 23:59');
/** HH:MM, 00:00 to 24:00. */
export const endOfSpan = clock(1440, '00:00 to 24:00');

const WEEKDAYS: readonly [Weekday, ...Weekday[]] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
export const weekday = z.enum(WEEKDAYS);
export const weekdays = z
  .array(weekday)
  .min(1)
  .refine((days) => new Set(days).size === days.length, { error: 'names a day twice; keep one' });

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/;
/** Epoch ms of an ISO 8601 instant with its offset, null where the text is none. */
function instantOf(value: string): Instant | null {
  if (!INSTANT.test(value) || !isDate(value.slice(0, 10))) return null;
  const t = Date.parse(value);
  return Number.isNaN(t) ? null : t;
}
/** An instant, written with Z or an offset. */
export const instant = z.string().transform((value, ctx) => {
  const t = instantOf(value);
  if (t !== null) return t;
  ctx.issues.push({
    code: 'custom',
    input: value,
    message: `must be an instant with its offset, like 2026-04-01T00:00:00Z, not ${shown(value)}`,
  });
  return z.NEVER;
});

/** A local date (its midnight in `zone`) or an instant. */
export function validFrom(zone: string) {
  return z.string().transform((value, ctx) => {
    const t = isDate(value) ? localMidnight(zone, value) : instantOf(value);
    if (t !== null) return t;
    ctx.issues.push({
      code: 'custom',
      input: value,
      message: `must be a date (2026-04-01) or an instant with its offset (2026-04-01T06:00:00Z), not ${shown(value)}`,
    });
    return z.NEVER;
  });
}

/**
 * One value for all time, or a list of `{ validFrom, value }` in any order. The first version also holds for the time
 * before it: there is no time without a value.
 */
export function versioned<T>(zone: string, value: z.ZodType<T>): z.ZodType<Versioned<T>> {
  const always = value.transform((v): Versioned<T> => [{ validFrom: Number.NEGATIVE_INFINITY, value: v }]);
  const list = z
    .array(mapping({ validFrom: validFrom(zone), value }))
    .min(1)
    .transform((versions, ctx): Versioned<T> => {
      const sorted = versions
        .map((v, index) => ({ validFrom: v.validFrom, value: v.value as T, index }))
        .sort((a, b) => a.validFrom - b.validFrom);
      sorted.forEach((version, i) => {
        if (i > 0 && version.validFrom === sorted[i - 1]?.validFrom) {
          ctx.issues.push({
            code: 'custom',
            input: versions,
            path: [version.index, 'validFrom'],
            message: 'is the same as that of another version; each needs its own',
          });
        }
      });
      return sorted.map((v, i) => ({ validFrom: i === 0 ? Number.NEGATIVE_INFINITY : v.validFrom, value: v.value }));
    });
  const isList = (v: unknown) => Array.isArray(v) && v.some((item) => isMapping(item) && 'validFrom' in item);
  return chosen((v) => (isList(v) ? list : always));
}
