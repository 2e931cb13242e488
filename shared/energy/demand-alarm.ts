/*
 * When to warn of the running demand window, and when to stop.
 *
 * - Warned is of money: a window that ends below what the period was billed for already costs nothing, however high it is
 *   against what is agreed. So the level is the higher of the two.
 * - The forecast counts with half of its usual error on top: to be warned in vain is cheaper than a peak.
 * - Hysteresis: it must stand above the level for HOLD_SECONDS, and fall below CLEAR of it, before anything changes. A new
 *   window begins without an alarm, and its first tenth is no ground for one.
 */
export interface DemandLevel {
  /** Agreed with the network; null = nothing is. */
  readonly agreedKw: number | null;
  /** Highest complete window of the billing period so far, ratchets in; null = none yet. */
  readonly billedKw: number | null;
}

/** Above this a window costs money; null where nothing says so. */
export function alarmLevel({ agreedKw, billedKw }: DemandLevel): number | null {
  if (agreedKw === null) return billedKw;
  return Math.max(agreedKw, billedKw ?? 0);
}

export interface DemandMoment {
  /** Names the window. */
  readonly windowStart: number;
  readonly now: number;
  readonly windowMs: number;
  readonly predictedKw: number | null;
  /** Usual absolute error of such a forecast; 0 where it is not known. */
  readonly errorKw: number;
  readonly levelKw: number | null;
}

export interface DemandAlarm {
  readonly isOn: boolean;
  /** Since when, in the running window; null while off. */
  readonly since: number | null;
}

export const HOLD_MS = 30_000;
export const CLEAR = 0.97;
export const ERROR_SHARE = 0.5;
const EARLY_SHARE = 0.1;

export interface DemandWatch {
  /** Moments in order of time. */
  at(moment: DemandMoment): DemandAlarm;
}

export function createDemandWatch(): DemandWatch {
  let windowStart = Number.NaN;
  let since: number | null = null;
  let aboveSince: number | null = null;
  return {
    at({ windowStart: start, now, windowMs, predictedKw, errorKw, levelKw }) {
      if (start !== windowStart) {
        windowStart = start;
        since = null;
        aboveSince = null;
      }
      if (predictedKw === null || levelKw === null) return { isOn: since !== null, since };
      const expected = predictedKw + ERROR_SHARE * errorKw;
      if (since !== null) {
        if (expected < levelKw * CLEAR) since = aboveSince = null;
        return { isOn: since !== null, since };
      }
      if (expected <= levelKw) aboveSince = null;
      else aboveSince ??= now;
      const isEarly = now - start < windowMs * EARLY_SHARE;
      if (aboveSince !== null && now - aboveSince >= HOLD_MS && !isEarly) since = now;
      return { isOn: since !== null, since };
    },
  };
}
