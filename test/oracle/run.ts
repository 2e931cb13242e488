/*
 * `npm run oracle -- [--days 20000] [--seed 42]`: judgement against the second by second model on more random days than the
 * tests take, or on the days of one seed again. Exit code 1 where they differ; what differed is printed with its seed.
 */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const OPTIONS = { days: { type: 'string', default: '20000' }, seed: { type: 'string' } } as const;

function wholeNumber(name: string, text: string): string {
  if (/^-?\d{1,9}$/.test(text)) return text;
  process.stderr.write(`--${name}: "${text}" is not a whole number; write --${name} 42\n`);
  process.exit(2);
}

const { days, seed } = parseArgs({ options: OPTIONS }).values;
const env = {
  ...process.env,
  ORACLE_DAYS: wholeNumber('days', days),
  ...(seed !== undefined && { ORACLE_SEED: wholeNumber('seed', seed) }),
};
const { status } = spawnSync('vitest', ['run', '--project', 'properties', 'test/oracle/oee.test.ts'], {
  stdio: 'inherit',
  env,
});
process.exit(status ?? 1);
