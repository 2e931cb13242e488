import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { ReplayResult } from '#edge/replay/answer.ts';
import { differences } from './compare.ts';
import { type Day, type KnownDay, knownDays, readDay } from './day.ts';
import { runEdge } from './edge-way.ts';
import { inOrder, randomOf, withFaults } from './faults.ts';
import { cutsOf, judged, oracleFacts } from './oracle-way.ts';

/*
 * Every day three times: from facts worked out second by second; through the edge, from journal to historian, with samples in
 * order; and through the edge with samples late, out of order and twice, and the process killed in between.
 */
const DAYS = join(import.meta.dirname, 'days');
/* The worked cases lie beside the project; a checkout without them has its own days. */
const CASES = resolve(import.meta.dirname, '../../../shared/cases');
const folders = [DAYS, CASES]
  .filter((root) => existsSync(root))
  .flatMap((root) => readdirSync(root).map((name) => ({ name, folder: join(root, name) })))
  .filter(({ folder }) => existsSync(join(folder, 'samples.ndjson')));
const SEEDS = [1, 2];

interface Way {
  readonly name: string;
  readonly answers: (day: KnownDay, cuts: readonly number[]) => Promise<ReplayResult[]>;
}

const WAYS: readonly Way[] = [
  { name: 'pure functions', answers: async (day, cuts) => judged(day, oracleFacts(day, cuts)) },
  {
    name: 'the edge',
    answers: async (day, cuts) => judged(day, await runEdge({ ...day, cuts, arrivals: inOrder(day.samples) })),
  },
  ...SEEDS.map((seed) => ({
    name: `the edge with faults, seed ${seed}`,
    answers: async (day: KnownDay, cuts: readonly number[]) => {
      const random = randomOf(seed);
      const arrivals = withFaults(day.samples, random);
      const kills = [1, 2, 3].map(() => arrivals[Math.floor(random() * arrivals.length)]?.at ?? day.to);
      return judged(day, await runEdge({ ...day, cuts, arrivals, kills }));
    },
  })),
];

describe.each(folders)('$name', ({ folder }) => {
  it.each(WAYS)('through $name', async ({ answers }) => {
    const day = await readDay(folder);
    const results = await inQueryOrder(day, answers);
    expect(differences(expectedOf(folder), results, [], exactnessOf(folder))).toEqual([]);
  });
});

async function inQueryOrder(day: Day, answers: Way['answers']): Promise<ReplayResult[]> {
  const found = new Map<string, ReplayResult>();
  for (const known of knownDays(day)) {
    for (const result of await answers(known, cutsOf(known))) found.set(result.id, result);
  }
  return day.queries.flatMap(({ id }) => found.get(id) ?? []);
}

function expectedOf(folder: string): unknown {
  const yaml = join(folder, 'expected.yaml');
  const expected: unknown = existsSync(yaml)
    ? parse(readFileSync(yaml, 'utf8'))
    : JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8'));
  // What the aggregator found while it streamed is no total.
  return Array.isArray(expected) ? expected.map(({ findings, ...totals }) => totals) : expected;
}

/** Our own days are worked out to the millionth; the worked cases say how near is near enough. */
function exactnessOf(folder: string): number | undefined {
  return existsSync(join(folder, 'expected.yaml')) ? 1e-6 : undefined;
}
