import type { Instant } from '#shared/time/instant.ts';

/** Network and publishing delay that is nothing special: a change is in before the second it belongs to is closed. */
export const SLACK_MS = 1000;
/** What a source sent until now is complete up to this much earlier: a publishing interval. */
export const CONTACT_SLACK_MS = 500;
/** The longest that a slow source may hold time back; what comes later reopens its minute, which costs more but loses nothing. */
export const LONGEST_HOLD_MS = 5000;

/**
 * How far event time may advance: a little behind now, and not past what the slowest connected source can have told us. A
 * source that is not connected holds nobody back: its machines are unknown meanwhile. Never goes back.
 */
export function nextWatermark(previous: Instant, now: Instant, connectedContacts: readonly Instant[]): Instant {
  const slowest = Math.min(now, ...connectedContacts);
  const target = Math.max(slowest - CONTACT_SLACK_MS, now - LONGEST_HOLD_MS - SLACK_MS);
  return Math.max(previous, Math.min(target, now - SLACK_MS));
}
