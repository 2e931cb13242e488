import type { Reading } from '#edge/core/source.ts';
import type { Quality } from '#shared/signal/sample.ts';
import type { Metric } from './payload.ts';

/*
 * A metric's value by its datatype.
 *
 * - Signed integers travel as unsigned ones in two's complement; without the datatype, which may stand in the birth only, a
 *   large one could be either, and is not guessed.
 * - 64-bit integers beyond 2^53 lose their last digits in a number: `uncertain`, never `good`.
 */

export const DATA_TYPE = {
  Int8: 1,
  Int16: 2,
  Int32: 3,
  Int64: 4,
  UInt8: 5,
  UInt16: 6,
  UInt32: 7,
  UInt64: 8,
  Float: 9,
  Double: 10,
  Boolean: 11,
  String: 12,
  DateTime: 13,
  Text: 14,
  UUID: 15,
} as const;

const SIGNED_BITS: ReadonlyMap<number, number> = new Map([
  [DATA_TYPE.Int8, 8],
  [DATA_TYPE.Int16, 16],
  [DATA_TYPE.Int32, 32],
  [DATA_TYPE.Int64, 64],
]);
const UNSIGNED_BITS: ReadonlyMap<number, number> = new Map([
  [DATA_TYPE.UInt8, 8],
  [DATA_TYPE.UInt16, 16],
  [DATA_TYPE.UInt32, 32],
  [DATA_TYPE.UInt64, 64],
]);
const NAMES: ReadonlyMap<number, string> = new Map(Object.entries(DATA_TYPE).map(([name, code]) => [code, name]));
const TEXT_TYPES: ReadonlySet<number> = new Set([DATA_TYPE.String, DATA_TYPE.Text, DATA_TYPE.UUID]);

export interface MetricValue {
  readonly value: Reading['value'];
  readonly quality: Quality;
  /** Why there is no value, as a sentence that follows "the value". */
  readonly problem: string | null;
}

/** `datatype` as the metric or its birth says; null where neither does. */
export function readMetric(metric: Metric, datatype: number | null): MetricValue {
  const told = readQualityProperty(metric);
  if (told === 'bad') return { value: null, quality: 'bad', problem: null };
  if (metric.isNull === true) return { value: null, quality: told, problem: null };
  const { value, quality, problem } = readTyped(metric, datatype);
  return { value, quality: quality === 'good' ? told : quality, problem };
}

function readTyped(metric: Metric, datatype: number | null): MetricValue {
  const { intValue, longValue, floatValue, doubleValue, booleanValue, stringValue } = metric;
  if (datatype === null || datatype === 0) return readUntyped(metric);
  const signed = SIGNED_BITS.get(datatype);
  const unsigned = UNSIGNED_BITS.get(datatype);
  const raw = longValue !== undefined ? BigInt(longValue) : intValue !== undefined ? BigInt(intValue) : null;
  if (signed !== undefined && raw !== null) return readInteger(BigInt.asIntN(signed, raw), raw, signed);
  if (unsigned !== undefined && raw !== null) return readInteger(BigInt.asUintN(unsigned, raw), raw, unsigned);
  if (datatype === DATA_TYPE.Float && floatValue !== undefined) return finite(floatValue);
  if (datatype === DATA_TYPE.Double && doubleValue !== undefined) return finite(doubleValue);
  if (datatype === DATA_TYPE.Boolean && booleanValue !== undefined) return good(booleanValue);
  if (TEXT_TYPES.has(datatype) && stringValue !== undefined) return good(stringValue);
  if (datatype === DATA_TYPE.DateTime && raw !== null) {
    const date = new Date(Number(raw));
    return Number.isNaN(date.getTime()) ? unusable('is no date that can be') : good(date.toISOString());
  }
  const name = NAMES.get(datatype);
  return unusable(
    name ? `does not hold the ${name} that its type says` : `has type ${datatype}, which no signal can use`,
  );
}

/** Small integers read the same with a sign and without one. */
function readUntyped({ intValue, longValue, floatValue, doubleValue, booleanValue, stringValue }: Metric): MetricValue {
  if (doubleValue !== undefined) return finite(doubleValue);
  if (floatValue !== undefined) return finite(floatValue);
  if (booleanValue !== undefined) return good(booleanValue);
  if (stringValue !== undefined) return good(stringValue);
  if (longValue !== undefined && BigInt(longValue) <= BigInt(Number.MAX_SAFE_INTEGER)) return good(Number(longValue));
  // 127 is the largest that an Int8 without its sign cannot be confused with.
  if (intValue !== undefined && intValue <= 0x7f) return good(intValue);
  return unusable('needs the birth of its node, which alone says its type');
}

/** Some senders fill the sign up to 32 bits, some do not; anything else beyond the type is not believed. */
function readInteger(integer: bigint, raw: bigint, bits: number): MetricValue {
  const filled = [8, 16, 32, 64].some((width) => width >= bits && BigInt.asUintN(width, integer) === raw);
  if (!filled) return unusable(`is ${raw}, which is more than its type can hold`);
  const value = Number(integer);
  return { value, quality: Number.isSafeInteger(value) ? 'good' : 'uncertain', problem: null };
}

function finite(value: number): MetricValue {
  return Number.isFinite(value) ? good(value) : unusable('is not a finite number');
}

function good(value: MetricValue['value']): MetricValue {
  return { value, quality: 'good', problem: null };
}

function unusable(problem: string): MetricValue {
  return { value: null, quality: 'bad', problem };
}

/** The property `Quality`: 192 good, 0 bad, 500 stale. */
function readQualityProperty({ properties }: Metric): Quality {
  const index = properties?.keys?.indexOf('Quality') ?? -1;
  const told = properties?.values?.[index];
  const code = told?.intValue ?? (told?.longValue === undefined ? undefined : Number(told.longValue));
  if (code === undefined || code === 192) return 'good';
  return code >= 64 && code < 256 ? 'uncertain' : 'bad';
}
