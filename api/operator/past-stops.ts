import type { Entry } from '#shared/ledger/entry.ts';
import type { StateInterval } from '#shared/oee/facts.ts';
import { type Labelled, labelStretches } from '#shared/oee/stretches.ts';
import type { Machine, Plant } from '#shared/plant/model.ts';
import type { MachineState, TimeCategory } from '#shared/state/state.ts';
import type { Instant } from '#shared/time/instant.ts';

/** A part of a stop with one reason, before the calendar: what people and controllers said about it. */
export interface PastStop {
  readonly start: Instant;
  readonly end: Instant;
  readonly stretchStart: Instant;
  readonly state: MachineState;
  readonly category: TimeCategory;
  readonly reason: string | null;
  /** What the controller said; null where it said nothing. */
  readonly measured: string | null;
  readonly open: boolean;
}

export interface PastStopsInput {
  readonly plant: Plant;
  readonly machine: Machine;
  readonly intervals: readonly StateInterval[];
  /** Effective entries of this machine. */
  readonly entries: readonly Entry[];
  readonly from: Instant;
  readonly to: Instant;
  readonly knownUntil: Instant;
}

/** In the order of time. Time without data is no stop. */
export function pastStops({ entries, ...input }: PastStopsInput): PastStop[] {
  const own = entries.filter((e) => e.type === 'stopReason' || e.type === 'merge');
  const stops: PastStop[] = [];
  const measured = labelStretches({ ...input, entries: [] });
  let at = 0;
  for (const part of labelStretches({ ...input, entries: own })) {
    while (at < measured.length && (measured[at]?.end ?? 0) <= part.start) at += 1;
    if (part.stretchStart === null || part.state === 'unknown') continue;
    const said = measured[at];
    const last = stops.at(-1);
    if (last && joins(last, part)) {
      stops[stops.length - 1] = { ...last, end: part.end, measured: last.measured ?? said?.reason ?? null };
      continue;
    }
    stops.push({
      start: part.start,
      end: part.end,
      stretchStart: part.stretchStart,
      state: part.state,
      category: part.category,
      reason: part.reason,
      measured: said?.reason ?? null,
      open: part.open,
    });
  }
  return stops;
}

function joins(last: PastStop, part: Labelled): boolean {
  return last.stretchStart === part.stretchStart && last.reason === part.reason && last.end === part.start;
}
