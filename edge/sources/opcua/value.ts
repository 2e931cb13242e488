import { DataType, type DataValue, VariantArrayType } from 'node-opcua';
import type { Reading } from '#edge/core/source.ts';
import type { Quality } from '#shared/signal/sample.ts';
import type { Instant } from '#shared/time/instant.ts';

/*
 * - A bad status carries no value: whatever the server left in the variant is not evidence.
 * - Event time is the source's timestamp, else the server's, else the moment of arrival.
 * - 64-bit integers beyond 2^53 lose their last digits in a number: they come back as `uncertain`, never as `good`.
 */

const SEVERITY_MASK = 0xc0000000;
const SEVERITY_UNCERTAIN = 0x40000000;
/** InfoType DataValue and the Overflow bit, OPC 10000-4 table 176. */
const OVERFLOW_BITS = 0x480;

export interface OpcuaValue {
  readonly value: Reading['value'];
  readonly quality: Quality;
  readonly t: Instant;
  /** Values before this one were dropped by the server's queue. */
  readonly overflow: boolean;
  /** Why a value could not be used although its status is not bad. */
  readonly problem: string | null;
}

/** Values before this one were dropped by the server's queue. */
export function isOverflow({ statusCode }: DataValue): boolean {
  return (statusCode.value & OVERFLOW_BITS) === OVERFLOW_BITS;
}

export function readDataValue(dataValue: DataValue, received: Instant): OpcuaValue {
  const status = dataValue.statusCode.value;
  const overflow = isOverflow(dataValue);
  const t = timeOf(dataValue.sourceTimestamp) ?? timeOf(dataValue.serverTimestamp) ?? received;
  const severity = (status & SEVERITY_MASK) >>> 0;
  if (severity !== 0 && severity !== SEVERITY_UNCERTAIN) {
    return { value: null, quality: 'bad', t, overflow, problem: null };
  }
  const quality: Quality = severity === 0 ? 'good' : 'uncertain';
  const variant = dataValue.value;
  if (variant.arrayType !== VariantArrayType.Scalar) {
    return unusable(t, overflow, 'is an array; bind one element of it');
  }
  const raw: unknown = variant.value;
  switch (variant.dataType) {
    case DataType.Int64:
    case DataType.UInt64: {
      const integer = integer64(raw, variant.dataType === DataType.Int64);
      if (integer === null) return unusable(t, overflow, 'holds no 64-bit integer');
      const value = Number(integer);
      return { value, quality: Number.isSafeInteger(value) ? quality : 'uncertain', t, overflow, problem: null };
    }
    case DataType.LocalizedText:
      return { value: textOf(raw), quality, t, overflow, problem: null };
    case DataType.DateTime:
      if (!(raw instanceof Date) || timeOf(raw) === null) return unusable(t, overflow, 'is no date that can be');
      return { value: raw.toISOString(), quality, t, overflow, problem: null };
    default:
  }
  if (typeof raw === 'number') {
    if (!Number.isFinite(raw)) return unusable(t, overflow, 'is not a finite number');
    return { value: raw, quality, t, overflow, problem: null };
  }
  if (typeof raw === 'string' || typeof raw === 'boolean') return { value: raw, quality, t, overflow, problem: null };
  if (raw === null || raw === undefined) return { value: null, quality, t, overflow, problem: null };
  return unusable(t, overflow, `is a ${DataType[variant.dataType]}, which no signal can use`);
}

function unusable(t: Instant, overflow: boolean, problem: string): OpcuaValue {
  return { value: null, quality: 'bad', t, overflow, problem };
}

/** The client gives 64-bit integers as [high, low] words. */
function integer64(raw: unknown, signed: boolean): bigint | null {
  if (typeof raw === 'bigint') return raw;
  if (typeof raw === 'number') return Number.isInteger(raw) ? BigInt(raw) : null;
  if (!Array.isArray(raw)) return null;
  const [high, low] = raw as unknown[];
  if (typeof high !== 'number' || typeof low !== 'number') return null;
  const unsigned = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
  return signed ? BigInt.asIntN(64, unsigned) : unsigned;
}

/** Null for a date that cannot be, which a server can send as well. */
function timeOf(date: Date | null | undefined): Instant | null {
  const t = date?.getTime();
  return t === undefined || Number.isNaN(t) ? null : t;
}

function textOf(raw: unknown): string | null {
  const text = raw !== null && typeof raw === 'object' && 'text' in raw ? raw.text : raw;
  return typeof text === 'string' ? text : null;
}
