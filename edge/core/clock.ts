import type { Instant } from '#shared/time/instant.ts';

/** Time and timers as an argument, so that a test can hold them. */
export interface Clock {
  now(): Instant;
  /** Returns a function that takes the call back. */
  after(ms: number, call: () => void): () => void;
}

/** Waits for `work`, but no longer than this; leaves no timer behind. */
export async function within(clock: Clock, ms: number, work: Promise<unknown>): Promise<void> {
  let cancel: () => void = () => {};
  const late = new Promise<void>((resolve) => {
    cancel = clock.after(ms, resolve);
  });
  await Promise.race([work, late]).finally(cancel);
}
