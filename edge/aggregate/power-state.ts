import type { MachineState } from '#shared/state/state.ts';
import type { Instant } from '#shared/time/instant.ts';
import { BAD, type QualityCode, Series } from './series.ts';

export interface PowerThresholds {
  readonly runningAboveWatts: number;
  readonly idleAboveWatts: number;
  readonly holdSeconds: number;
}

/**
 * State of a machine from the power that it draws.
 *
 * - A power reading holds until the next one. Above `runningAboveWatts` is running, above `idleAboveWatts` idle, else off.
 * - The state changes only after the new level has held for `holdSeconds`, and then from the start of the hold.
 * - A bad reading makes the state unknown at once, until a level has held again.
 */
export class PowerState extends Series<number> {
  /** The derived steps; `by` is the ordinal of the reading that brought each about (past the last: only time did). */
  readonly steps: { t: Instant[]; force: MachineState[]; by: number[] } = { t: [], force: [], by: [] };
  /** After each reading: the state, and the level that has not held for long enough yet. */
  readonly #state: MachineState[] = [];
  readonly #level: (MachineState | null)[] = [];
  readonly #since: Instant[] = [];
  #base: PowerStateBase = { state: 'unknown', level: null, since: 0 };
  readonly #thresholds: PowerThresholds;
  readonly #scale: number;

  /** How far time has come. */
  #to: Instant = Number.NEGATIVE_INFINITY;

  /** `scale`: raw units to watts. */
  constructor(thresholds: PowerThresholds, scale: number) {
    super();
    this.#thresholds = thresholds;
    this.#scale = scale;
  }

  /** Raw reading at `t`. Returns the instant from which the state may be another one, or null. */
  read(t: Instant, raw: number, quality: QualityCode, received: Instant): Instant | null {
    const i = this.put(t, raw, quality, received);
    if (i < 0) return null;
    if (this.inserted) {
      this.#state.splice(i, 0, 'unknown');
      this.#level.splice(i, 0, null);
      this.#since.splice(i, 0, 0);
    }
    return this.#deriveFrom(i);
  }

  /** The last reading holds until `to`. */
  advance(to: Instant): Instant | null {
    this.#to = Math.max(this.#to, to);
    const n = this.length;
    const after = this.#after(n - 1);
    if (after.level === null || to - after.since < this.#thresholds.holdSeconds * 1000) return null;
    if (this.#hasTimeStep()) return null;
    return this.#step(after.since, after.level, n + this.dropped);
  }

  #deriveFrom(i: number): Instant | null {
    const ordinal = i + this.dropped;
    let earliest: Instant | null = null;
    const { t, force, by } = this.steps;
    while (by.length > 0 && (by[by.length - 1] as number) >= ordinal) {
      earliest = t.pop() ?? null;
      force.pop();
      by.pop();
    }
    const holdMs = this.#thresholds.holdSeconds * 1000;
    let { state, level, since } = this.#after(i - 1);
    for (let j = i; j < this.length; j += 1) {
      const at = this.timeAt(j);
      const commit = (from: Instant, to: MachineState) => {
        state = to;
        level = null;
        earliest = least(earliest, this.#step(from, to, j + this.dropped));
      };
      if (level !== null && at - since >= holdMs) commit(since, level);
      if (this.quality[j] === BAD) {
        if (state !== 'unknown') commit(at, 'unknown');
        level = null;
      } else {
        const now = this.#levelOf(this.valueAt(j) * this.#scale);
        if (now === state) level = null;
        else if (now !== level) {
          level = now;
          since = at;
        }
        if (level !== null && holdMs <= 0) commit(since, level);
      }
      this.#state[j] = state;
      this.#level[j] = level;
      this.#since[j] = since;
    }
    // What time had decided before, it decides again.
    const decided = this.advance(this.#to);
    return decided === null ? earliest : least(earliest, decided);
  }

  #levelOf(watts: number): MachineState {
    if (watts > this.#thresholds.runningAboveWatts) return 'running';
    return watts > this.#thresholds.idleAboveWatts ? 'idle' : 'off';
  }

  #step(t: Instant, state: MachineState, by: number): Instant {
    this.steps.t.push(t);
    this.steps.force.push(state);
    this.steps.by.push(by);
    return t;
  }

  #hasTimeStep(): boolean {
    const { by } = this.steps;
    return by.length > 0 && (by[by.length - 1] as number) >= this.length + this.dropped;
  }

  #after(i: number): PowerStateBase {
    if (i < 0) return this.#base;
    return {
      state: this.#state[i] ?? 'unknown',
      level: this.#level[i] ?? null,
      since: this.#since[i] ?? 0,
    };
  }

  /** Since when a level has been held, just before `t`, that may yet become the state from then on. */
  undecidedBefore(t: Instant): Instant | null {
    const { level, since } = this.#after(this.firstFrom(t) - 1);
    return level === null || t - since >= this.#thresholds.holdSeconds * 1000 ? null : since;
  }

  /** Forgets readings before `t`. */
  forget(t: Instant): void {
    const count = this.firstFrom(t);
    this.since = Math.max(this.since, t);
    if (count > 0) {
      this.#base = this.#after(count - 1);
      this.dropFirst(count);
      this.#state.splice(0, count);
      this.#level.splice(0, count);
      this.#since.splice(0, count);
    }
    const { t: times, force, by } = this.steps;
    let old = 0;
    while (old < times.length && (times[old] as number) < t && (by[old] as number) < this.dropped) old += 1;
    times.splice(0, old);
    force.splice(0, old);
    by.splice(0, old);
  }

  get base(): PowerStateBase {
    return this.#base;
  }

  startFrom(base: PowerStateBase): void {
    this.#base = base;
  }
}

/** Plain JSON. */
export interface PowerStateBase {
  readonly state: MachineState;
  readonly level: MachineState | null;
  readonly since: Instant;
}

function least(a: Instant | null, b: Instant): Instant {
  return a === null ? b : Math.min(a, b);
}
