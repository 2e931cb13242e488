import type { MachineState } from '#shared/state/state.ts';
import type { Instant } from '#shared/time/instant.ts';
import { BAD, lowerBound, type QualityCode, upperBound } from './series.ts';

/** Step values in order of time, as far as the merge of state and reason needs to see them. */
export interface Steps<T> {
  readonly t: readonly Instant[];
  readonly force: readonly T[];
  /** Reasons: bad samples are passed over. */
  readonly quality?: readonly QualityCode[];
}

/**
 * State and reason of one machine merged into stretches.
 *
 * - A stretch ends where the state or the shown reason becomes another one: these are the state intervals.
 * - hold 'stop': a reason labels the non-running time from its own timestamp until the next reason or the end of the
 *   stop; one that comes while running labels nothing. hold 'value': the held code labels each stop until it changes.
 * - A reason at the very instant of a state change belongs to the state that begins there, whichever came first.
 * - A stop is the whole non-running time, `unknown` included: its reason survives unknown time, but is not shown on it.
 */
export class Stretches {
  readonly t: Instant[] = [Number.NEGATIVE_INFINITY];
  readonly state: MachineState[] = ['unknown'];
  /** Reason underneath, also where it is not shown. */
  readonly #held: (string | null)[] = [null];
  /** Start of the interval that the entry belongs to (entries that only change the held reason do not begin one). */
  readonly begin: Instant[] = [Number.NEGATIVE_INFINITY];
  readonly #holdsValue: boolean;

  constructor(hold: 'stop' | 'value') {
    this.#holdsValue = hold === 'value';
  }

  /** Index of the entry in force at `t`. */
  indexAt(t: Instant): number {
    return Math.max(0, upperBound(this.t, t) - 1);
  }

  /** Whether the start of the stop, or of the run, in force at `t` is known, and not only where the samples begin. */
  stopIsSeen(t: Instant): boolean {
    const at = this.indexAt(t);
    if (this.state[at] === 'running') return at >= 2;
    for (let i = at - 1; i >= 1; i -= 1) if (this.state[i] === 'running') return true;
    return false;
  }

  reasonOf(i: number): string | null {
    const state = this.state[i];
    return state === 'running' || state === 'unknown' ? null : (this.#held[i] as string | null);
  }

  /** Merges anew everything at or after `from`. */
  rebuild(from: Instant, states: Steps<MachineState>, reasons: Steps<string | null>): void {
    let last = this.t.length - 1;
    while (last > 0 && (this.t[last] as number) >= from) last -= 1;
    this.t.length = last + 1;
    this.state.length = last + 1;
    this.#held.length = last + 1;
    this.begin.length = last + 1;
    let s = firstAtOrAfter(states.t, from);
    let r = usable(reasons, firstAtOrAfter(reasons.t, from));
    while (s < states.t.length || r < reasons.t.length) {
      const stateT = s < states.t.length ? (states.t[s] as number) : Number.POSITIVE_INFINITY;
      const reasonT = r < reasons.t.length ? (reasons.t[r] as number) : Number.POSITIVE_INFINITY;
      const t = Math.min(stateT, reasonT);
      const top = this.t.length - 1;
      const state = stateT === t ? (states.force[s] as MachineState) : (this.state[top] as MachineState);
      const given = reasonT === t ? (reasons.force[r] as string | null) : undefined;
      if (stateT === t) s += 1;
      if (reasonT === t) r = usable(reasons, r + 1);
      this.#append(t, state, this.#heldNext(state, given, top));
    }
  }

  #heldNext(state: MachineState, given: string | null | undefined, top: number): string | null {
    const before = this.#held[top] as string | null;
    if (this.#holdsValue) return given === undefined ? before : given;
    if (state === 'running') return null;
    return given === undefined ? before : given;
  }

  #append(t: Instant, state: MachineState, held: string | null): void {
    const top = this.t.length - 1;
    if (this.state[top] === state && this.#held[top] === held) return;
    const reasonBefore = this.reasonOf(top);
    const stateBefore = this.state[top];
    this.t.push(t);
    this.state.push(state);
    this.#held.push(held);
    const begins = stateBefore !== state || this.reasonOf(top + 1) !== reasonBefore;
    this.begin.push(begins ? t : (this.begin[top] as number));
  }

  /** Keeps what is in force just before `t`, and everything after it. */
  forget(t: Instant): void {
    const keep = lowerBound(this.t, t) - 1;
    if (keep <= 0) return;
    this.t.splice(0, keep);
    this.state.splice(0, keep);
    this.#held.splice(0, keep);
    this.begin.splice(0, keep);
  }

  pack(): PackedStretch {
    return {
      t: finite(this.t[0]),
      state: this.state[0] ?? 'unknown',
      held: this.#held[0] ?? null,
      begin: finite(this.begin[0]),
    };
  }

  /** What was in force where the held samples begin. */
  startFrom(packed: PackedStretch): void {
    this.t.splice(0, this.t.length, packed.t ?? Number.NEGATIVE_INFINITY);
    this.state.splice(0, this.state.length, packed.state);
    this.#held.splice(0, this.#held.length, packed.held);
    this.begin.splice(0, this.begin.length, packed.begin ?? Number.NEGATIVE_INFINITY);
  }
}

/** Plain JSON; null stands for "since ever". */
export interface PackedStretch {
  readonly t: Instant | null;
  readonly state: MachineState;
  readonly held: string | null;
  readonly begin: Instant | null;
}

function finite(t: Instant | undefined): Instant | null {
  return t === undefined || !Number.isFinite(t) ? null : t;
}

function usable(reasons: Steps<string | null>, i: number): number {
  let at = i;
  while (at < reasons.t.length && reasons.quality?.[at] === BAD) at += 1;
  return at;
}

function firstAtOrAfter(sorted: readonly number[], t: number): number {
  // Rebuilds mostly concern the end.
  let i = sorted.length;
  while (i > 0 && (sorted[i - 1] as number) >= t) i -= 1;
  return i;
}
