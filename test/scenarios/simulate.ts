/*
 * `npm run simulate -- --seeds 1000 [--seed 42]`: the edge in a world that goes wrong (test/simulation). `--seed` runs that
 * one alone and tells its story; `--from` begins elsewhere than at 1. With `--days`: random plants and days three ways
 * (simulation.ts). Exit code 1 names the seeds that disagree.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { runSeeds } from '../simulation/run-seeds.ts';
import { simulate } from './simulation.ts';

const MOST_SHOWN = 10;

const { values } = parseArgs({
  options: { seeds: { type: 'string' }, seed: { type: 'string' }, from: { type: 'string' }, days: { type: 'boolean' } },
});
const first = numberOf('--seed', values.seed) ?? numberOf('--from', values.from) ?? 1;
const count = values.seed === undefined ? (numberOf('--seeds', values.seeds) ?? 1000) : 1;
const seeds = Array.from({ length: count }, (_, n) => first + n);
const failures = values.days ? await days() : await worlds();
process.exitCode = failures === 0 ? 0 : 1;

async function worlds(): Promise<number> {
  const { failed, events, seconds } = await runSeeds(seeds, availableParallelism(), tellProgress);
  for (const { seed, problems, story } of failed) {
    tell(seed, problems, '');
    if (count === 1) for (const line of story) process.stdout.write(`    ${line}\n`);
  }
  for (const [event, times] of Object.entries(events).sort()) process.stdout.write(`${event}: ${times}\n`);
  return conclude(failed.length, seconds);
}

async function days(): Promise<number> {
  const begun = performance.now();
  let failed = 0;
  for (const seed of seeds) {
    const problems = await simulate(seed).catch((error: unknown) => [
      error instanceof Error ? `${error.stack}` : `${error}`,
    ]);
    if (problems.length > 0) {
      failed += 1;
      tell(seed, problems, ' --days');
    }
    tellProgress(seed - first + 1, failed);
  }
  return conclude(failed, (performance.now() - begun) / 1000);
}

function tell(seed: number, problems: readonly string[], how: string): void {
  process.stdout.write(`seed ${seed} (again: npm run simulate -- --seed ${seed}${how})\n`);
  for (const problem of problems.slice(0, MOST_SHOWN)) process.stdout.write(`  ${problem}\n`);
  if (problems.length > MOST_SHOWN) process.stdout.write(`  and ${problems.length - MOST_SHOWN} more\n`);
}

function tellProgress(done: number, failed: number): void {
  if (done % 100 === 0) process.stderr.write(`${done} of ${count} seeds, ${failed} disagree\n`);
}

function conclude(failed: number, seconds: number): number {
  const verdict = failed === 0 ? 'all agree' : `${failed} disagree`;
  process.stdout.write(`${count} seeds in ${seconds.toFixed(1)} s: ${verdict}\n`);
  return failed;
}

function numberOf(name: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  process.stderr.write(`${name} takes a whole number from 1 on, not ${text}\n`);
  process.exit(2);
}
