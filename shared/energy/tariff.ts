import type { Tariff, TariffWindow, Weekday } from '../plant/model.ts';
import type { Instant, Span } from '../time/instant.ts';
import { HOUR, MINUTE } from '../time/instant.ts';
import { weekdayOf } from '../time/zone.ts';
import { firstEndingAfter } from './search.ts';
import { offsetSpans } from './settlement.ts';

/*
 * Which band and which rate apply when (RULES section 8.4).
 *
 * - Everything is read off the wall clock of the tariff's zone at that instant: its day (a holiday counts as `treatAs`),
 *   its month, its time. Each key of a window filters on its own, so 22:00 to 06:00 on fri is Friday's first six hours and
 *   its last two. `from` equal to `to` is the whole day.
 * - The first band that matches wins; windows are half-open. An hour that happens twice is in its band twice.
 * - Segments are contiguous, cover the asked span exactly, and never cross a local midnight.
 * - No band or no price: rate null, never 0. Band '' means that none matches.
 */

/** Band name of a tariff that has prices per interval instead of bands. */
export const PRICED_BAND = 'energy';

export interface BandSegment extends Span {
  readonly band: string;
  /** Money per kWh; null where no band or no price applies. */
  readonly rate: number | null;
}

const DAY = 24 * HOUR;

/** What a wall clock says, as far as tariffs care. */
export interface WallClock {
  readonly weekday: Weekday;
  /** 1 to 12. */
  readonly month: number;
  /** Milliseconds since local midnight. */
  readonly timeMs: number;
}

/** Whether a band or a demand window matches a wall clock. */
export function windowMatches(window: TariffWindow, clock: WallClock): boolean {
  if (window.days && !window.days.includes(clock.weekday)) return false;
  if (window.months && !window.months.includes(clock.month)) return false;
  const from = clockMs(window.from ?? '00:00');
  const to = clockMs(window.to ?? '24:00');
  if (from === to) return true;
  return from < to ? from <= clock.timeMs && clock.timeMs < to : from <= clock.timeMs || clock.timeMs < to;
}

/** The tariff's wall clock for a local time in ms (instant + offset); holidays are already treated. */
export function wallClockOf(tariff: Tariff, localMs: number): WallClock {
  const day = Math.floor(localMs / DAY);
  const date = new Date(day * DAY).toISOString().slice(0, 10);
  const holiday = tariff.holidays.dates.includes(date) ? tariff.holidays.treatAs : null;
  return {
    weekday: holiday ?? weekdayOf(date),
    month: Number(date.slice(5, 7)),
    timeMs: localMs - day * DAY,
  };
}

/** The segment of one instant: its band and rate. */
export function bandAt(tariff: Tariff, t: Instant): { readonly band: string; readonly rate: number | null } {
  const [segment] = bandSegments(tariff, t, t + 1);
  return { band: segment?.band ?? '', rate: segment?.rate ?? null };
}

/** Bands and rates of [from, to): cut at band edges, local midnights, season changes, holidays and price intervals. */
export function bandSegments(tariff: Tariff, from: Instant, to: Instant): BandSegment[] {
  return tariff.prices ? pricedSegments(tariff, tariff.prices, from, to) : clockSegments(tariff, from, to);
}

function clockSegments(tariff: Tariff, from: Instant, to: Instant): BandSegment[] {
  const edges = bandEdges(tariff);
  const segments: BandSegment[] = [];
  eachLocalDay(tariff.timezone, from, to, (span, offsetMs, midnight) => {
    for (let i = 0; i + 1 < edges.length; i += 1) {
      const start = Math.max(span.start, midnight + (edges[i] ?? 0) - offsetMs);
      const end = Math.min(span.end, midnight + (edges[i + 1] ?? 0) - offsetMs);
      if (start >= end) continue;
      const clock = wallClockOf(tariff, midnight + (edges[i] ?? 0));
      const band = tariff.bands.find((b) => windowMatches(b, clock));
      push(segments, { start, end, band: band?.name ?? '', rate: band?.rate ?? null }, start + offsetMs === midnight);
    }
  });
  return segments;
}

