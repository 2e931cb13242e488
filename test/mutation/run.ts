/*
 * `node test/mutation/run.ts`: how many small mistakes in the rooms that decide figures would a test notice? See docs/mutation.md.
 */
import { writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type RoomResult, tryRoom } from './room.ts';
import { scoreOf, survivorsOf } from './score.ts';
import { copyTree } from './tree.ts';

const ROOMS = ['shared/oee', 'shared/signal', 'shared/energy'];
const GOAL = 0.85;

const HELP = `node test/mutation/run.ts [--room shared/oee]... [--file part] [--seed n] [--sample n] [--json file]
  --room    rooms to change (default: ${ROOMS.join(', ')})
  --file    only files whose path contains this
  --seed    picks the sample and the examples of properties (default 1)
  --sample  at most so many mutants in each room (default: all)
  --json    writes every verdict to a file
Exit code 1 when a room stays below ${GOAL * 100} %.`;

const percent = (ratio: number) => `${(ratio * 100).toFixed(1)} %`;

function wholeNumber(name: string, text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  process.stderr.write(`--${name} takes a whole number, not "${text}"\n${HELP}\n`);
  process.exit(2);
}

function options() {
  try {
    return parseArgs({
      options: {
        room: { type: 'string', multiple: true },
        file: { type: 'string' },
        seed: { type: 'string', default: '1' },
        sample: { type: 'string' },
        json: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n${HELP}\n`);
    process.exit(2);
  }
}

function print(result: RoomResult, tree: string): boolean {
  const survivors = survivorsOf(result, tree);
  const total = scoreOf(result.verdicts, survivors, result.all);
  for (const line of result.unusable) console.log(`not used: ${line}`);
  const files = [...new Set(result.verdicts.map((v) => v.mutant.file))];
  for (const file of files) {
    const own = result.verdicts.filter((v) => v.mutant.file === file);
    const alive = survivors.filter((s) => s.verdict.mutant.file === file);
    const { tried, killed, adjusted } = scoreOf(own, alive, own.length);
    console.log(`${file}: ${killed}/${tried} (${percent(adjusted)})`);
    for (const { verdict, lineText, equivalent } of alive) {
      const { line, original, replacement, operator } = verdict.mutant;
      const what = equivalent ?? (verdict.outcome === 'unreached' ? 'NO TEST PASSES HERE' : 'SURVIVED');
      const short = (text: string) => text.replace(/\s+/g, ' ').slice(0, 110);
      console.log(`  ${line}: ${operator}: ${short(original)} -> ${short(replacement) || '(nothing)'}   [${what}]`);
      console.log(`      ${short(lineText)}`);
    }
  }
  const { tried, killed, hung, unreached, equivalent, raw, adjusted, low, high } = total;
  const interval = tried < result.all ? `, 95 % interval ${percent(low)} to ${percent(high)}` : '';
  console.log(
    `${result.room}: ${killed} of ${tried} killed (${hung} by hanging), ${unreached} unreached, ${equivalent} equivalent; ` +
      `${percent(raw)} of all tried, ${percent(adjusted)} without the equivalent${interval}; ${result.all} mutants in the room\n`,
  );
  return adjusted >= GOAL;
}

const given = options();
if (given.help) {
  console.log(HELP);
  process.exit(0);
}
setPriority(19);
const tree = await copyTree(resolve(import.meta.dirname, '../..'));
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    tree.remove();
    process.exit(1);
  });
}
const began = performance.now();
const progress = (text: string) =>
  process.stderr.write(`${String(Math.round((performance.now() - began) / 1000)).padStart(5)} s  ${text}\n`);
let reached = true;
const results: RoomResult[] = [];
try {
  for (const room of given.room ?? ROOMS) {
    const result = await tryRoom({
      tree,
      room,
      seed: wholeNumber('seed', given.seed),
      sample: given.sample === undefined ? null : wholeNumber('sample', given.sample),
      only: given.file ?? null,
      progress,
    });
    results.push(result);
    if (!print(result, tree.path)) reached = false;
  }
} finally {
  tree.remove();
}
if (given.json !== undefined) writeFileSync(given.json, `${JSON.stringify(results, null, 1)}\n`);
process.exit(reached ? 0 : 1);
