import { parentPort } from 'node:worker_threads';
import { PowerCut } from './disk.ts';
import { type Outcome, simulateEdge } from './world.ts';

/* Simulates one seed after another, as it is told. A promise that nobody catches would have ended the edge: it is a problem. */
export interface SeedOutcome extends Outcome {
  readonly seed: number;
}

const unhandled: string[] = [];
process.on('unhandledRejection', (error) => {
  if (!(error instanceof PowerCut)) unhandled.push(`nobody caught: ${error instanceof Error ? error.stack : error}`);
});

parentPort?.on('message', (seed: number) => {
  void simulateEdge(seed)
    .catch((error: unknown) => ({
      problems: [`it threw: ${error instanceof Error ? error.stack : error}`],
      events: {},
      story: [],
    }))
    .then((outcome) => {
      const problems = [...outcome.problems, ...unhandled.splice(0)];
      parentPort?.postMessage({ ...outcome, seed, problems } satisfies SeedOutcome);
    });
});