function pricedSegments(
  tariff: Tariff,
  prices: NonNullable<Tariff['prices']>,
  from: Instant,
  to: Instant,
): BandSegment[] {
  const segments: BandSegment[] = [];
  eachLocalDay(tariff.timezone, from, to, (span, offsetMs, midnight) => {
    let at = span.start;
    for (
      let i = firstEndingAfter(prices.length, (k) => prices[k]?.to, at);
      i < prices.length && at < span.end;
      i += 1
    ) {
      const price = prices[i];
      if (!price || price.from >= span.end) break;
      if (price.from > at) pushPrice(at, price.from, null);
      pushPrice(Math.max(at, price.from), Math.min(price.to, span.end), price.rate);
    }
    if (at < span.end) pushPrice(at, span.end, null);

    function pushPrice(start: Instant, end: Instant, rate: number | null): void {
      push(segments, { start, end, band: PRICED_BAND, rate }, rate !== null || start + offsetMs === midnight);
      at = end;
    }
  });
  return segments;
}

/** Joins a segment that only a change of the zone's offset or an unused edge would cut off. */
function push(segments: BandSegment[], next: BandSegment, cut: boolean): void {
  const last = segments.at(-1);
  if (last && !cut && last.end === next.start && last.band === next.band && last.rate === next.rate) {
    segments[segments.length - 1] = { ...last, end: next.end };
  } else {
    segments.push(next);
  }
}

function eachLocalDay(
  zone: string,
  from: Instant,
  to: Instant,
  visit: (span: Span, offsetMs: number, midnight: number) => void,
): void {
  for (const { start, end, offsetMs } of offsetSpans(zone, from, to)) {
    for (let at = start; at < end; ) {
      const midnight = Math.floor((at + offsetMs) / DAY) * DAY;
      const dayEnd = Math.min(midnight + DAY - offsetMs, end);
      visit({ start: at, end: dayEnd }, offsetMs, midnight);
      at = dayEnd;
    }
  }
}

/** Every time of day at which a band may begin or end, ms after midnight, with 0 and 24 h. */
function bandEdges(tariff: Tariff): number[] {
  const edges = new Set([0, DAY]);
  for (const band of tariff.bands) {
    if (band.from !== null) edges.add(clockMs(band.from));
    if (band.to !== null) edges.add(clockMs(band.to));
  }
  return [...edges].sort((a, b) => a - b);
}

function clockMs(clock: string): number {
  return Number(clock.slice(0, 2)) * HOUR + Number(clock.slice(3, 5)) * MINUTE;
}

const CHUNK_MS = 31 * DAY;

/**
 * Cuts spans that come in time order into segments, computing the tariff's segments a month at a time: for loads of any
 * length in constant memory.
 */
export function segmentCursor(tariff: Tariff): (span: Span) => BandSegment[] {
  let chunk: BandSegment[] = [];
  let chunkEnd = Number.NEGATIVE_INFINITY;
  let index = 0;
  return (span) => {
    const found: BandSegment[] = [];
    const start = chunk[index]?.start ?? Number.POSITIVE_INFINITY;
    if (span.end > chunkEnd || span.start < start) {
      chunkEnd = Math.max(span.start + CHUNK_MS, span.end);
      chunk = bandSegments(tariff, span.start, chunkEnd);
      index = 0;
    }
    for (let i = index; i < chunk.length; i += 1) {
      const segment = chunk[i];
      if (!segment || segment.start >= span.end) break;
      if (segment.end <= span.start) {
        index = i + 1;
        continue;
      }
      found.push({ ...segment, start: Math.max(segment.start, span.start), end: Math.min(segment.end, span.end) });
    }
    return found;
  };
}
