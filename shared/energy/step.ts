/*
 * A lasting step in what a baseline leaves over: two one-sided CUSUM charts (Page), in standard deviations.
 *
 * - Drift up to SLACK deviations is noise; an alarm needs DECISION deviations beyond it. With these two a change of one
 *   deviation is found after about ten points, and noise alone sets one off about once in 465 points.
 * - The step began where a change is likeliest between the last point at which the chart stood at zero and the alarm: where the
 *   mean since then is farthest from zero, measured in its own standard error.
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
    const at = likeliest(residuals, up > DECISION ? upFrom : downFrom, i);
    const since = residuals.slice(at, i + 1);
    return { at, foundAt: i, size: since.reduce((sum, r) => sum + r, 0) / since.length };
  }
  return null;
}

function likeliest(residuals: readonly number[], from: number, to: number): number {
  let best = { at: to, score: -1 };
  let sum = 0;
  for (let at = to; at >= from; at -= 1) {
    sum += residuals[at] ?? 0;
    const score = Math.abs(sum) / Math.sqrt(to - at + 1);
    if (score > best.score) best = { at, score };
  }
  return best.at;
}
