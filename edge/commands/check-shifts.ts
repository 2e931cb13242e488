import type { Entry } from '#shared/ledger/entry.ts';
import { subjectOf } from '#shared/ledger/subject.ts';
import { piecesNeededFrom } from '#shared/oee/corrections.ts';
import { clipSpans, type Figures, figuresOf, sumSpans } from '#shared/oee/figures.ts';
import { judge } from '#shared/oee/judge.ts';
import type { JudgedSpan } from '#shared/oee/judged.ts';
import { lineSums } from '#shared/oee/line.ts';
import type { Plant } from '#shared/plant/model.ts';
import type { HistorianReader } from '#shared/store/historian.ts';
import { type ShiftInstance, shiftsBetween } from '#shared/time/calendar.ts';
import { HOUR, type Instant, type Span } from '#shared/time/instant.ts';

/*
 * Past shifts as two plant files judge them, from the same facts and entries.
 *
 * - A shift is the same by its line, id and production date, wherever its bounds went.
 * - Facts are read once for both, in runs of shifts that no shift of either plant crosses.
 */
export interface Past {
  readonly reader: HistorianReader;
  /** The ledger. */
  readonly entries: readonly Entry[];
  /** Shifts that began at or after `from` and ended by `to`; facts reach to `to`. */
  readonly from: Instant;
  readonly to: Instant;
}

export interface ComparedShift {
  readonly line: string;
  /** Null where that plant has no such shift. */
  readonly before: ShiftInstance | null;
  readonly after: ShiftInstance | null;
  /** Scopes whose figures differ: the line, then its machines. None: the shift stays as it is. */
  readonly changes: readonly ScopeChange[];
}

/** Null: the plant does not have the scope, or not the shift. */
export interface ScopeChange {
  readonly scope: string;
  readonly before: Figures | null;
  readonly after: Figures | null;
}

const DAY_MS = 24 * HOUR;
const RUN_MS = 2 * DAY_MS;
/** How far back a product entry is followed, as the api does. */
const ENTRY_REACH_MS = 31 * DAY_MS;
const SAME = 1e-6;

/** Every shift of the window that one of the two plants has, line by line, in order of time. */
export async function* compareShifts(before: Plant, after: Plant, past: Past): AsyncGenerator<ComparedShift> {
  for (const line of new Set([...before.lines.keys(), ...after.lines.keys()])) {
    const machines = [...new Set([...machinesOf(before, line), ...machinesOf(after, line)])];
    for (const run of runsOf(shiftPairs(before, after, line, past))) {
      const from = Math.min(...run.map((pair) => spanOf(pair).start));
      const to = Math.max(...run.map((pair) => spanOf(pair).end));
      const judged = await judgeBoth(before, after, machines, past, from, to);
      for (const pair of run) {
        const was = pair.before && figuresByScope(before, line, judged.before, pair.before);
        const is = pair.after && figuresByScope(after, line, judged.after, pair.after);
        yield { line, ...pair, changes: changesOf(was, is) };
      }
    }
  }
}

export interface ShiftPair {
  readonly before: ShiftInstance | null;
  readonly after: ShiftInstance | null;
}

export function shiftPairs(before: Plant, after: Plant, line: string, { from, to }: Past): ShiftPair[] {
  const pairs = new Map<string, { before: ShiftInstance | null; after: ShiftInstance | null }>();
  const add = (plant: Plant, side: 'before' | 'after'): void => {
    const calendar = plant.calendars.get(plant.lines.get(line)?.calendar ?? '');
    for (const shift of calendar ? shiftsBetween(calendar, plant.site.timezone, from - DAY_MS, to + DAY_MS) : []) {
      const key = `${shift.productionDate} ${shift.id}`;
      const pair = pairs.get(key) ?? { before: null, after: null };
      pair[side] = shift;
      pairs.set(key, pair);
    }
  };
  add(before, 'before');
  add(after, 'after');
  // One that the window cuts in either plant is not compared: half of it is not known.
  return [...pairs.values()]
    .filter((pair) => spanOf(pair).start >= from && spanOf(pair).end <= to)
    .sort((a, b) => spanOf(a).start - spanOf(b).start);
}

