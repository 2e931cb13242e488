/** Delays between attempts: doubling from `firstMs` to `mostMs`, each up to a fifth shorter or longer, so that many edges do not knock in step. */
export interface Backoff {
  next(): number;
  reset(): void;
}

export function createBackoff(options: { firstMs: number; mostMs: number; random: () => number }): Backoff {
  let delayMs = options.firstMs;
  return {
    next() {
      const jittered = delayMs * (0.8 + 0.4 * options.random());
      delayMs = Math.min(options.mostMs, delayMs * 2);
      return Math.round(jittered);
    },
    reset() {
      delayMs = options.firstMs;
    },
  };
}
