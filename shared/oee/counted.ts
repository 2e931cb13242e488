import type { Machine, Plant } from '../plant/model.ts';
import type { Figures } from './figures.ts';
import type { KpiRatios } from './sums.ts';

/*
 * Machines that nobody counts. Their seconds and their energy are known; how well they performed is not, which is not 0 %.
 */

/** Whether pieces of a machine are known at all: a total, good pieces or cycles. Rejects alone tell nothing. */
export function isCounted({ total, good, cycles }: Pick<Machine, 'total' | 'good' | 'cycles'>): boolean {
  return total !== null || good !== null || cycles !== null;
}

/** A line with a constraint has the good pieces of its last machine; one without has those of any machine that counts. */
export function isLineCounted(plant: Plant, lineId: string): boolean {
  const line = plant.lines.get(lineId);
  if (!line) return false;
  const counts = (id: string | undefined): boolean => {
    const machine = id === undefined ? undefined : plant.machines.get(id);
    return machine !== undefined && isCounted(machine);
  };
  return line.constraint ? counts(line.machines.at(-1)) : line.machines.some(counts);
}

/** Ratios where nothing counts pieces: availability stands. */
export function ratiosWithoutCounts(ratios: KpiRatios): KpiRatios {
  const { availability, utilization } = ratios;
  return { availability, utilization, performance: null, quality: null, oee: null, teep: null, ooe: null, yield: null };
}

/** Figures where nothing counts pieces: what rests on pieces is undefined; availability and utilization stand. */
export function withoutCounts<F extends Pick<Figures, 'kpi'>>(figures: F): F {
  return { ...figures, kpi: ratiosWithoutCounts(figures.kpi) };
}
