import type { Instant } from '../time/instant.ts';

/*
 * Energy baseline after ISO 50001/50006: E = b0 + b1 x production (+ further drivers), ordinary least squares.
 *
 * - A baseline is frozen: fitted once over a stated period, then only evaluated. It knows the range that it was fitted in.
 * - CUSUM adds actual - expected: down is saving.
 */

export interface BaselinePoint {
  /** kWh of the period (a day, a week). */
  readonly kWh: number;
  /** Values of the drivers, in the order of `drivers`. */
  readonly x: readonly number[];
}

export interface BaselineDriver {
  readonly name: string;
  /** kWh per unit of the driver. */
  readonly coefficient: number;
  /** Range of the fitted points: outside it the baseline guesses. */
  readonly min: number;
  readonly max: number;
}

export interface Baseline {
  /** kWh per period that do not depend on any driver. */
  readonly intercept: number;
  readonly drivers: readonly BaselineDriver[];
  readonly n: number;
  /** Share of the variation that the drivers explain; null where the energy does not vary. */
  readonly r2: number | null;
  /** sqrt(SSE / (n - p)) / mean kWh, p = number of coefficients; null with n = p or a mean of 0. */
  readonly cvRmse: number | null;
  readonly warnings: readonly BaselineWarning[];
}

export type BaselineWarning = 'r2Below75' | 'fewerThan12Points';

/**
 * Fits a baseline. Null where it cannot be: fewer points than coefficients, or drivers that do not vary apart from each
 * other (then the energy cannot be split between them).
 */
export function fitBaseline(points: readonly BaselinePoint[], driverNames: readonly string[]): Baseline | null {
  const p = driverNames.length + 1;
  const n = points.length;
  if (n < p) return null;
  const means = driverNames.map((_, k) => mean(points.map((point) => point.x[k] ?? 0)));
  const meanKWh = mean(points.map((point) => point.kWh));
  // Centred, so that the normal equations stay well conditioned for counts in the millions.
  const centred = points.map((point) => means.map((m, k) => (point.x[k] ?? 0) - m));
  const normal = means.map((_, i) => means.map((_, j) => sum(centred.map((row) => (row[i] ?? 0) * (row[j] ?? 0)))));
  const right = means.map((_, i) => sum(points.map((point, r) => (centred[r]?.[i] ?? 0) * (point.kWh - meanKWh))));
  const coefficients = solve(normal, right);
  if (!coefficients) return null;
  const intercept = meanKWh - sum(coefficients.map((c, k) => c * (means[k] ?? 0)));
  const sse = sum(
    points.map((point) => (point.kWh - intercept - sum(coefficients.map((c, k) => c * (point.x[k] ?? 0)))) ** 2),
  );
  const sst = sum(points.map((point) => (point.kWh - meanKWh) ** 2));
  const r2 = sst > 0 ? 1 - sse / sst : null;
  const warnings: BaselineWarning[] = [];
  if (r2 === null || r2 < 0.75) warnings.push('r2Below75');
  if (n < 12) warnings.push('fewerThan12Points');
  return {
    intercept,
    drivers: driverNames.map((name, k) => {
      const values = points.map((point) => point.x[k] ?? 0);
      return { name, coefficient: coefficients[k] ?? 0, min: Math.min(...values), max: Math.max(...values) };
    }),
    n,
    r2,
    cvRmse: n > p && meanKWh !== 0 ? Math.sqrt(sse / (n - p)) / meanKWh : null,
    warnings,
  };
}

/** kWh that the baseline expects, and whether it was fitted for such values. */
export function expectedEnergy(
  baseline: Baseline,
  x: readonly number[],
): { readonly kWh: number; readonly withinRange: boolean } {
  return {
    kWh: baseline.intercept + sum(baseline.drivers.map((d, k) => d.coefficient * (x[k] ?? 0))),
    withinRange: baseline.drivers.every((d, k) => (x[k] ?? 0) >= d.min && (x[k] ?? 0) <= d.max),
  };
}

export interface CusumInput extends BaselinePoint {
  readonly t: Instant;
}

export interface CusumPoint {
  readonly t: Instant;
  readonly kWh: number;
  readonly expectedKWh: number;
  /** Running sum of actual - expected, kWh: down is saving. */
  readonly cusumKWh: number;
  readonly withinRange: boolean;
}

export function cusum(baseline: Baseline, points: readonly CusumInput[]): CusumPoint[] {
  let running = 0;
  return points.map(({ t, kWh, x }) => {
    const expected = expectedEnergy(baseline, x);
    running += kWh - expected.kWh;
    return { t, kWh, expectedKWh: expected.kWh, cusumKWh: running, withinRange: expected.withinRange };
  });
}

/** Gauss-Jordan elimination with row pivoting; null for a singular matrix. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] | null {
  const rows = matrix.map((row, i) => [...row, right[i] ?? 0]);
  const size = rows.length;
  for (let k = 0; k < size; k += 1) {
    const scale = Math.abs(matrix[k]?.[k] ?? 0);
    let pivot = k;
    for (let r = k + 1; r < size; r += 1) {
      if (Math.abs(rows[r]?.[k] ?? 0) > Math.abs(rows[pivot]?.[k] ?? 0)) pivot = r;
    }
    const chosen = rows[pivot];
    const other = rows[k];
    if (!chosen || !other || Math.abs(chosen[k] ?? 0) <= 1e-10 * scale) return null;
    rows[pivot] = other;
    rows[k] = chosen;
    for (let r = 0; r < size; r += 1) {
      const row = rows[r];
      if (r === k || !row) continue;
      const factor = (row[k] ?? 0) / (chosen[k] ?? 1);
      for (let c = k; c <= size; c += 1) row[c] = (row[c] ?? 0) - factor * (chosen[c] ?? 0);
    }
  }
  return rows.map((row, k) => (row[size] ?? 0) / (row[k] ?? 1));
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

function mean(values: readonly number[]): number {
  return values.length > 0 ? sum(values) / values.length : 0;
}
