import type { StateInterval } from '#shared/oee/facts.ts';
import type { MachineState } from '#shared/state/state.ts';
import type { Instant } from '#shared/time/instant.ts';
import type { Stretches } from './stretches.ts';

/** State intervals that end after `from` and begin before `to`; one that goes on at `to` has no end yet. */
export function intervalsOf(
  machine: string,
  stretches: Stretches,
  origin: Instant,
  from: Instant,
  to: Instant,
  revision: number,
): StateInterval[] {
  const intervals: StateInterval[] = [];
  for (let i = 0; i < stretches.t.length; ) {
    const begin = stretches.begin[i] as Instant;
    let next = i + 1;
    while (next < stretches.t.length && stretches.begin[next] === begin) next += 1;
    const start = Number.isFinite(begin) ? begin : origin;
    const end = next < stretches.t.length ? (stretches.t[next] as Instant) : Number.POSITIVE_INFINITY;
    if (start >= to) break;
    if (end > start && end > from) {
      intervals.push({
        machine,
        start,
        end: end <= to ? end : null,
        state: stretches.state[i] as MachineState,
        reason: stretches.reasonOf(i),
        revision,
      });
    }
    i = next;
  }
  return intervals;
}

export function voidInterval(machine: string, start: Instant): StateInterval {
  return { machine, start, end: start, state: 'unknown', reason: null, revision: 1 };
}
