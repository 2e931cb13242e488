import type { Clock } from '#edge/core/clock.ts';
import { createSkewMeter, SKEW_SHIFT_MS, SKEW_WARNING_MS } from '#edge/core/skew.ts';
import type { Reading } from '#edge/core/source.ts';
import { type Instant, MINUTE, SECOND } from '#shared/time/instant.ts';

/*
 * A source whose clock is wrong. Up to two minutes it is told; beyond, the whole source is shifted (RULES section 6).
 *
 * - One offset for the whole source, live, buffered and late readings alike. It changes only when the readings agree that the
 *   clock is another, and each change is told, so that the journal has it.
 * - A live reading further off than two minutes, or any that lies so far ahead of us, waits until the readings agree or the
 *   wait is over: a queue that empties after an outage looks the same at first. Nothing waits for what looks right.
 * - What waits is on the disk meanwhile, and waits again after a restart.
 */

/** What waits is written down, but no figure has it yet, so it does not wait for long. */
const LONGEST_WAIT_MS = 2 * MINUTE;
const MOST_HELD = 20_000;

/** A reading in our time, and what the source's own clock said where that is another. */
export interface Placed {
  readonly reading: Reading;
  readonly sourceTime: Instant | null;
  /** Its number among the readings that were kept while they waited; null where it did not wait, or the disk refused it. */
  readonly kept: number | null;
}

export interface SourceClockDeps {
  readonly clock: Clock;
  /** Source time minus ours that was in force when this process began; 0 where none was. */
  readonly offsetMs: number;
  /** The offset is another from now on. */
  changed(offsetMs: number): void;
  /** Writes down readings that wait; their numbers, or null for each where that failed. */
  keep(readings: readonly Reading[]): readonly (number | null)[];
  /** What waited when the process before this one ended. */
  readonly keptBefore?: readonly { readonly id: number; readonly reading: Reading }[];
  /** Readings that waited. */
  release(placed: readonly Placed[]): void;
}

export interface SourceClock {
  /** `live`: it was sent when it changed; the first value after a connection may be as old as it likes. */
  place(batch: readonly { readonly reading: Reading; readonly live: boolean }[]): Placed[];
  /** What the source's clock shows when ours shows `t`, after the shift. */
  atSource(t: Instant): Instant;
  /** What people should know about the clock, as a sentence; null while it is right. */
  trouble(source: string): string | null;
  /** What waits is released: the source is being closed. */
  close(): void;
}

interface Held {
  readonly reading: Reading;
  readonly kept: number | null;
}

export function createSourceClock(deps: SourceClockDeps): SourceClock {
  const { clock, offsetMs, changed, release } = deps;
  const skew = createSkewMeter();
  let inForce = offsetMs;
  let held: Held[] = [];
  let cancelWait: (() => void) | null = null;

  const isFar = (t: Instant, ours: Instant) => Math.abs(t - inForce - ours) > SKEW_SHIFT_MS;
  const isAhead = (t: Instant, ours: Instant) => t - inForce - ours > SKEW_SHIFT_MS;

  function shifted(reading: Reading, kept: number | null = null): Placed {
    if (inForce === 0) return { reading, sourceTime: null, kept };
    return { reading: { ...reading, t: reading.t - inForce }, sourceTime: reading.t, kept };
  }

  /** True where another offset is in force now. */
  function decide(): boolean {
    const steady = skew.steadyMs();
    if (steady === null) return false;
    const next = Math.abs(steady) > SKEW_SHIFT_MS ? steady : 0;
    if (next === inForce || (next !== 0 && Math.abs(next - inForce) <= SKEW_WARNING_MS)) return false;
    inForce = next;
    changed(inForce);
    return true;
  }

  function letGo(): Placed[] {
    cancelWait?.();
    cancelWait = null;
    const waited = held;
    held = [];
    return waited.map(({ reading, kept }) => shifted(reading, kept));
  }

  function releaseAll(): void {
    const waited = letGo();
    if (waited.length > 0) release(waited);
  }

  function hold(waiting: readonly Held[]): void {
    if (waiting.length === 0) return;
    held.push(...waiting);
    if (held.length > MOST_HELD) releaseAll();
    else cancelWait ??= clock.after(LONGEST_WAIT_MS, releaseAll);
  }

  // They are of an earlier contact: no first value of this one.
  hold((deps.keptBefore ?? []).map(({ id, reading }) => ({ reading: { ...reading, recorded: true }, kept: id })));

  return {
    place(batch) {
      const newest = new Map<Instant, Instant>();
      for (const { reading, live } of batch) {
        if (live) newest.set(reading.received, Math.max(newest.get(reading.received) ?? reading.t, reading.t));
      }
      for (const [received, t] of newest) skew.observe(t, received);
      const placed = decide() ? letGo() : [];
      // Nothing waits any more once the newest reading agrees with the offset in force: what waited was in a queue.
      const latest = skew.latestMs();
      const isSettled = latest !== null && Math.abs(latest - inForce) <= SKEW_SHIFT_MS;
      if (isSettled && held.length > 0) placed.push(...letGo());
      const doubtful: Reading[] = [];
      for (const { reading, live } of batch) {
        const { t, received } = reading;
        const isDoubtful = isAhead(t, received) || (live && !isSettled && isFar(t, received));
        if (isDoubtful) doubtful.push(reading);
        else placed.push(shifted(reading));
      }
      if (doubtful.length > 0) {
        const kept = deps.keep(doubtful);
        hold(doubtful.map((reading, n) => ({ reading, kept: kept[n] ?? null })));
      }
      return placed;
    },
    atSource: (t) => t + (skew.medianMs() ?? inForce) - inForce,
    trouble(source) {
      const median = skew.medianMs() ?? inForce;
      const off = inForce === 0 ? median : inForce;
      if (Math.abs(off) <= SKEW_WARNING_MS) return null;
      const which = `its clock is ${Math.round(Math.abs(off) / SECOND)} s ${off > 0 ? 'ahead of' : 'behind'} ours`;
      return inForce === 0
        ? `${source}: ${which}; set it, or times and shifts will not match`
        : `${source}: ${which}; all its times are shifted by that until it is set right`;
    },
    close: releaseAll,
  };
}
