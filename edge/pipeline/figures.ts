import type { Aggregator } from '#edge/aggregate/contract.ts';
import { isCounted, isLineCounted, ratiosWithoutCounts } from '#shared/oee/counted.ts';
import type { FactBatch, OeePoint } from '#shared/oee/facts.ts';
import { judge } from '#shared/oee/judge.ts';
import type { JudgedSpan } from '#shared/oee/judged.ts';
import { lineSums } from '#shared/oee/line.ts';
import { createRunning, type Running } from '#shared/oee/running.ts';
import { type KpiSums, plannedProductionSeconds, ratiosOf } from '#shared/oee/sums.ts';
import type { Plant } from '#shared/plant/model.ts';
import { type ShiftInstance, shiftsBetween } from '#shared/time/calendar.ts';
import { type Instant, minuteOf } from '#shared/time/instant.ts';
import type { FactMemory } from './memory.ts';

/*
 * Figures of the running shift as measured, without entries: the trace that the edge leaves (`basis: measured`). Every
 * figure that people read is judged by the api, with the same functions.
 */

/** The shift in which `t` lies; of two that overlap, the one that began last. */
export function shiftAt(plant: Plant, lineId: string, t: Instant): ShiftInstance | null {
  const line = plant.lines.get(lineId);
  const calendar = line && plant.calendars.get(line.calendar);
  if (!calendar) return null;
  return shiftsBetween(calendar, plant.site.timezone, t, t + 1).at(-1) ?? null;
}

/**
 * The same, worked out once per line and minute: shifts begin and end on whole minutes, and a calendar costs more than
 * everything else that is asked of it each second.
 */
function rememberingShifts(plant: Plant): (lineId: string, t: Instant) => ShiftInstance | null {
  const known = new Map<string, { readonly minute: Instant; readonly shift: ShiftInstance | null }>();
  return (lineId, t) => {
    const minute = minuteOf(t);
    const last = known.get(lineId);
    if (last?.minute === minute) return last.shift;
    const shift = shiftAt(plant, lineId, t);
    known.set(lineId, { minute, shift });
    return shift;
  };
}

/** Start of the earliest shift that still runs: facts before it are not needed for live figures. */
export function neededFrom(plant: Plant, t: Instant): Instant {
  const starts = [...plant.lines.keys()].map((line) => shiftAt(plant, line, t)?.start ?? t);
  return Math.min(t, ...starts);
}

export interface ShiftFigures {
  /** Facts that were committed. */
  upsert(facts: Pick<FactBatch, 'intervals' | 'pieces'>): void;
  /** Shift to date of a machine, up to `to`, which is as far as facts are known, with its open facts; null off shift. */
  machine(
    machine: string,
    to: Instant,
    open: OpenFacts,
  ): { readonly shift: ShiftInstance; readonly sums: KpiSums } | null;
  /** One point per machine and line for the minute that ends at `to`; off shift there is none. */
  points(to: Instant): OeePoint[];
  forget(t: Instant): void;
}

type OpenFacts = ReturnType<Aggregator['openFacts']>;

/** `owns` says which machines this edge has; the lines of other edges get no points from it. */
export function createShiftFigures(
  plant: Plant,
  memory: FactMemory,
  aggregator: Aggregator,
  owns: (machine: string) => boolean,
): ShiftFigures {
  const shiftNow = rememberingShifts(plant);
  const running = new Map<string, Running>();
  for (const machine of plant.machines.keys()) running.set(machine, createRunning(plant, machine));

  function sums(machine: string, shift: ShiftInstance, to: Instant, open: OpenFacts): KpiSums | null {
    const own = running.get(machine);
    own?.setOpen(open);
    return own?.sumsBetween(shift.start, to) ?? null;
  }

  /** A line with a constraint needs to know which second of one machine meets which second of another. */
  function spans(machine: string, shift: ShiftInstance, to: Instant): JudgedSpan[] {
    const open = aggregator.openFacts(machine);
    const intervals = new Map(memory.intervals(machine, shift.start).map((interval) => [interval.start, interval]));
    for (const interval of open.intervals) intervals.set(interval.start, interval);
    const openFrom = open.pieces[0]?.minute ?? Number.POSITIVE_INFINITY;
    const closed = memory.pieces(machine, shift.start).filter((piece) => piece.minute < openFrom);
    return judge({
      plant,
      machine,
      intervals: [...intervals.values()].sort((a, b) => a.start - b.start),
      pieces: [...closed, ...open.pieces],
      entries: [],
      from: shift.start,
      to,
      knownUntil: to,
    });
  }

  function isMachineCounted(id: string): boolean {
    const machine = plant.machines.get(id);
    return machine !== undefined && isCounted(machine);
  }

  return {
    upsert(facts) {
      const intervals = Map.groupBy(facts.intervals, (f) => f.machine);
      const pieces = Map.groupBy(facts.pieces, (f) => f.machine);
      for (const machine of new Set([...intervals.keys(), ...pieces.keys()])) {
        running.get(machine)?.upsert({ intervals: intervals.get(machine) ?? [], pieces: pieces.get(machine) ?? [] });
      }
    },
    machine(machine, to, open) {
      const shift = shiftNow(plant.machines.get(machine)?.line ?? '', to - 1);
      const own = shift && sums(machine, shift, to, open);
      return own ? { shift, sums: own } : null;
    },
    points(to) {
      const points: OeePoint[] = [];
      for (const line of plant.lines.values()) {
        const shift = shiftNow(line.id, to - 1);
        if (!shift || !line.machines.some(owns)) continue;
        for (const machine of line.machines) {
          const own = sums(machine, shift, to, aggregator.openFacts(machine));
          if (own) points.push(pointOf(`machine:${machine}`, to, shift, own, isMachineCounted(machine)));
        }
        const byMachine = new Map(line.machines.map((machine) => [machine, spans(machine, shift, to)]));
        const own = lineSums(plant, line.id, byMachine);
        points.push(pointOf(`line:${line.id}`, to, shift, own, isLineCounted(plant, line.id)));
      }
      return points;
    },
    forget(t) {
      for (const own of running.values()) own.forget(t);
    },
  };
}

function pointOf(scope: string, t: Instant, shift: ShiftInstance, sums: KpiSums, counted: boolean): OeePoint {
  const ratios = ratiosOf(sums);
  const { availability, performance, quality, oee } = counted ? ratios : ratiosWithoutCounts(ratios);
  return {
    scope,
    t,
    shift: shift.id,
    date: shift.productionDate,
    availability,
    performance,
    quality,
    oee,
    plannedProductionSeconds: plannedProductionSeconds(sums),
    runSeconds: sums.runSeconds,
    idealSeconds: sums.idealSeconds,
    idealGoodSeconds: sums.idealGoodSeconds,
    totalCount: sums.totalCount,
    goodCount: sums.goodCount,
    rejectCount: sums.rejectCount,
  };
}
