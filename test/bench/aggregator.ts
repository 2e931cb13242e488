/*
 * Samples per second through the aggregator on one core, beside the floor: parsing the very same NDJSON lines and throwing
 * them away. Two kinds of samples, both of the demo plant with its resets, roll-overs and bad readings: as they come in live,
 * a second apart, and as its history has them, 10 to 30 s apart, where there is more than one fact for two samples. Facts are
 * taken once a minute of the samples' own time. Both sides run in turn, several times; of each the least CPU time counts, because
 * on a shared machine others only ever add to it.
 */
import { createAggregator } from '#edge/aggregate/aggregator.ts';
import { simulateSamples } from '#edge/demo/history.ts';
import { parseInstant } from '#shared/ledger/schema.ts';
import type { Plant } from '#shared/plant/model.ts';
import type { Sample } from '#shared/signal/sample.ts';
import { HOUR, type Instant, MINUTE, minuteOf, toIso } from '#shared/time/instant.ts';
import { demoPlant, liveSamples } from './demo-samples.ts';
import type { Figure } from './run.ts';

const ROUNDS = 9;
/** A Monday on which every line works. */
const START = Date.UTC(2026, 5, 1, 6);
/** A count at a full minute belongs to the minute before it, and sources are a little late. */
const CLOSE_AFTER_MS = 2000;

export async function run(): Promise<Figure[]> {
  const plant = demoPlant();
  const live: Sample[] = [];
  liveSamples(plant, START, START + 2 * HOUR, (sample) => live.push(sample));
  const history: Sample[] = [];
  const end = START + 72 * HOUR;
  simulateSamples(plant, { seed: 7, start: START }, START, end, (sample) => history.push(sample));
  return [...measure('', plant, live), ...measure('-history', plant, history)];
}

function measure(suffix: string, plant: Plant, samples: readonly Sample[]): Figure[] {
  const lines = samples.map(lineOf).join('\n');
  const seconds = { floor: [] as number[], ours: [] as number[], ingest: [] as number[] };
  let facts = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    seconds.floor.push(cpuSeconds(() => discard(lines)));
    seconds.ours.push(
      cpuSeconds(() => {
        const fold = startFold(plant);
        forEachLine(lines, (line) => fold.ingest(sampleOf(line)));
        facts = fold.end();
      }),
    );
    seconds.ingest.push(
      cpuSeconds(() => {
        const fold = startFold(plant);
        for (const sample of samples) fold.ingest(sample);
        facts = fold.end();
      }),
    );
  }
  if (facts === 0) throw new Error('no facts came out');
  const rate = (times: readonly number[]) => Math.round(samples.length / Math.min(...times));
  const peer = rate(seconds.floor);
  const figure = (name: string, ours: number, note: string): Figure => ({
    name: `${name}${suffix}`,
    ours,
    peer,
    ratio: Math.round((peer / ours) * 100) / 100,
    unit: 'samples/s',
    peerName: 'parsing the same lines and discarding them',
    note: `${note}; ${samples.length} samples of ${plant.machines.size} machines and ${plant.meters.size} meters, ${facts} facts`,
  });
  return [
    figure('aggregator', rate(seconds.ours), 'lines in, facts out'),
    figure('aggregator-ingest', rate(seconds.ingest), 'samples already parsed'),
  ];
}

function lineOf({ t, signal, value, quality }: Sample): string {
  return JSON.stringify({ t: toIso(t), signal, value, ...(quality === 'good' ? {} : { quality }) });
}

function forEachLine(text: string, take: (line: string) => void): void {
  let start = 0;
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
    take(text.slice(start, end));
    start = end + 1;
  }
  take(text.slice(start));
}

function discard(text: string): void {
  let count = 0;
  forEachLine(text, (line) => {
    if (JSON.parse(line) !== null) count += 1;
  });
  if (count === 0) throw new Error('nothing to parse');
}

function sampleOf(line: string): Sample {
  const { t, signal, value, quality } = JSON.parse(line) as { t: string } & Omit<Sample, 't'>;
  const at = parseInstant(t) ?? Number.NaN;
  return { t: at, signal, value, quality: quality ?? 'good', received: at };
}

/** `end` answers the number of facts. */
function startFold(plant: Plant): { ingest(sample: Sample): void; end(): number } {
  const aggregator = createAggregator(plant);
  let facts = 0;
  let next: Instant = Number.NEGATIVE_INFINITY;
  const take = () => {
    aggregator.advance(next - CLOSE_AFTER_MS + 1);
    const batch = aggregator.takeChanges();
    for (const rows of Object.values(batch)) facts += rows.length;
  };
  return {
    ingest(sample) {
      if (sample.t >= next) {
        if (Number.isFinite(next)) take();
        next = minuteOf(sample.t) + MINUTE + CLOSE_AFTER_MS;
      }
      aggregator.ingest(sample);
    },
    end() {
      take();
      return facts;
    },
  };
}

/** User and system time, the garbage collector's threads included. */
function cpuSeconds(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}
