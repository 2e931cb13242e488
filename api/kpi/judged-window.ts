import type { Entry } from '#shared/ledger/entry.ts';
import { ownerOf, subjectOf } from '#shared/ledger/subject.ts';
import { piecesNeededFrom } from '#shared/oee/corrections.ts';
import type { CounterEvent, StateInterval } from '#shared/oee/facts.ts';
import { judge } from '#shared/oee/judge.ts';
import type { JudgedSpan } from '#shared/oee/judged.ts';
import type { Plant } from '#shared/plant/model.ts';
import type { Instant } from '#shared/time/instant.ts';
import type { EffectiveEntries } from '../ledger/effective.ts';
import type { FactReader } from './facts.ts';

/** One machine's judged spans over a window, and how much of the window has facts. */
export interface JudgedWindow {
  readonly spans: readonly JudgedSpan[];
  /** Pieces behind the spans as [start, end), in time order: where there is none, facts are missing. */
  readonly known: readonly { readonly start: Instant; readonly end: Instant }[];
  /** With the rest of the stretches that the window cuts. */
  readonly intervals: readonly StateInterval[];
  /** Of its counters. */
  readonly counterEvents: readonly CounterEvent[];
}

export interface WindowJudge {
  /** Bounds must be whole minutes or ends of knowledge. */
  judge(machine: string, from: Instant, to: Instant, asOf?: Instant): Promise<JudgedWindow>;
  entriesOf(machine: string, asOf?: Instant): readonly Entry[];
}

/** How far back a product entry is followed. */
const ENTRY_REACH_MS = 31 * 86_400_000;

export function createWindowJudge(
  plant: (asOf?: Instant) => Plant,
  facts: FactReader,
  entries: EffectiveEntries,
): WindowJudge {
  const entriesOf = (machine: string, asOf?: Instant): readonly Entry[] =>
    asOf === undefined ? entries.ofMachine(machine) : entries.asOf(asOf).filter((e) => subjectOf(e) === machine);
  return {
    entriesOf,
    async judge(machine, from, to, asOf) {
      const own = entriesOf(machine, asOf);
      const here = plant(asOf);
      const needed = Math.max(piecesNeededFrom(here, machine, own, from), from - ENTRY_REACH_MS);
      const { intervals, pieces, knownUntil } = await facts.ofMachine(machine, Math.min(needed, from), to, asOf);
      // A count at the very end of the window still belongs to it.
      const steps = await facts.counterEvents(from, to + 1, asOf);
      const counterEvents = steps.filter((e) => ownerOf(e.signal) === machine);
      const spans = judge({
        plant: here,
        machine,
        intervals,
        pieces,
        entries: own,
        counterEvents,
        from,
        to,
        knownUntil,
      });
      return { spans, known: pieces, intervals, counterEvents };
    },
  };
}
