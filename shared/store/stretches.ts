import type { StateInterval } from '../oee/facts.ts';
import type { Instant } from '../time/instant.ts';

/**
 * Of one machine's intervals in time order: those that overlap [from, to), and before and after them the rest of the
 * non-running stretches that the window cuts.
 */
export function trimToStretches(ordered: readonly StateInterval[], from: Instant, to: Instant): StateInterval[] {
  let first = ordered.findIndex((i) => (i.end === null || i.end > from) && i.start < to);
  if (first < 0) return [];
  let last = first;
  while (last + 1 < ordered.length && (ordered[last + 1]?.start ?? to) < to) last += 1;
  while (first > 0 && isStop(ordered[first]) && isStop(ordered[first - 1])) first -= 1;
  while (last + 1 < ordered.length && isStop(ordered[last]) && isStop(ordered[last + 1])) last += 1;
  return ordered.slice(first, last + 1);
}

function isStop(interval: StateInterval | undefined): boolean {
  return interval !== undefined && interval.state !== 'running';
}
