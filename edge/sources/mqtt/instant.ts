import type { Instant } from '#shared/time/instant.ts';

/*
 * Instants as senders write them: ISO 8601 with an offset, or a number since 1970 in seconds, milliseconds, micro- or
 * nanoseconds, told apart by size: between the years 2001 and 2100 their ranges do not touch.
 */

const EARLIEST_MS = Date.UTC(2001, 0, 1);
const LATEST_MS = Date.UTC(2100, 0, 1);
const UNITS_PER_MS: readonly number[] = [1 / 1000, 1, 1000, 1_000_000];
const ISO = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?\s?(Z|[+-]\d{2}:?\d{2})$/i;

/** Null where it cannot be told, or lies where no clock that is set can be. */
export function readInstant(raw: unknown): Instant | null {
  if (typeof raw === 'number') return fromNumber(raw);
  if (typeof raw !== 'string') return null;
  const text = raw.trim();
  if (/^\d+(\.\d+)?$/.test(text)) return fromNumber(Number(text));
  if (!ISO.test(text)) return null;
  return plausible(
    Date.parse(
      text
        .replace(' ', 'T')
        .replace(',', '.')
        .replace(/\s(?=Z|[+-])/i, ''),
    ),
  );
}

function fromNumber(raw: number): Instant | null {
  for (const perMs of UNITS_PER_MS) {
    const t = plausible(raw / perMs);
    if (t !== null) return t;
  }
  return null;
}

function plausible(ms: number): Instant | null {
  return ms >= EARLIEST_MS && ms < LATEST_MS ? Math.round(ms) : null;
}
