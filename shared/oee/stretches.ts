import type { EntryOf } from '../ledger/entry.ts';
import { type Machine, type Plant, valueAt } from '../plant/model.ts';
import type { MachineState, TimeCategory } from '../state/state.ts';
import { type Instant, SECOND } from '../time/instant.ts';
import type { StateInterval } from './facts.ts';

/*
 * What the machine layer says about every second, before the calendar (RULES 1.1):
 *
 * - A stretch is the maximal non-running time, unknown included. Its class and length are those of the whole stretch,
 *   never of a window, a shift or a break.
 * - Time between intervals without one is unknown, and part of the stretch. The window before the first and after the last
 *   interval is unknown too, but belongs to no stretch: else a stop's class would depend on how far a window reaches.
 * - A stretch is small when it is strictly shorter than the threshold at its start and every second of it, after reasons
 *   and entries, is an unplanned stop. One unknown second and it is not small.
 * - A slice labels its part of the stretch, across states; a merge after it makes the stretch one again.
 * - An open stretch is as long as it is known to be: small until the threshold, then unplanned from its start.
 */

/** Time of one state, one effective reason and one category before the calendar. */
export interface Labelled {
  start: Instant;
  end: Instant;
  readonly state: MachineState;
  readonly reason: string | null;
  category: TimeCategory;
  readonly intervalStart: Instant;
  /** Start of the stretch; null while running. */
  readonly stretchStart: Instant | null;
  /** Its stretch has not ended, as far as is known. */
  readonly open: boolean;
}

export type StopReasonEntry = EntryOf<'stopReason'>;

export interface StretchInput {
  readonly plant: Plant;
  readonly machine: Machine;
  readonly intervals: readonly StateInterval[];
  /** Effective entries in the order in which they apply: a later one overrides. */
  readonly entries: readonly (StopReasonEntry | EntryOf<'merge'>)[];
  readonly from: Instant;
  readonly to: Instant;
  /** How far time is known: where an open interval ends for now. */
  readonly knownUntil: Instant;
}

interface Raw {
  readonly start: Instant;
  readonly end: Instant;
  readonly state: MachineState;
  readonly reason: string | null;
  readonly intervalStart: Instant;
  readonly open: boolean;
  /** Before the first or after the last interval. */
  readonly outside: boolean;
}

/** Contiguous, ordered, covering at least [from, to). */
export function labelStretches(input: StretchInput): Labelled[] {
  const { plant, machine, entries } = input;
  const raw = contiguous(input);
  const labelled: Labelled[] = [];
  const reasonCuts = entries.length > 0 || raw.some((r) => r.reason !== null) ? reasonVersions(plant) : [];
  for (let i = 0; i < raw.length; ) {
    const first = raw[i] as Raw;
    if (first.state === 'running') {
      const { start, end, state, intervalStart } = first;
      labelled.push({
        start,
        end,
        state,
        reason: null,
        category: 'run',
        intervalStart,
        stretchStart: null,
        open: false,
      });
      i++;
      continue;
    }
    let next = i + 1;
    while (next < raw.length && raw[next]?.state !== 'running' && raw[next]?.outside === first.outside) next++;
    labelOne(plant, machine, raw.slice(i, next), entries, reasonCuts, labelled);
    i = next;
  }
  return labelled;
}

