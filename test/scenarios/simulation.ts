import type { ReplayResult } from '#edge/replay/answer.ts';
import { differences } from './compare.ts';
import { type KnownDay, knownDays } from './day.ts';
import { runEdge } from './edge-way.ts';
import { inOrder, randomOf, withFaults } from './faults.ts';
import { cutsOf, judged, oracleFacts } from './oracle-way.ts';
import { randomDay } from './random-day.ts';

const EXACT = 1e-6;

/** What is wrong with one random day, as sentences; empty when all three ways agree. The same seed is the same day. */
export async function simulate(seed: number): Promise<string[]> {
  const day = randomDay(seed);
  const problems: string[] = [];
  for (const known of knownDays(day)) {
    const cuts = cutsOf(known);
    const truth = totals(judged(known, oracleFacts(known, cuts)));
    const compare = async (way: string, facts: ReturnType<typeof runEdge>) => {
      for (const problem of differences(truth, totals(judged(known, await facts)), [], EXACT)) {
        problems.push(`${way}: ${problem}`);
      }
    };
    await compare('in order', runEdge({ ...known, cuts, arrivals: inOrder(known.samples) }));
    await compare('with faults', runEdge({ ...known, cuts, ...faultsOf(known, seed) }));
  }
  return problems;
}

function faultsOf({ samples, to }: KnownDay, seed: number) {
  const random = randomOf(seed ^ 0x5eed);
  const arrivals = withFaults(samples, random);
  const kills = Array.from({ length: Math.floor(random() * 4) }, () => pickTime(arrivals, random) ?? to);
  return { arrivals, kills };
}

function pickTime(arrivals: readonly { readonly at: number }[], random: () => number): number | undefined {
  return arrivals[Math.floor(random() * arrivals.length)]?.at;
}

/** By id, without what the aggregator found while it streamed: that is no total. */
function totals(results: readonly ReplayResult[]): unknown {
  return Object.fromEntries(results.map(({ findings, ...rest }) => [rest.id, rest]));
}
