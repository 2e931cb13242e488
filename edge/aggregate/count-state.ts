import type { MachineState } from '#shared/state/state.ts';
import type { Instant } from '#shared/time/instant.ts';
import type { CounterSeries } from './counter-series.ts';
import { BAD, lowerBound } from './series.ts';

/**
 * State of a machine from its counters alone.
 *
 * - Running until more than `stoppedAfterSeconds` pass without a count; the stop then begins at the last count: idle.
 * - Unknown before the first reading, and from a bad reading of the first counter until the next good one. The first
 *   reading after such a time starts the clock like a count.
 */
export class CountState {
  readonly steps: { t: Instant[]; force: MachineState[] } = { t: [], force: [] };
  /** Counts, starts of the clock, and bad readings, ascending. */
  readonly #marks: { t: Instant[]; bad: boolean[] } = { t: [], bad: [] };
  readonly #stopAfterMs: number;
  readonly #counters: readonly CounterSeries[];
  #base: CountStateBase = { state: 'unknown', lastCount: null, since: null };
  #to: Instant = Number.NEGATIVE_INFINITY;

  constructor(stoppedAfterSeconds: number, counters: readonly CounterSeries[]) {
    this.#stopAfterMs = stoppedAfterSeconds * 1000;
    this.#counters = counters;
  }

  /** Derives anew what follows from readings at or after `from`. Returns where the state may have changed, or null. */
  rederive(from: Instant): Instant | null {
    const { t, bad } = this.#marks;
    const keep = lowerBound(t, from);
    t.length = keep;
    bad.length = keep;
    // Counters may hold readings from before, for the sake of a pending one.
    this.#markFrom(Math.max(from, this.#base.since ?? from));
    return this.#deriveFrom(keep);
  }

  /** Time has come to `to`. */
  advance(to: Instant): Instant | null {
    this.#to = to;
    const last = this.#marks.t.length - 1;
    const open = last >= 0 ? this.#openAt(last) : this.#base.lastCount;
    if (open === null || to - open <= this.#stopAfterMs) return null;
    const top = this.steps.t.length - 1;
    if (top >= 0 && this.steps.force[top] === 'idle' && this.steps.t[top] === open) return null;
    if (top < 0 && this.#base.state === 'idle') return null;
    return this.#push(open, 'idle');
  }

  /** Earliest instant whose state a reading at `t` may change: it may undo, or bring about, a stop since the last count. */
  reach(t: Instant): Instant {
    const after = lowerBound(this.#marks.t, t);
    const last = after > 0 ? this.#openAt(after - 1) : this.#base.lastCount;
    return last === null || t - last > this.#stopAfterMs ? t : last;
  }

  #openAt(i: number): Instant | null {
    return this.#marks.bad[i] ? null : (this.#marks.t[i] as number);
  }

  /** Goes through the readings of all counters in order of time. */
  #markFrom(from: Instant): void {
    const at = this.#counters.map((c) => c.firstFrom(from));
    let known = this.#marks.t.length > 0 ? !this.#marks.bad[this.#marks.t.length - 1] : this.#base.lastCount !== null;
    while (true) {
      let t = Number.POSITIVE_INFINITY;
      for (const [k, c] of this.#counters.entries()) {
        const i = at[k] as number;
        if (i < c.length) t = Math.min(t, c.timeAt(i));
      }
      if (t === Number.POSITIVE_INFINITY) return;
      let counts = false;
      let bad = false;
      for (const [k, c] of this.#counters.entries()) {
        const i = at[k] as number;
        if (i >= c.length || c.timeAt(i) !== t) continue;
        at[k] = i + 1;
        if (c.quality[i] !== BAD) counts ||= (c.counted[i] as number) > 0 || (k === 0 && !known);
        else if (k === 0) bad = true;
      }
      if (counts) this.#mark(t, false);
      else if (bad && known) this.#mark(t, true);
      if (counts || bad) known = counts;
    }
  }

  #mark(t: Instant, bad: boolean): void {
    this.#marks.t.push(t);
    this.#marks.bad.push(bad);
  }

  #deriveFrom(keep: number): Instant | null {
    const { t, bad } = this.#marks;
    // The state up to the mark before `keep` stands; what that mark began depends on what follows.
    const safe = keep > 0 ? (t[keep - 1] as number) : (this.#base.lastCount ?? Number.NEGATIVE_INFINITY);
    let earliest: Instant | null = null;
    while (this.steps.t.length > 0 && (this.steps.t[this.steps.t.length - 1] as number) >= safe) {
      earliest = this.steps.t.pop() ?? null;
      this.steps.force.pop();
    }
    const note = (at: Instant | null) => {
      if (at !== null) earliest = earliest === null ? at : Math.min(earliest, at);
    };
    let open = keep > 1 ? this.#openAt(keep - 2) : this.#base.lastCount;
    for (let i = Math.max(0, keep - 1); i < t.length; i += 1) {
      const at = t[i] as number;
      if (open !== null && at - open > this.#stopAfterMs) note(this.#push(open, 'idle'));
      note(this.#push(at, bad[i] ? 'unknown' : 'running'));
      open = this.#openAt(i);
    }
    note(this.advance(this.#to));
    return earliest;
  }

  #push(at: Instant, state: MachineState): Instant | null {
    const { t, force } = this.steps;
    let top = t.length - 1;
    const replaces = top >= 0 && t[top] === at;
    if (replaces) {
      t.pop();
      force.pop();
      top -= 1;
    }
    const before = top >= 0 ? force[top] : this.#base.state;
    if (before === state) return replaces ? at : null;
    t.push(at);
    force.push(state);
    return at;
  }

  /** Forgets what lies before `t`; the last count before it and the state there are kept. */
  forget(t: Instant): void {
    const steps = lowerBound(this.steps.t, t);
    const marks = lowerBound(this.#marks.t, t);
    const state = steps > 0 ? (this.steps.force[steps - 1] as MachineState) : this.#base.state;
    this.#base = { state, lastCount: marks > 0 ? this.#openAt(marks - 1) : this.#base.lastCount, since: t };
    this.steps.t.splice(0, steps);
    this.steps.force.splice(0, steps);
    this.#marks.t.splice(0, marks);
    this.#marks.bad.splice(0, marks);
  }

  get base(): CountStateBase {
    return this.#base;
  }

  startFrom(base: CountStateBase): void {
    this.#base = base;
  }
}

/** Plain JSON. */
export interface CountStateBase {
  readonly state: MachineState;
  /** Null where the state is unknown. */
  readonly lastCount: Instant | null;
  /** Readings before it are dealt with; null: none are. */
  readonly since: Instant | null;
}
