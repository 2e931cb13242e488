/*
 * A screen that slept, was frozen, or whose clock was set: the link may be dead without either end knowing, and the monotonic
 * clock may have stood still meanwhile. Both clocks are compared with themselves only; no age is ever told by the wall clock.
 */
const CHECK_MS = 1_000;
/** Timers of a page in the background come once a minute, which is no sleep. */
const FROZEN_MS = 75_000;
const JUMP_MS = 5_000;

export interface Clocks {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

/** Whether the page slept, hung, or had its clock set between two readings. */
export function hasJumped(before: Clocks, now: Clocks): boolean {
  const wall = now.wallMs - before.wallMs;
  const monotonic = now.monotonicMs - before.monotonicMs;
  return Math.abs(wall - monotonic) > JUMP_MS || monotonic > FROZEN_MS;
}

export function onWake(wake: () => void): void {
  const read = (): Clocks => ({ wallMs: Date.now(), monotonicMs: performance.now() });
  let last = read();
  const check = (): void => {
    const now = read();
    if (hasJumped(last, now)) wake();
    last = now;
  };
  setInterval(check, CHECK_MS);
  document.addEventListener('visibilitychange', check);
  document.addEventListener('resume', check);
}
