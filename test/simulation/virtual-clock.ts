import type { Clock } from '#edge/core/clock.ts';
import type { Instant } from '#shared/time/instant.ts';

/*
 * Time that this file turns: nothing waits, everything happens in one order that the seed decides.
 *
 * - Timers run on true time, whatever the wall clock of a computer shows: `jump` moves what `now` of that clock says, as a
 *   time server or a person would, and no timer.
 * - After each instant every promise that can settle has settled.
 */
export interface VirtualTime {
  /** True time. */
  readonly now: Instant;
  at(t: Instant, call: () => void): () => void;
  runTo(t: Instant): Promise<void>;
}

interface Timer {
  readonly t: Instant;
  readonly order: number;
  readonly call: () => void;
}

export function createVirtualTime(start: Instant): VirtualTime {
  let now = start;
  let order = 0;
  let timers: Timer[] = [];
  return {
    get now() {
      return now;
    },
    at(t, call) {
      order += 1;
      const timer: Timer = { t: Math.max(t, now), order, call };
      const index = timers.findIndex((other) => other.t > timer.t);
      if (index < 0) timers.push(timer);
      else timers.splice(index, 0, timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    async runTo(end) {
      for (let next = timers[0]; next && next.t <= end; next = timers[0]) {
        timers.shift();
        now = next.t;
        next.call();
        // Those of the same instant may meet before promises settle, or not: here they do.
        if ((timers[0]?.t ?? Number.POSITIVE_INFINITY) > now) await settled();
      }
      now = Math.max(now, end);
      await settled();
    },
  };
}

const settled = () => new Promise<void>((done) => setImmediate(done));

/** The clock of one computer: true time and an offset. A dead process hears no timer. */
export function computerClock(time: VirtualTime, offset: () => number, isAlive: () => boolean): Clock {
  return {
    now: () => time.now + offset(),
    after(ms, call) {
      return time.at(time.now + Math.max(0, Math.ceil(ms / 1000) * 1000), () => {
        if (isAlive()) call();
      });
    },
  };
}
