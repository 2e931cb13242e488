import type { Journal } from '#edge/journal/journal.ts';
import type { StateInterval } from '#shared/oee/facts.ts';
import { type Instant, MINUTE, minuteOf } from '#shared/time/instant.ts';

/*
 * From when to when the facts of one machine are rewritten.
 *
 * - Intervals have their start as key, so a rewrite begins where one begins, or where one that was sent says the same.
 *   Otherwise the interval is cut at the bound; judgement looks at contiguous stretches, so a cut changes no figure.
 * - What is still going on is rewritten to the end: the edge goes on from there.
 */
export interface MachineWindow {
  /** Whole minutes. */
  readonly from: Instant;
  readonly to: Instant;
  /** The interval that reaches over `from` begins at `from` now. */
  readonly isCutAtFrom: boolean;
  readonly isCutAtTo: boolean;
  /** Intervals inside the window as they are to stand, and what is left outside of those that reached into it. */
  readonly intervals: readonly StateInterval[];
  /** Start of the sent interval that now begins at `to`. */
  readonly restarted: Instant | null;
  /** Why the window is not the one asked for, as a sentence without its subject. */
  readonly note: string | null;
}

export function machineWindow(
  machine: string,
  fresh: readonly StateInterval[],
  journal: Journal,
  wanted: { readonly from: Instant; readonly to: Instant },
): MachineWindow {
  const sentAt = (t: Instant): StateInterval | undefined => {
    const found = journal.sentBefore('interval', machine, t + 1)?.fact as StateInterval | undefined;
    return found && covers(found, t) ? found : undefined;
  };
  const freshAt = (t: Instant) => fresh.find((interval) => covers(interval, t));
  const { from, note } = beginOf(fresh, journal, sentAt, wanted.from);
  const last = sentAt(wanted.to);
  const to = last && last.end === null ? Number.POSITIVE_INFINITY : wanted.to;

  const first = freshAt(from);
  const isJoined = first !== undefined && agree(first, sentAt(from));
  const reachesBack = first !== undefined && first.start < from;
  const sentFirst = sentAt(from);
  const isCutAtFrom = !isJoined && (reachesBack || (sentFirst !== undefined && sentFirst.start < from));
  const end = freshAt(to);
  const isCutAtTo = Number.isFinite(to) && last !== undefined && last.start < to && !(end && agree(end, last));

  const intervals: StateInterval[] = [];
  if (isCutAtFrom && sentFirst && sentFirst.start < from) intervals.push({ ...sentFirst, end: from });
  for (const interval of fresh) {
    const ends = interval.end ?? Number.POSITIVE_INFINITY;
    if (ends <= from || interval.start >= to) continue;
    const isKept = Number.isFinite(to) && interval === end && !isCutAtTo && last !== undefined;
    if (isKept) intervals.push(last);
    else {
      const start = isCutAtFrom ? Math.max(interval.start, from) : interval.start;
      intervals.push({ ...interval, start, end: ends > to ? to : interval.end });
    }
  }
  if (isCutAtTo && last) intervals.push({ ...last, start: to });
  return { from, to, isCutAtFrom, isCutAtTo, intervals, restarted: isCutAtTo ? (last?.start ?? null) : null, note };
}

function beginOf(
  fresh: readonly StateInterval[],
  journal: Journal,
  sentAt: (t: Instant) => StateInterval | undefined,
  from: Instant,
): { readonly from: Instant; readonly note: string | null } {
  const current = fresh.find((interval) => covers(interval, from));
  const first = fresh[0];
  if (journal.wasPruned() && (!current || (current === first && current.state === 'unknown'))) {
    const known = current ? current.end : first?.start;
    const later = Math.ceil((known ?? Number.POSITIVE_INFINITY) / MINUTE) * MINUTE;
    return { from: later, note: 'the journal does not say its state before then' };
  }
  if (!current || current.start >= from || agree(current, sentAt(from))) return { from, note: null };
  return { from: minuteOf(current.start), note: 'the state in force then began there' };
}

function covers({ start, end }: StateInterval, t: Instant): boolean {
  return start <= t && (end === null || end > t);
}

function agree(a: StateInterval, b: StateInterval | undefined): boolean {
  return b !== undefined && a.start === b.start && a.state === b.state && a.reason === b.reason;
}
