/*
 * `npm run simulate -- --seeds 1000 [--seed 42]`: random plants and days, three ways (simulation.ts). `--seed` runs that one
 * alone; `--from` begins elsewhere than at 1. Exit code 1 names the seeds that disagree.
 */
import { parseArgs } from 'node:util';
import { simulate } from './simulation.ts';

const { values } = parseArgs({
  options: { seeds: { type: 'string' }, seed: { type: 'string' }, from: { type: 'string' } },
});
const first = numberOf('--seed', values.seed) ?? numberOf('--from', values.from) ?? 1;
const count = values.seed === undefined ? (numberOf('--seeds', values.seeds) ?? 1000) : 1;
const begun = performance.now();
const failed: number[] = [];
for (let seed = first; seed < first + count; seed += 1) {
  const problems = await simulate(seed).catch((error: unknown) => [
    error instanceof Error ? `${error.stack}` : `${error}`,
  ]);
  if (problems.length > 0) {
    failed.push(seed);
    process.stdout.write(`seed ${seed} (again: npm run simulate -- --seed ${seed})\n`);
    for (const problem of problems.slice(0, 10)) process.stdout.write(`  ${problem}\n`);
    if (problems.length > 10) process.stdout.write(`  and ${problems.length - 10} more\n`);
  }
  const done = seed - first + 1;
  if (done % 50 === 0) process.stderr.write(`${done} of ${count} days, ${failed.length} disagree\n`);
}
const seconds = ((performance.now() - begun) / 1000).toFixed(1);
process.stdout.write(
  `${count} days in ${seconds} s: ${failed.length === 0 ? 'all agree' : `${failed.length} disagree`}\n`,
);
process.exitCode = failed.length === 0 ? 0 : 1;

function numberOf(name: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  process.stderr.write(`${name} takes a whole number from 1 on, not ${text}\n`);
  process.exit(2);
}