/** The intervals as contiguous time, gaps filled with unknown. */
function contiguous({ machine, intervals, from, to, knownUntil }: StretchInput): Raw[] {
  const own = intervals.filter(
    (i) => i.machine === machine.id && !i.void && (i.end === null || i.end > i.start) && Number.isFinite(i.start),
  );
  if (own.some((interval, i) => i > 0 && (own[i - 1] as StateInterval).start > interval.start)) {
    own.sort((a, b) => a.start - b.start);
  }
  const raw: Raw[] = [];
  const gap = (start: Instant, end: Instant, outside: boolean) => {
    if (end > start)
      raw.push({ start, end, state: 'unknown', reason: null, intervalStart: start, open: false, outside });
  };
  let cursor = Math.min(from, own[0]?.start ?? from);
  own.forEach((interval, i) => {
    gap(cursor, interval.start, i === 0);
    const next = own[i + 1]?.start ?? Number.POSITIVE_INFINITY;
    const end = Math.min(interval.end ?? Math.max(knownUntil, interval.start), next);
    const open = interval.end === null && next === Number.POSITIVE_INFINITY;
    if (end > interval.start || open) {
      const { start, state } = interval;
      const reason = state === 'running' ? null : interval.reason;
      raw.push({ start, end, state, reason, intervalStart: start, open, outside: false });
    }
    cursor = Math.max(cursor, end);
  });
  gap(cursor, to, true);
  return raw;
}

function labelOne(
  plant: Plant,
  machine: Machine,
  stretch: readonly Raw[],
  entries: StretchInput['entries'],
  reasonCuts: readonly Instant[],
  into: Labelled[],
): void {
  const first = stretch[0] as Raw;
  const last = stretch[stretch.length - 1] as Raw;
  const touching = sinceMerged(
    entries.filter((e) =>
      'at' in e ? e.at >= first.start && (e.at < last.end || last.open) : e.from < last.end && e.to > first.start,
    ),
  );
  const begin = into.length;
  for (const part of stretch) {
    const cuts = new Set<Instant>();
    for (const e of touching) if (!('at' in e)) cuts.add(e.from).add(e.to);
    for (const t of reasonCuts) cuts.add(t);
    const bounds = [...cuts].filter((t) => t > part.start && t < part.end).sort((a, b) => a - b);
    let start = part.start;
    for (const end of [...bounds, part.end]) {
      const reason = part.state === 'unknown' ? null : effectiveReason(part.reason, touching, start);
      into.push({
        start,
        end,
        state: part.state,
        reason,
        category: categoryOf(plant, part.state, reason, start),
        intervalStart: part.intervalStart,
        stretchStart: first.start,
        open: last.open,
      });
      start = end;
    }
  }
  const threshold = valueAt(machine.smallStopSeconds, first.start) * SECOND;
  const parts = into.slice(begin);
  if (last.end - first.start < threshold && parts.every((p) => p.category === 'unplannedStop')) {
    for (const p of parts) p.category = 'smallStop';
  }
}

/** Of the entries about one stretch: a merge takes away the slices recorded before it, and leaves what labels the whole. */
function sinceMerged(entries: StretchInput['entries']): StopReasonEntry[] {
  const merged = entries.findLastIndex((e) => e.type === 'merge');
  return entries.filter((e, i) => e.type === 'stopReason' && (i > merged || 'at' in e)) as StopReasonEntry[];
}

function effectiveReason(measured: string | null, entries: readonly StopReasonEntry[], t: Instant): string | null {
  let reason = measured;
  for (const e of entries) if ('at' in e || (e.from <= t && t < e.to)) reason = e.reason;
  return reason;
}

/** Category of a state with a reason, before the calendar and before the small stop rule. */
export function categoryOf(plant: Plant, state: MachineState, reason: string | null, t: Instant): TimeCategory {
  if (state === 'running') return 'run';
  if (state === 'unknown') return 'unknown';
  const known = reason === null ? undefined : plant.reasons.get(reason);
  if (known) {
    const category = valueAt(known.category, t);
    return category === 'notScheduled' ? 'scheduleLoss' : category;
  }
  return state === 'setup' || state === 'maintenance' ? 'plannedStop' : 'unplannedStop';
}

function reasonVersions(plant: Plant): Instant[] {
  const cuts: Instant[] = [];
  for (const reason of plant.reasons.values()) {
    for (const version of reason.category) if (Number.isFinite(version.validFrom)) cuts.push(version.validFrom);
  }
  return cuts;
}
