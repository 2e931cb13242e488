import type { FiguresView } from '#shared/contract/socket.ts';
import { isCounted, withoutCounts } from '#shared/oee/counted.ts';
import { figuresOf, sumSpans } from '#shared/oee/figures.ts';
import type { JudgedSpan } from '#shared/oee/judged.ts';
import type { KpiSums } from '#shared/oee/sums.ts';
import { projectedCount, targetAtEnd, targetCount } from '#shared/oee/target.ts';
import { type Machine, type Plant, valueAt } from '#shared/plant/model.ts';
import type { ShiftInstance } from '#shared/time/calendar.ts';

export interface Targets {
  readonly targetOee: number | null;
  readonly targetCount: number | null;
  readonly targetAtEnd: number | null;
  readonly projectedCount: number | null;
}

export const NO_TARGETS: Targets = { targetOee: null, targetCount: null, targetAtEnd: null, projectedCount: null };

/**
 * Targets of a machine, or of a line by its constraint. `earlier` are spans of the same machine or line that may reach
 * back before the shift, for the rate of the last planned hour.
 */
export function targetsOf(
  plant: Plant,
  machine: Machine,
  shift: ShiftInstance,
  shiftSpans: readonly JudgedSpan[],
  earlier: readonly JudgedSpan[],
): Targets {
  if (!isCounted(machine)) return NO_TARGETS;
  const now = shiftSpans.at(-1)?.end ?? shift.start;
  const input = { plant, machine: machine.id, spans: shiftSpans, shift, now };
  return {
    targetOee: machine.targetOee && valueAt(machine.targetOee, now),
    targetCount: targetCount(plant, machine.id, shiftSpans),
    targetAtEnd: targetAtEnd(input),
    projectedCount: projectedCount({ ...input, spans: earlier }),
  };
}

/** `counted` false: nothing counts its pieces, and what rests on pieces is not known. */
export function figuresView(sums: KpiSums, targets: Targets, counted: boolean): FiguresView {
  const figures = { ...figuresOf(sums), ...targets };
  return rounded(counted ? figures : withoutCounts(figures));
}

export function machineFigures(
  plant: Plant,
  machine: Machine,
  shift: ShiftInstance,
  shiftSpans: readonly JudgedSpan[],
  earlier: readonly JudgedSpan[],
): FiguresView {
  return figuresView(sumSpans(shiftSpans), targetsOf(plant, machine, shift, shiftSpans, earlier), isCounted(machine));
}

/** Six decimals are the promised precision; more would only make patches longer. */
function rounded<T>(value: T): T {
  if (typeof value === 'number') return (Math.round(value * 1e6) / 1e6) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, rounded(v)])) as T;
}
