import type { HeaderView } from '#shared/contract/socket.ts';
import { DASH } from './number.ts';

/*
 * Clock times of the site. The api sends the offset that holds now and the next change; the browser only adds them.
 * Its own wall clock and its own time zone are never asked.
 */
export type SiteOffset = Pick<HeaderView, 'utcOffsetMinutes' | 'nextOffset'>;

/** "11:42" at the site; `seconds` only for "last update 11:42:08". */
export function clock(instantMs: number | null, offset: SiteOffset, seconds = false): string {
  if (instantMs === null || !Number.isFinite(instantMs)) return DASH;
  const iso = new Date(instantMs + offsetAt(instantMs, offset) * 60_000).toISOString();
  return iso.slice(11, seconds ? 19 : 16);
}

/** "2026-11-23" at the site. */
export function siteDate(instantMs: number, offset: SiteOffset): string {
  return new Date(instantMs + offsetAt(instantMs, offset) * 60_000).toISOString().slice(0, 10);
}

export function offsetAt(instantMs: number, offset: SiteOffset): number {
  const next = offset.nextOffset;
  return next && instantMs >= Date.parse(next.at) ? next.utcOffsetMinutes : offset.utcOffsetMinutes;
}

/** Instants to label on a time axis: whole local hours, a step that leaves at most `most` of them, both ends not included. */
export function axisHours(startMs: number, endMs: number, offset: SiteOffset, most = 6): number[] {
  const hours = (endMs - startMs) / 3_600_000;
  const step = ([1, 2, 3, 4, 6, 12, 24].find((h) => hours / h <= most) ?? 24) * 3_600_000;
  const shift = offsetAt(startMs, offset) * 60_000;
  const ticks: number[] = [];
  for (let t = Math.floor((startMs + shift) / step + 1) * step - shift; t < endMs; t += step) ticks.push(t);
  return ticks;
}

/** Parsed instant, or null. */
export function instant(iso: string | null | undefined): number | null {
  if (!iso) return null;
  const ms = Date.parse(iso);
  return Number.isNaN(ms) ? null : ms;
}
