import { parseArgs } from 'node:util';
import { fuzzModbus } from './modbus.ts';
import { fuzzJson, fuzzSparkplug } from './mqtt.ts';
import { fuzzOpcua } from './opcua.ts';
import { type Random, seeded } from './random.ts';

/*
 * Broken input for as long as you like: node test/fuzz/run.ts --minutes 10 [--seed 1]. Prints what was counted. A crash or a
 * wrong figure ends it with the seed that shows it again.
 */

export const TARGETS: Readonly<
  Record<string, (random: Random, runs: number) => Promise<ReadonlyMap<string, number>> | ReadonlyMap<string, number>>
> = {
  json: fuzzJson,
  sparkplug: fuzzSparkplug,
  'modbus-tcp': (random, runs) => fuzzModbus(random, Math.ceil(runs / 20), 'tcp'),
  'modbus-rtu': (random, runs) => fuzzModbus(random, Math.ceil(runs / 20), 'rtu'),
  opcua: fuzzOpcua,
};

const RUNS = 2000;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { minutes: { type: 'string' }, seed: { type: 'string' } } });
  const until = Date.now() + Number(values.minutes ?? 1) * 60_000;
  let seed = Number(values.seed ?? 1);
  const totals = new Map<string, Map<string, number>>();
  let rounds = 0;
  for (; Date.now() < until; seed++, rounds++) {
    for (const [name, fuzz] of Object.entries(TARGETS)) {
      try {
        const sums = totals.get(name) ?? new Map<string, number>();
        totals.set(name, sums);
        for (const [what, n] of await fuzz(seeded(seed), RUNS)) sums.set(what, (sums.get(what) ?? 0) + n);
      } catch (error) {
        console.error(`${name}: seed ${seed} (node test/fuzz/run.ts --seed ${seed})\n${(error as Error).stack}`);
        process.exitCode = 1;
        return;
      }
    }
  }
  const memory = Math.round(process.memoryUsage().rss / 1024 ** 2);
  console.log(
    `${rounds} rounds of ${RUNS} inputs each, up to seed ${seed - 1}; ${memory} MB; no crash, no wrong figure`,
  );
  for (const [name, sums] of totals) {
    console.log(
      `${name}: ${[...sums]
        .sort(([a], [b]) => a.localeCompare(b))
        .map(([what, n]) => `${what} ${n}`)
        .join(', ')}`,
    );
  }
}

if (import.meta.main) await main();
