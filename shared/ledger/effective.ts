import type { Instant } from '../time/instant.ts';
import type { Entry } from './entry.ts';

/**
 * The entries that count, in the order in which they apply (`recordedAt`, then `seq`: a later one overrides an earlier
 * one), without voids and what they took back. With `asOf`: as known then, inclusive. A void can itself be taken back.
 * The same id twice is one entry: the first recorded.
 */
export function effectiveEntries(entries: readonly Entry[], asOf: Instant = Number.POSITIVE_INFINITY): Entry[] {
  const known = entries.filter((e) => e.recordedAt <= asOf);
  known.sort((a, b) => a.recordedAt - b.recordedAt || a.seq - b.seq);
  if (!known.some((e) => e.type === 'void')) return unique(known);
  const takenBack = new Set<string>();
  const kept: Entry[] = [];
  for (const e of unique(known).reverse()) {
    if (takenBack.has(e.id)) continue;
    if (e.type === 'void') takenBack.add(e.entry);
    else kept.push(e);
  }
  return kept.reverse();
}

function unique(entries: readonly Entry[]): Entry[] {
  const seen = new Set<string>();
  return entries.filter((e) => !seen.has(e.id) && seen.add(e.id));
}
