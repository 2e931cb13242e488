import type { FactRevisions } from '#shared/store/historian.ts';
import { DAY, dayOf, HOUR, type Instant, MINUTE, type Span } from '#shared/time/instant.ts';
import type { HistorianLink } from '../historian/link.ts';
import type { LiveStore } from '../live/store.ts';
import { isWritingPast } from '../live/writing-past.ts';

/*
 * Facts that were written and that no message told of: a history written in one go, a recomputation, what an outbox caught up on
 * after its message was long forgotten. The historian counts its writes by machine or meter and day; here the counts are
 * looked at again and again, and what they say is held against what they said before.
 *
 * - Until they were read once, and while an edge writes the past, nothing that was judged may be kept for long.
 * - A day that is over is told at once. One that is still being written changes all the time, and messages tell of that
 *   exactly; it is told a few times an hour, as far as memory does not hold it, in case one of them came to nothing.
 */
export interface RevisionWatch {
  /** Looks now. Never rejects: what could not be read is read the next time. */
  look(): Promise<void>;
  /** Whether what is judged now may be kept until something is heard. */
  readonly settled: boolean;
}

export interface RevisionWatchDeps {
  /** Machines and meters. */
  readonly subjects: () => readonly string[];
  readonly historian: Pick<HistorianLink, 'connected' | 'reader'>;
  readonly live: Pick<LiveStore, 'edges' | 'heldFrom'>;
  readonly clock: () => Instant;
  /** Counts are known for the first time: whatever was read before they were says nothing. */
  readonly onFirst: () => void;
  readonly onChanged: (subjects: readonly string[], span: Span, isOver: boolean) => void;
}

/** As far back as an edge's journal reaches, whose facts it can make again. */
export const WATCHED_MS = 40 * DAY;
const OPEN_EVERY_MS = 5 * MINUTE;
const ALL = (): boolean => true;
/** A day is over when late data of the ordinary kind is in. */
const OVER_MS = HOUR;

export function createRevisionWatch(deps: RevisionWatchDeps): RevisionWatch {
  const { subjects, historian, live, clock, onFirst, onChanged } = deps;
  const seen = new Map<string, Map<number, number>>();
  let first = true;
  let openAt = Number.NEGATIVE_INFINITY;
  let looking: Promise<void> | null = null;

  /** Days that changed of each subject, noted as seen. */
  function changes(revisions: FactRevisions, concerns: (day: number) => boolean): Map<string, number[]> {
    const changed = new Map<string, number[]>();
    for (const [subject, days] of revisions) {
      let known = seen.get(subject);
      if (!known) {
        known = new Map();
        seen.set(subject, known);
      }
      for (const [day, revision] of days) {
        if (known.get(day) === revision || !concerns(day)) continue;
        known.set(day, revision);
        const list = changed.get(subject);
        if (list) list.push(day);
        else changed.set(subject, [day]);
      }
    }
    return changed;
  }

  function tell(changed: ReadonlyMap<string, readonly number[]>, to: Instant, isOver: boolean): void {
    const bySpan = new Map<string, { readonly span: Span; readonly subjects: string[] }>();
    for (const [subject, days] of changed) {
      for (const span of spansOf(days, to)) {
        const key = `${span.start} ${span.end}`;
        const group = bySpan.get(key);
        if (group) group.subjects.push(subject);
        else bySpan.set(key, { span, subjects: [subject] });
      }
    }
    for (const { span, subjects: which } of bySpan.values()) onChanged(which, span, isOver);
  }

  async function read(): Promise<void> {
    if (!historian.connected) return;
    const now = clock();
    // A fact of the next day, by a clock that is ahead, is looked at too.
    const revisions = await historian.reader().factRevisions?.(subjects(), now - WATCHED_MS, now + DAY);
    if (first) {
      first = false;
      if (revisions) changes(revisions, ALL);
      openAt = now;
      onFirst();
      return;
    }
    if (!revisions) return;
    const today = dayOf(now - OVER_MS);
    tell(
      changes(revisions, (day) => day < today),
      Number.POSITIVE_INFINITY,
      true,
    );
    if (now - openAt < OPEN_EVERY_MS) return;
    openAt = now;
    tell(changes(revisions, ALL), live.heldFrom ?? Number.POSITIVE_INFINITY, false);
  }

  return {
    async look() {
      looking ??= read()
        .catch(() => {
          // The historian is away: /health says so, and the next look makes up for this one.
        })
        .finally(() => {
          looking = null;
        });
      await looking;
    },
    get settled() {
      return !first && !live.edges().some(({ health }) => isWritingPast(health));
    },
  };
}

/** Days (since 1970) that follow each other as one span, none behind `to`. */
function spansOf(days: readonly number[], to: Instant): Span[] {
  const spans: { start: Instant; end: Instant }[] = [];
  for (const day of [...days].sort((a, b) => a - b)) {
    const start = day * DAY;
    const end = Math.min(start + DAY, to);
    const last = spans.at(-1);
    if (start >= end) continue;
    if (last?.end === start) last.end = end;
    else spans.push({ start, end });
  }
  return spans;
}
