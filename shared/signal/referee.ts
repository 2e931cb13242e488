import type { CounterVerdict } from '../oee/facts.ts';
import type { Instant } from '../time/instant.ts';

/*
 * The counter referee: what a step of a counter or of a meter's register means (RULES section 6).
 *
 * - Nothing is ever booked negative, and no implausible step is ever booked as it stands.
 * - One reading never decides alone: a step that nothing explains is pending, and the next reading decides.
 * - The verdict is a pure function of the readings in order of time and of the order events near them.
 *
 * A reading is tried in this order, `p` being the last accepted reading:
 *   1. plausible: not backwards and, where `maxPerSecond` is given, not faster than that since p;
 *   2. jitter: back by at most `jitter`: counts 0, and the high-water mark p stays the value to count from;
 *   3. back, with a product or order event within 60 s: reset, counts the new value, no alarm;
 *   4. back, with a modulus, and modulus - p + v is plausible: rollover. Without `maxPerSecond` a rollover is plausible
 *      up to half the modulus, or every reset would pass for one;
 *   5. pending. Until the next reading a step back counts as a reset and a jump forward counts 0, both provisional.
 * With a reading pending, `next` decides:
 *   (a) next explained by 1 or 2 from p: the pending one was a glitch, 0; next is booked from p;
 *   (b) else pending was back, next plausible from it: reset: pending counts its value, next counts from it;
 *   (c) else pending was forward, next plausible from it: preset: pending counts 0, next counts from it;
 *   (d) neither: pending was a glitch, 0, and next is tried afresh from p.
 */

export interface CounterRules {
  /** The value at which the counter starts again at 0, raw units. */
  readonly modulus: number | null;
  /** Raw units per second; null = no limit known. */
  readonly maxPerSecond: number | null;
  /** A step back up to this is noise, raw units. */
  readonly jitter: number;
}

export interface CounterReading {
  readonly t: Instant;
  readonly raw: number;
}

export interface RefereeState {
  /** Last accepted reading; null before the baseline. */
  readonly accepted: CounterReading | null;
  readonly pending: CounterReading | null;
}

export const REFEREE_START: RefereeState = { accepted: null, pending: null };

/** What is booked at one reading. */
export interface CounterBooking {
  /** Raw units, never negative. */
  readonly counted: number;
  /** null: a plausible increase, or the baseline. */
  readonly verdict: CounterVerdict | null;
  readonly provisional: boolean;
  /** The reading it was counted from; null for the baseline. */
  readonly from: CounterReading | null;
}

export interface Judgement {
  readonly state: RefereeState;
  /** Of the reading itself. */
  readonly booking: CounterBooking;
  /** Replaces what was booked at the reading that was pending until now; null where none was. */
  readonly settled: CounterBooking | null;
}

/** A product or order event this near to a step back means reset. */
export const ORDER_EVENT_MS = 60_000;

/** `orderEventNear`: a product or order event lies within 60 s of the reading, before or after. */
export function judge(
  state: RefereeState,
  reading: CounterReading,
  rules: CounterRules,
  orderEventNear: boolean,
): Judgement {
  const { accepted: p, pending } = state;
  if (!p) {
    return { state: { accepted: reading, pending: null }, booking: booking(0, null, null), settled: null };
  }
  if (!pending) return { ...tryFresh(p, reading, rules, orderEventNear), settled: null };
  const direct = explain(p, reading, rules);
  if (direct) return { ...direct, settled: booking(0, 'glitch', p) };
  if (isPlausible(pending, reading, rules)) {
    const back = pending.raw < p.raw;
    return {
      state: { accepted: reading, pending: null },
      booking: booking(reading.raw - pending.raw, null, pending),
      settled: back ? booking(Math.max(0, pending.raw), 'reset', p) : booking(0, 'preset', p),
    };
  }
  return { ...tryFresh(p, reading, rules, orderEventNear), settled: booking(0, 'glitch', p) };
}

/** Not backwards and, where a limit is known, not faster. */
export function isPlausible(p: CounterReading, v: CounterReading, rules: CounterRules): boolean {
  return v.raw >= p.raw && withinRate(v.raw - p.raw, v.t - p.t, rules.maxPerSecond);
}

function withinRate(counted: number, elapsedMs: number, maxPerSecond: number | null): boolean {
  return maxPerSecond === null || counted <= (maxPerSecond * elapsedMs) / 1000;
}

type Step = Omit<Judgement, 'settled'>;

/** Rules 1 and 2. */
function explain(p: CounterReading, v: CounterReading, rules: CounterRules): Step | null {
  if (isPlausible(p, v, rules)) return accept(v, booking(v.raw - p.raw, null, p));
  if (v.raw < p.raw && p.raw - v.raw <= rules.jitter) {
    return accept({ t: v.t, raw: p.raw }, booking(0, 'jitter', p));
  }
  return null;
}

/** Rules 1 to 5. */
function tryFresh(p: CounterReading, v: CounterReading, rules: CounterRules, orderEventNear: boolean): Step {
  const explained = explain(p, v, rules);
  if (explained) return explained;
  const back = v.raw < p.raw;
  if (back && orderEventNear) return accept(v, booking(Math.max(0, v.raw), 'resetAtOrder', p));
  const rolled = back ? rollover(p, v, rules) : null;
  if (rolled !== null) return accept(v, booking(rolled, 'rollover', p));
  return {
    state: { accepted: p, pending: v },
    booking: back ? booking(Math.max(0, v.raw), 'pendingReset', p, true) : booking(0, 'pendingJump', p, true),
  };
}

function rollover(p: CounterReading, v: CounterReading, { modulus, maxPerSecond }: CounterRules): number | null {
  if (modulus === null || p.raw > modulus || v.raw < 0) return null;
  const counted = modulus - p.raw + v.raw;
  const plausible = maxPerSecond === null ? counted <= modulus / 2 : withinRate(counted, v.t - p.t, maxPerSecond);
  return plausible ? counted : null;
}

function accept(accepted: CounterReading, booked: CounterBooking): Step {
  return { state: { accepted, pending: null }, booking: booked };
}

function booking(
  counted: number,
  verdict: CounterVerdict | null,
  from: CounterReading | null,
  provisional = false,
): CounterBooking {
  return { counted, verdict, provisional, from };
}
