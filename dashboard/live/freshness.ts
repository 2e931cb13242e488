/*
 * - Old data never looks live: whatever the screen shows is live, late or stale, and this file alone decides which.
 * - Times are readings of one monotonic clock in milliseconds. The browser's wall clock is never asked.
 */
export const LATE_MS = 3_000;
export const STALE_MS = 10_000;
export const CLOSED_STALE_MS = 5_000;
export const NUMBERS_LEAVE_MS = 600_000;

/** What the link knows about one watched scope. */
export interface LinkFacts {
  /** When the page began to ask. */
  readonly startedAt: number;
  readonly hasView: boolean;
  readonly pulseAt: number | null;
  /** When the link went; null while it is open. */
  readonly closedAt: number | null;
  /** Age of the newest data when the last pulse came, by the server's clock; null = there never was any, undefined = not told yet. */
  readonly dataAgeAtPulseMs: number | null | undefined;
}

export type StaleCause = 'link' | 'server' | 'data' | 'never';

export type Freshness =
  | { readonly state: 'loading'; readonly slow: boolean }
  | { readonly state: 'live' }
  | { readonly state: 'late'; readonly ageMs: number }
  | {
      readonly state: 'stale';
      /** Age of what is on the screen; null where no data ever came. */
      readonly ageMs: number | null;
      readonly cause: StaleCause;
      /** After ten minutes only the ribbon stays. */
      readonly numbersGone: boolean;
    };

export function freshnessAt(now: number, link: LinkFacts): Freshness {
  if (!link.hasView) return { state: 'loading', slow: now - link.startedAt > LATE_MS };
  const heard = link.pulseAt ?? link.startedAt;
  const silence = now - heard;
  const closedFor = link.closedAt === null ? null : now - link.closedAt;
  const age = typeof link.dataAgeAtPulseMs === 'number' ? Math.max(0, link.dataAgeAtPulseMs) + silence : null;
  /** Old data counts while the pulse goes on; once the pulse itself is late, its own silence decides. */
  const agedWhileHeard = age === null ? null : age - Math.max(0, silence - LATE_MS);

  const cause: StaleCause | null =
    closedFor !== null && closedFor >= CLOSED_STALE_MS
      ? 'link'
      : silence >= STALE_MS
        ? 'server'
        : link.dataAgeAtPulseMs === null
          ? 'never'
          : agedWhileHeard !== null && agedWhileHeard >= STALE_MS
            ? 'data'
            : null;
  if (cause) {
    const shown = age ?? (cause === 'never' ? null : silence);
    return { state: 'stale', ageMs: shown, cause, numbersGone: (shown ?? 0) >= NUMBERS_LEAVE_MS };
  }
  if (closedFor !== null || silence >= LATE_MS) return { state: 'late', ageMs: age ?? silence };
  return { state: 'live' };
}
