/*
 * Samples per second through the aggregator on one core, beside the floor: parsing the very same NDJSON lines and throwing
 * them away. Samples are the demo plant's, as the edge records them: 14 machines, 18 meters, with their resets, roll-overs
 * and bad readings. Facts are taken once a minute of the samples' own time, which is far oftener than the edge does at this
 * speed. Both sides run in turn, several times; the medians are compared.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createAggregator } from '#edge/aggregate/aggregator.ts';
import { simulateSamples } from '#edge/demo/history.ts';
import { parseInstant } from '#shared/ledger/schema.ts';
import type { Plant } from '#shared/plant/model.ts';
import { parsePlant } from '#shared/plant/parse.ts';
import type { Sample } from '#shared/signal/sample.ts';
import { MINUTE, minuteOf, toIso } from '#shared/time/instant.ts';
import { ROOT } from '../servers/linewatt.ts';
import type { Figure } from './run.ts';

const DAYS = 3;
const ROUNDS = 7;
const START = Date.UTC(2026, 5, 1);
/** A count at a full minute belongs to the minute before it, and sources are a little late. */
const CLOSE_AFTER_MS = 2000;

export async function run(): Promise<Figure[]> {
  const text = await readFile(join(ROOT, 'config/demo.plant.yaml'), 'utf8');
  const { plant } = parsePlant(text, { hash: 'bench' });
  const samples: Sample[] = [];
  const end = START + DAYS * 24 * 60 * MINUTE;
  simulateSamples(plant, { seed: 7, start: START }, START, end, (sample) => samples.push(sample));
  const lines = samples.map(lineOf).join('\n');
  const seconds = { floor: [] as number[], ours: [] as number[], ingest: [] as number[] };
  let facts = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    seconds.floor.push(timed(() => discard(lines)));
    seconds.ours.push(
      timed(() => {
        facts = fold(plant, parsed(lines));
      }),
    );
    seconds.ingest.push(timed(() => void fold(plant, samples)));
  }
  const rate = (times: readonly number[]) => Math.round(samples.length / median(times));
  const [ours, peer, ingest] = [rate(seconds.ours), rate(seconds.floor), rate(seconds.ingest)];
  const figure = (name: string, value: number, note: string): Figure => ({
    name,
    ours: value,
    peer,
    ratio: Math.round((peer / value) * 100) / 100,
    unit: 'samples/s',
    peerName: 'parsing the same lines and discarding them',
    note,
  });
  const what = `${samples.length} samples of ${plant.machines.size} machines and ${plant.meters.size} meters, ${facts} facts out`;
  return [
    figure('aggregator', ours, `lines in, facts out: ${what}`),
    figure('aggregator-ingest', ingest, `samples already parsed: ${what}`),
  ];
}

function lineOf({ t, signal, value, quality, received }: Sample): string {
  const usual = quality === 'good' ? {} : { quality };
  const late = received === t ? {} : { received: toIso(received) };
  return JSON.stringify({ t: toIso(t), signal, value, ...usual, ...late });
}

function* linesOf(text: string): Generator<string> {
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf('\n', start);
    yield text.slice(start, end < 0 ? text.length : end);
    if (end < 0) return;
    start = end + 1;
  }
}

function discard(text: string): void {
  let count = 0;
  for (const line of linesOf(text)) if (JSON.parse(line) !== null) count += 1;
  if (count === 0) throw new Error('nothing to parse');
}

function* parsed(text: string): Generator<Sample> {
  for (const line of linesOf(text)) {
    const { t, signal, value, quality = 'good', received = t } = JSON.parse(line);
    const at = parseInstant(t) ?? Number.NaN;
    yield { t: at, signal, value, quality, received: received === t ? at : (parseInstant(received) ?? at) };
  }
}

/** Number of facts. */
function fold(plant: Plant, samples: Iterable<Sample>): number {
  const aggregator = createAggregator(plant);
  let facts = 0;
  let next = Number.NEGATIVE_INFINITY;
  const take = (to: number) => {
    aggregator.advance(to);
    for (const rows of Object.values(aggregator.takeChanges())) facts += rows.length;
  };
  for (const sample of samples) {
    if (sample.t >= next) {
      if (Number.isFinite(next)) take(next - CLOSE_AFTER_MS + 1);
      next = minuteOf(sample.t) + MINUTE + CLOSE_AFTER_MS;
    }
    aggregator.ingest(sample);
  }
  take(next);
  if (facts === 0) throw new Error('no facts came out');
  return facts;
}

function timed(work: () => void): number {
  globalThis.gc?.();
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

function median(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
