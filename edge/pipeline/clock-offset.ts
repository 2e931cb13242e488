import { clockOffsetSignal, type Sample } from '#shared/signal/sample.ts';
import type { Instant } from '#shared/time/instant.ts';

/** How far a source's clock was from ours when that was last journalled, milliseconds; 0 where it never was. */
export function lastClockOffset(
  journal: { read(signals: readonly string[], from: Instant, to: Instant): readonly Sample[] },
  source: string,
  now: Instant,
): number {
  const last = journal.read([clockOffsetSignal(source)], now, now + 1).at(-1)?.value;
  return typeof last === 'number' ? last : 0;
}
