import type { Entry } from '../ledger/entry.ts';
import { type Plant, valueAt } from '../plant/model.ts';
import { type ShiftInstance, shiftsBetween } from '../time/calendar.ts';
import { type Instant, MINUTE, minuteOf, SECOND, type Span } from '../time/instant.ts';
import { piecesNeededFrom } from './corrections.ts';
import type { MachinePiece, StateInterval } from './facts.ts';
import { type Figures, figuresOf, sumSpans } from './figures.ts';
import { judge } from './judge.ts';
import { RunningFacts } from './running-facts.ts';
import { addSums, type KpiSums, type MutableSums, zeroSums } from './sums.ts';

/*
 * Shift-to-date figures for live use: what `judge` and `sumSpans` say about the same facts, at a cost that goes with the
 * change and not with the length of the shift.
 *
 * - Time is judged in blocks of ten minutes. A closed block keeps its sums until a fact in it changes, a stretch through it
 *   changes, or an entry comes.
 * - What was added up from the start of the window to the first open minute is kept too, until something in it changes: a
 *   second costs what its open minutes cost, however old the shift is.
 * - A stop that goes on turns from small to unplanned as time passes: then the blocks under it are judged anew.
 */
export interface Running {
  /** Merges closed facts by key: the higher revision wins, void takes away. Facts of other machines are passed over. */
  upsert(facts: { readonly intervals: readonly StateInterval[]; readonly pieces: readonly MachinePiece[] }): void;
  /** Facts of minutes not yet closed, in place of those given before. */
  setOpen(facts: { readonly intervals: readonly StateInterval[]; readonly pieces: readonly MachinePiece[] }): void;
  setEntries(entries: readonly Entry[]): void;
  /** Sums over [from, to); `to` is how far facts are known. */
  sumsBetween(from: Instant, to: Instant): KpiSums;
  /** The shift that runs at `now`, so far; null off shift. */
  figuresAt(now: Instant): (Figures & { readonly shift: ShiftInstance; readonly sums: KpiSums }) | null;
  /** Lets go of facts before `t`: windows that begin earlier are unknown from then on. */
  forget(t: Instant): void;
}

const BLOCK = 10 * MINUTE;

/** @throws RangeError for a machine that the plant does not have. */
export function createRunning(plant: Plant, machineId: string): Running {
  const machine = plant.machines.get(machineId);
  if (!machine) throw new RangeError(`the plant has no machine "${machineId}"`);
  const calendar = plant.calendars.get(plant.lines.get(machine.line)?.calendar ?? '');
  const facts = new RunningFacts();
  const blocks = new Map<Instant, KpiSums>();
  /** All of [from, to), which ends on a whole minute and holds nothing open. */
  let closed: { readonly from: Instant; readonly to: Instant; readonly sums: KpiSums } | null = null;
  let entries: readonly Entry[] = [];
  /** The stop that goes on, and whether it was small, when blocks were last judged. */
  let stop: { start: Instant; small: boolean } | null = null;

  const own = <F extends { readonly machine: string }>(list: readonly F[]) =>
    list.every((f) => f.machine === machineId) ? list : list.filter((f) => f.machine === machineId);

  const touch = (spans: readonly Span[]) => {
    for (const { start, end } of spans) {
      if (closed && start < closed.to && end > closed.from) closed = null;
      const first = Math.floor(start / BLOCK) * BLOCK;
      if ((end - first) / BLOCK > blocks.size) {
        for (const block of blocks.keys()) if (block >= first && block < end) blocks.delete(block);
      } else for (let block = first; block < end; block += BLOCK) blocks.delete(block);
    }
  };

  const watchOpenStop = (now: Instant) => {
    const start = facts.openStretchStart();
    const next =
      start === null ? null : { start, small: now - start < valueAt(machine.smallStopSeconds, start) * SECOND };
    if (stop?.start === next?.start && stop?.small === next?.small) return;
    touch([stop, next].flatMap((s) => (s ? [{ start: s.start, end: Number.POSITIVE_INFINITY }] : [])));
    stop = next;
  };

  const judged = (from: Instant, to: Instant, knownUntil: Instant): KpiSums => {
    const since = piecesNeededFrom(plant, machineId, entries, from);
    const pieces = facts.pieces(Math.floor(since / MINUTE) * MINUTE, to);
    const intervals = facts.intervals(from, to);
    return sumSpans(judge({ plant, machine: machineId, intervals, pieces, entries, from, to, knownUntil }));
  };

  const sumsBetween = (from: Instant, to: Instant): KpiSums => {
    const sums = zeroSums();
    if (!(from < to)) return sums;
    watchOpenStop(to);
    const settledTo = Math.min(minuteOf(to), facts.openFrom(from));
    const known = closed?.from === from && closed.to <= settledTo ? closed : null;
    if (known) addSums(sums, known.sums);
    let start = known?.to ?? from;
    if (start < settledTo) {
      while (start < settledTo) start = addBlock(sums, start, settledTo, to);
      closed = { from, to: settledTo, sums: { ...sums } };
    }
    if (start < to) addSums(sums, judged(start, to, to));
    return sums;
  };

  /** Adds from `start` to the end of its block, or to `to`; returns how far it came. */
  const addBlock = (sums: MutableSums, start: Instant, to: Instant, knownUntil: Instant): Instant => {
    const block = Math.floor(start / BLOCK) * BLOCK;
    const end = Math.min(block + BLOCK, to);
    const isWhole = start === block && end === block + BLOCK;
    const part = (isWhole ? blocks.get(block) : undefined) ?? judged(start, end, knownUntil);
    if (isWhole) blocks.set(block, part);
    addSums(sums, part);
    return end;
  };

  return {
    upsert({ intervals, pieces }) {
      touch(facts.upsertIntervals(own(intervals)));
      touch(facts.upsertPieces(own(pieces)));
    },
    setOpen({ intervals, pieces }) {
      touch(facts.setOpen(own(intervals), own(pieces)));
    },
    setEntries(next) {
      entries = next;
      blocks.clear();
      closed = null;
    },
    sumsBetween,
    figuresAt(now) {
      const shift = calendar && shiftsBetween(calendar, plant.site.timezone, now, now + 1)[0];
      if (!shift) return null;
      const sums = sumsBetween(shift.start, now);
      return { ...figuresOf(sums), shift, sums };
    },
    forget(t) {
      facts.forget(t);
      if (closed && closed.from < t) closed = null;
      for (const block of blocks.keys()) if (block < t) blocks.delete(block);
    },
  };
}
