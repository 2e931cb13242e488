import type { Aggregator } from '#edge/aggregate/contract.ts';
import type { OeePoint } from '#shared/oee/facts.ts';
import { sumSpans } from '#shared/oee/figures.ts';
import { judge } from '#shared/oee/judge.ts';
import type { JudgedSpan } from '#shared/oee/judged.ts';
import { lineSums } from '#shared/oee/line.ts';
import { type KpiSums, plannedProductionSeconds, ratiosOf } from '#shared/oee/sums.ts';
import type { Plant } from '#shared/plant/model.ts';
import { type ShiftInstance, shiftsBetween } from '#shared/time/calendar.ts';
import type { Instant } from '#shared/time/instant.ts';
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

/** Start of the earliest shift that still runs: facts before it are not needed for live figures. */
export function neededFrom(plant: Plant, t: Instant): Instant {
  const starts = [...plant.lines.keys()].map((line) => shiftAt(plant, line, t)?.start ?? t);
  return Math.min(t, ...starts);
}

export interface ShiftFigures {
  /** Shift to date of a machine, up to `to`; null off shift. */
  machine(machine: string, to: Instant): { readonly shift: ShiftInstance; readonly sums: KpiSums } | null;
  /** One point per machine and line for the minute that ends at `to`; off shift there is none. */
  points(to: Instant): OeePoint[];
}

export function createShiftFigures(plant: Plant, memory: FactMemory, aggregator: Aggregator): ShiftFigures {
  function spans(machine: string, shift: ShiftInstance, to: Instant): JudgedSpan[] {
    const open = aggregator.openFacts(machine);
    const known = new Map(memory.intervals(machine, shift.start).map((interval) => [interval.start, interval]));
    for (const interval of open.intervals) known.set(interval.start, interval);
    const closed = memory.pieces(machine, shift.start);
    const openFrom = open.pieces[0]?.minute ?? Number.POSITIVE_INFINITY;
    return judge({
      plant,
      machine,
      intervals: [...known.values()].sort((a, b) => a.start - b.start),
      pieces: [...closed.filter((piece) => piece.minute < openFrom), ...open.pieces],
      entries: [],
      from: shift.start,
      to,
      knownUntil: to,
    });
  }

  function pointOf(scope: string, t: Instant, shift: ShiftInstance, sums: KpiSums): OeePoint {
    const { availability, performance, quality, oee } = ratiosOf(sums);
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

  return {
    machine(machine, to) {
      const line = plant.machines.get(machine)?.line ?? '';
      const shift = shiftAt(plant, line, to - 1);
      return shift ? { shift, sums: sumSpans(spans(machine, shift, to)) } : null;
    },
    points(to) {
      const points: OeePoint[] = [];
      for (const line of plant.lines.values()) {
        const shift = shiftAt(plant, line.id, to - 1);
        if (!shift) continue;
        const byMachine = new Map(line.machines.map((machine) => [machine, spans(machine, shift, to)]));
        for (const [machine, own] of byMachine) points.push(pointOf(`machine:${machine}`, to, shift, sumSpans(own)));
        points.push(pointOf(`line:${line.id}`, to, shift, lineSums(plant, line.id, byMachine)));
      }
      return points;
    },
  };
}
