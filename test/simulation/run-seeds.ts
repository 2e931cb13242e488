import { Worker } from 'node:worker_threads';
import type { SeedOutcome } from './worker.ts';

export interface Summary {
  readonly failed: readonly SeedOutcome[];
  /** How often each kind of fault was met, over all seeds. */
  readonly events: Readonly<Record<string, number>>;
  readonly seconds: number;
}

/** Every seed on one of `threads`, in no particular order. */
export async function runSeeds(
  seeds: readonly number[],
  threads: number,
  progress: (done: number, failed: number) => void = () => {},
): Promise<Summary> {
  const begun = performance.now();
  const failed: SeedOutcome[] = [];
  const events: Record<string, number> = {};
  const waiting = [...seeds].reverse();
  let done = 0;
  function take(outcome: SeedOutcome): void {
    done += 1;
    if (outcome.problems.length > 0) failed.push(outcome);
    for (const [event, times] of Object.entries(outcome.events)) events[event] = (events[event] ?? 0) + times;
    progress(done, failed.length);
  }
  await Promise.all(Array.from({ length: Math.min(threads, seeds.length) }, () => work()));

  function work(): Promise<void> {
    return new Promise((resolve, reject) => {
      const worker = new Worker(new URL('./worker.ts', import.meta.url));
      const next = (): void => {
        const seed = waiting.pop();
        if (seed === undefined) void worker.terminate().then(() => resolve());
        else worker.postMessage(seed);
      };
      worker.on('message', (outcome: SeedOutcome) => {
        take(outcome);
        next();
      });
      worker.on('error', reject);
      next();
    });
  }
  failed.sort((a, b) => a.seed - b.seed);
  return { failed, events, seconds: (performance.now() - begun) / 1000 };
}
