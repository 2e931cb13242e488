/*
 * A lasting step in what a baseline leaves over: two one-sided CUSUM charts (Page), in standard deviations.
 *
 * - Drift up to SLACK deviations is noise; an alarm needs DECISION deviations beyond it. With these two a change of one
 *   deviation is found after about ten points, and noise alone sets one off about once in 465 points.
 * - The step began after the last point at which the chart stood at zero, which is where its climb began.
 */
const SLACK = 0.5;
const DECISION = 5;

export interface Step {
  /** Index of the first point behind the step. */
  readonly at: number;
  readonly foundAt: number;
  /** Mean of actual - expected from `at` to the end of the climb; the unit of the residuals. */
  readonly size: number;
}

/** The first step in residuals that scatter by `sigma`; null where there is none, or where they do not scatter. */
export function findStep(residuals: readonly number[], sigma: number): Step | null {
  if (!(sigma > 0)) return null;
  let up = 0;
  let down = 0;
  let upFrom = 0;
  let downFrom = 0;
  for (const [i, residual] of residuals.entries()) {
    const z = residual / sigma;
    up = Math.max(0, up + z - SLACK);
    down = Math.max(0, down - z - SLACK);
    if (up === 0) upFrom = i + 1;
    if (down === 0) downFrom = i + 1;
    if (up <= DECISION && down <= DECISION) continue;
    const at = up > DECISION ? upFrom : downFrom;
    const since = residuals.slice(at, i + 1);
    return { at, foundAt: i, size: since.reduce((sum, r) => sum + r, 0) / since.length };
  }
  return null;
}
