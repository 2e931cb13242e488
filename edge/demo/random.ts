/*
 * The demo's own random numbers (mulberry32). The whole generator is one 32-bit number that its owner keeps, so that a
 * snapshot of the owner is a snapshot of the generator, and one machine's luck never shifts another's.
 */

export interface RandomOwner {
  /** 32-bit state. */
  random: number;
}

/** The next number in [0, 1). */
export function draw(owner: RandomOwner): number {
  owner.random = (owner.random + 0x6d2b79f5) | 0;
  let t = Math.imul(owner.random ^ (owner.random >>> 15), 1 | owner.random);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}

export function drawBetween(owner: RandomOwner, low: number, high: number): number {
  return low + (high - low) * draw(owner);
}

/** Exponential waiting time with the given mean. */
export function drawExponential(owner: RandomOwner, mean: number): number {
  return -Math.log(1 - draw(owner)) * mean;
}

/** Many short ones, few long ones: `low` plus an Erlang-2 tail, never above `high`. */
export function drawDuration(owner: RandomOwner, low: number, mean: number, high: number): number {
  const half = Math.max(0, mean - low) / 2;
  return Math.min(high, low + drawExponential(owner, half) + drawExponential(owner, half));
}

/** A number in [0, 1) that depends on its arguments alone. */
export function hashUnit(seed: number, text: string, index = 0): number {
  const owner = { random: hashSeed(seed, text) ^ Math.imul(index + 1, 0x9e3779b1) };
  draw(owner);
  return draw(owner);
}

/** A 32-bit generator state for one named owner (FNV-1a over the name, mixed with the seed). */
export function hashSeed(seed: number, text: string): number {
  let h = 0x811c9dc5 ^ seed;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h | 0;
}