export function spanOf({ before, after }: ShiftPair): Span {
  return {
    start: Math.min(before?.start ?? Number.POSITIVE_INFINITY, after?.start ?? Number.POSITIVE_INFINITY),
    end: Math.max(before?.end ?? Number.NEGATIVE_INFINITY, after?.end ?? Number.NEGATIVE_INFINITY),
  };
}

/** Shifts that follow each other, a few days at a time: what is judged at once must fit in memory. */
function runsOf(pairs: readonly ShiftPair[]): ShiftPair[][] {
  const runs: ShiftPair[][] = [];
  let start = Number.NEGATIVE_INFINITY;
  for (const pair of pairs) {
    const span = spanOf(pair);
    const run = runs.at(-1);
    if (run && span.end - start <= RUN_MS) run.push(pair);
    else {
      runs.push([pair]);
      start = span.start;
    }
  }
  return runs;
}

type SpansByMachine = ReadonlyMap<string, readonly JudgedSpan[]>;

async function judgeBoth(
  before: Plant,
  after: Plant,
  machines: readonly string[],
  { reader, entries, to: knownUntil }: Past,
  from: Instant,
  to: Instant,
): Promise<{ before: SpansByMachine; after: SpansByMachine }> {
  const sides = { before: new Map<string, JudgedSpan[]>(), after: new Map<string, JudgedSpan[]>() };
  const counterEvents = entries.some((e) => e.type === 'counterVerdict')
    ? await reader.counterEvents({ from, to: to + 1 })
    : [];
  for (const machine of machines) {
    const own = entries.filter((e) => subjectOf(e) === null || subjectOf(e) === machine);
    const needed = [before, after].map((plant) => piecesNeededFrom(plant, machine, own, from));
    const since = Math.max(Math.min(...needed), from - ENTRY_REACH_MS);
    const pieces = await reader.pieces([machine], { from: since, to });
    const intervals = await reader.intervals([machine], { from, to });
    const facts = { machine, intervals, pieces, entries: own, counterEvents, from, to, knownUntil };
    if (before.machines.has(machine)) sides.before.set(machine, judge({ plant: before, ...facts }));
    if (after.machines.has(machine)) sides.after.set(machine, judge({ plant: after, ...facts }));
  }
  return sides;
}

function machinesOf(plant: Plant, line: string): readonly string[] {
  return plant.lines.get(line)?.machines ?? [];
}

function figuresByScope(plant: Plant, line: string, judged: SpansByMachine, shift: Span): Map<string, Figures> {
  const spans = new Map(
    machinesOf(plant, line).map((id) => [id, clipSpans(judged.get(id) ?? [], shift.start, shift.end)] as const),
  );
  const figures = new Map([[`line ${line}`, figuresOf(lineSums(plant, line, spans))]]);
  for (const [id, list] of spans) figures.set(`machine ${id}`, figuresOf(sumSpans(list)));
  return figures;
}

function changesOf(was: ReadonlyMap<string, Figures> | null, is: ReadonlyMap<string, Figures> | null): ScopeChange[] {
  const scopes = new Set([...(was?.keys() ?? []), ...(is?.keys() ?? [])]);
  return [...scopes].flatMap((scope) => {
    const before = known(was?.get(scope));
    const after = known(is?.get(scope));
    return isSame(before, after) ? [] : [{ scope, before, after }];
  });
}

/** A new machine or shift of which nothing was ever measured changes nothing. */
function known(figures: Figures | undefined): Figures | null {
  return figures && (figures.coverage ?? 0) > 0 ? figures : null;
}

function isSame(a: Figures | null, b: Figures | null): boolean {
  if (!a || !b) return a === b;
  return numbersOf(a).every((value, i) => Math.abs(value - (numbersOf(b)[i] ?? Number.NaN)) <= SAME);
}

/** Ratios follow from these, save where they are undefined for want of an ideal cycle: then the ideal seconds differ. */
function numbersOf({ seconds, counts, idealSeconds, idealGoodSeconds }: Figures): number[] {
  return [...Object.values(seconds), ...Object.values(counts), idealSeconds, idealGoodSeconds];
}
