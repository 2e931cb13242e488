/*
 * `npm run faults -- --rounds 50 [--seed 7] [--check-every 10]`: the whole product with a real influxd and a real mosquitto,
 * and kill -9 of one of the five at random: edge, api, influxd, mosquitto, and the plant with its OPC UA and Modbus servers.
 * Each stays dead for up to six seconds and comes back. After some rounds, and at the end, pieces and kWh since the beginning
 * must be what the plant's own counters say, at a whole minute around which all are well: what is made while a counter cannot
 * be read is booked when it can. Exit code 1 tells what differs. Ctrl-C ends it and leaves nothing behind.
 */
import { parseArgs } from 'node:util';
import { pick, randomOf } from '../scenarios/faults.ts';
import { type Influxd, startInfluxd } from '../servers/influxd.ts';
import { type Linewatt, startLinewatt, until } from '../servers/linewatt.ts';
import { type Mosquitto, startMosquitto } from '../servers/mosquitto.ts';
import { plantTruth } from '../servers/plant-truth.ts';
import { registersAt } from '../servers/registers.ts';
import { zoneWhereItIs } from '../servers/site-zone.ts';
import { totalsThatDiffer } from './totals.ts';

const MINUTE = 60_000;
const VICTIMS = ['edge', 'api', 'demo', 'influxd', 'mosquitto'] as const;
type Victim = (typeof VICTIMS)[number];
const LONGEST_DEAD_MS = 6000;
const LEAST_CALM_MS = 500;
const LONGEST_CALM_MS = 2500;
const BACK_WITHIN_MS = 150_000;

const { values } = parseArgs({
  options: { rounds: { type: 'string' }, seed: { type: 'string' }, 'check-every': { type: 'string' } },
});
const rounds = numberOf('--rounds', values.rounds, 50);
const seed = numberOf('--seed', values.seed, 1 + (Date.now() % 100_000));
const checkEvery = numberOf('--check-every', values['check-every'], 10);
const random = randomOf(seed);

interface Servers {
  readonly plant: Linewatt;
  readonly influxd: Influxd;
  readonly mosquitto: Mosquitto;
}

const from = Math.floor(Date.now() / MINUTE) * MINUTE;
const begun = performance.now();
const asked = new Promise<boolean>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      tell('asked to stop: this run proves nothing');
      resolve(false);
    });
  }
});
let isWell = false;
const [influxd, mosquitto] = await Promise.all([startInfluxd(), startMosquitto()]);
let plant: Linewatt | null = null;
try {
  plant = await startLinewatt({
    args: ['--historian', `${influxd.url}/linewatt`, '--broker', mosquitto.url],
    historyDays: 1,
    timezone: zoneWhereItIs('07:30', new Date()),
  });
  isWell = await Promise.race([run({ plant, influxd, mosquitto }), asked]);
} catch (error) {
  tell(`${error instanceof Error ? error.stack : error}\n${plant?.log().slice(-4000) ?? ''}`);
} finally {
  // Stopped with SIGSTOP while one of its children lay dead, it would not hear that it shall end.
  plant?.resume();
  await plant?.dispose();
  await Promise.all([influxd.stop(), mosquitto.stop()]);
}
process.exit(isWell ? 0 : 1);

async function run(servers: Servers): Promise<boolean> {
  const { plant: own } = servers;
  const truth = await plantTruth(own);
  const before = truth.recordedAt(from);
  /** Seconds from each one's return until all were well. */
  const recoveries = new Map<Victim, number[]>(VICTIMS.map((victim) => [victim, []]));
  tell(`seed ${seed}; ${((performance.now() - begun) / 1000).toFixed(0)} s to start`);
  for (let round = 1; round <= rounds; round += 1) {
    const victim = pick(random, VICTIMS);
    recoveries.get(victim)?.push(await strike(servers, victim, round));
    if (round % checkEvery !== 0 && round !== rounds) continue;
    const to = Math.ceil((Date.now() + 6000) / MINUTE) * MINUTE;
    const read = await registersAt(own, to);
    const after = truth.at(to);
    const odd = [...read.counters].filter(([signal, value]) => after.get(signal) !== value).map(([signal]) => signal);
    const problems = await totalsThatDiffer(own, { from, to }, before, after);
    if (odd.length > 0) problems.push(`${odd.join(', ')}: the plant's servers do not say what its seed does`);
    tell(
      `after ${round} of ${rounds} rounds, ${(to - from) / MINUTE} minutes: ${problems.length === 0 ? "every total is the plant's own" : 'TOTALS DIFFER'}`,
    );
    for (const problem of problems) tell(`  ${problem}`);
    if (problems.length > 0) return false;
  }
  const seconds = ((performance.now() - begun) / 1000).toFixed(0);
  tell(`${rounds} rounds with seed ${seed} in ${seconds} s: nothing lost, nothing twice`);
  for (const [victim, all] of recoveries) {
    const worst =
      all.length === 0 ? '' : `, all well again after ${median(all)} s (median), ${Math.max(...all)} s (worst)`;
    tell(`  ${victim} killed ${all.length} times${worst}`);
  }
  return true;
}

/** Kills one, leaves it dead for a while, brings it back, and lets all go on for a while. Seconds until all were well again. */
async function strike(
  { plant: own, influxd: historian, mosquitto: broker }: Servers,
  victim: Victim,
  round: number,
): Promise<number> {
  const deadMs = Math.floor(random() ** 2 * LONGEST_DEAD_MS);
  const calmMs = LEAST_CALM_MS + Math.floor(random() * (LONGEST_CALM_MS - LEAST_CALM_MS));
  const at = performance.now();
  if (victim === 'influxd' || victim === 'mosquitto') {
    const server = victim === 'influxd' ? historian : broker;
    await server.kill();
    await sleep(deadMs);
    await server.start();
  } else {
    const pid = (await own.children())[victim];
    if (pid === undefined) throw new Error(`there is no process ${victim}`);
    own.pause();
    process.kill(pid, 'SIGKILL');
    await sleep(deadMs);
    own.resume();
    await until(
      async () => ![undefined, pid].includes((await own.children())[victim]),
      BACK_WITHIN_MS,
      () => `${victim} did not come back`,
    );
  }
  await until(
    async () => (await own.json<{ status: string }>('/api/v1/health').catch(() => null))?.status === 'ok',
    BACK_WITHIN_MS,
    () => `not well again after ${victim}`,
  );
  const back = Math.round((performance.now() - at - deadMs) / 100) / 10;
  tell(`round ${round} of ${rounds}: ${victim} dead for ${(deadMs / 1000).toFixed(1)} s, all well ${back} s later`);
  await sleep(calmMs);
  return back;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
}

function sleep(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}

function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}

function numberOf(name: string, text: string | undefined, otherwise: number): number {
  const number = text === undefined ? otherwise : Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  process.stderr.write(`${name} takes a whole number from 1 on, not ${text}\n`);
  process.exit(2);
}
