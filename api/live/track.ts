import type { Entry } from '#shared/ledger/entry.ts';
import { piecesNeededFrom } from '#shared/oee/corrections.ts';
import type { CounterEvent } from '#shared/oee/facts.ts';
import { judge } from '#shared/oee/judge.ts';
import type { JudgedSpan } from '#shared/oee/judged.ts';
import type { Plant } from '#shared/plant/model.ts';
import { trimToStretches } from '#shared/store/stretches.ts';
import { type Instant, MINUTE, minuteOf } from '#shared/time/instant.ts';
import type { MachineFacts } from './machine-facts.ts';

/*
 * Judged spans of one machine from an instant up to now, at a cost of the last minutes only.
 *
 * - Always equal to judging everything at once: what is kept ends at a whole minute in which nothing can change any more
 *   without a fact saying so: before the stretch that is still open, and two minutes behind the last closed one.
 * - A fact older than that, another entry, a counter step under a verdict, another plant or another start throws the kept
 *   part away.
 */
export interface Track {
  /** Contiguous spans over [from, end of knowledge); empty where nothing is known. The array is new each time. */
  judged(input: TrackInput): readonly JudgedSpan[];
}

export interface TrackInput {
  readonly plant: Plant;
  readonly facts: MachineFacts;
  /** Effective entries of this machine. The same array while nothing changed. */
  readonly entries: readonly Entry[];
  /** Counter events of this machine, which verdicts speak of. The same array while nothing changed. */
  readonly counterEvents: readonly CounterEvent[];
  readonly from: Instant;
}

/** How far behind the last closed minute judgement is kept: late samples of the usual few seconds never reach it. */
const SETTLED_MS = 2 * MINUTE;

export function createTrack(machine: string): Track {
  let kept: JudgedSpan[] = [];
  let cut: Instant = Number.NaN;
  let basis: Omit<TrackInput, 'facts'> | null = null;
  return {
    judged({ plant, facts, entries, counterEvents, from }) {
      const changedFrom = facts.takeChangedFrom();
      const hasVerdict = entries.some((e) => e.type === 'counterVerdict');
      const same =
        basis !== null &&
        basis.plant === plant &&
        basis.entries === entries &&
        basis.from === from &&
        (!hasVerdict || basis.counterEvents === counterEvents);
      if (!same || (changedFrom !== null && changedFrom < cut)) {
        kept = [];
        cut = from;
        basis = { plant, entries, counterEvents, from };
      }
      const needed = entries.length === 0 ? cut : Math.min(cut, piecesNeededFrom(plant, machine, entries, cut));
      const { intervals, pieces, to } = facts.known(needed);
      if (to === null || to <= cut) return kept.slice();
      const tail = judge({
        plant,
        machine,
        intervals: trimToStretches(intervals, cut, to),
        pieces,
        entries,
        counterEvents,
        from: cut,
        to,
        knownUntil: to,
      });
      const settled = settledBefore(tail, facts.lastClosed);
      if (settled > cut) {
        let n = 0;
        while (n < tail.length && (tail[n]?.start ?? settled) < settled) n += 1;
        kept = kept.concat(tail.slice(0, n));
        cut = settled;
        return kept.concat(tail.slice(n));
      }
      return kept.concat(tail);
    },
  };
}

/** The whole minute before which nothing is open and nothing late is likely. */
function settledBefore(tail: readonly JudgedSpan[], lastClosed: Instant | null): Instant {
  if (lastClosed === null) return Number.NEGATIVE_INFINITY;
  const last = tail.at(-1);
  const openFrom = last?.stretchStart ?? Number.POSITIVE_INFINITY;
  return minuteOf(Math.min(lastClosed + MINUTE - SETTLED_MS, openFrom));
}
