import type { Sample } from '#shared/signal/sample.ts';
import { HOUR, type Instant, MINUTE, SECOND } from '#shared/time/instant.ts';
import type { Arrival } from './edge-way.ts';

/** A number in [0, 1), the same sequence for the same seed. */
export type Random = () => number;

export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function pick<T>(random: Random, items: readonly T[]): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new RangeError('nothing to pick from');
  return item;
}

/** As they were recorded: each at its own time. */
export function inOrder(samples: readonly Sample[]): Arrival[] {
  return samples.map((sample) => ({ at: sample.t, sample })).sort((a, b) => a.at - b.at);
}

/**
 * As a bad network brings them: most within seconds, some after minutes or an hour, some twice. Where two samples are about
 * the same thing (a signal at an instant, or an id) and so only their order tells which counts, they keep it.
 */
export function withFaults(samples: readonly Sample[], random: Random): Arrival[] {
  const arrivals: Arrival[] = [];
  const latest = new Map<string, Instant>();
  for (const sample of samples) {
    const names = [`${sample.signal} ${sample.t}`, ...(sample.id === undefined ? [] : [`id ${sample.id}`])];
    const at = Math.max(sample.t + delayOf(random), ...names.map((name) => (latest.get(name) ?? 0) + 1));
    for (const name of names) latest.set(name, at);
    const arrived = { ...sample, received: at };
    arrivals.push({ at, sample: arrived });
    if (random() < 0.15) arrivals.push({ at: at + delayOf(random), sample: arrived });
  }
  return arrivals.sort((a, b) => a.at - b.at);
}

function delayOf(random: Random): number {
  const kind = random();
  if (kind < 0.6) return Math.floor(random() * 2 * SECOND);
  if (kind < 0.9) return Math.floor(random() * 10 * MINUTE);
  return Math.floor(random() * 2 * HOUR);
}
