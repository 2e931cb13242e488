import type { Instant } from '#shared/time/instant.ts';

/** Time and timers as an argument, so that a test can hold them. */
export interface Clock {
  now(): Instant;
  /** Returns a function that takes the call back. */
  after(ms: number, call: () => void): () => void;
}
