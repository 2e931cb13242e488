import { parentPort, workerData } from 'node:worker_threads';
import { createAggregator } from '#edge/aggregate/aggregator.ts';
import { type DemoRun, simulateSamples } from '#edge/demo/history.ts';
import type { Plant } from '#shared/plant/model.ts';
import type { Sample } from '#shared/signal/sample.ts';
import { type HistorianCredentials, openHistorianWriter } from '#shared/store/open.ts';
import { HOUR, type Instant, MINUTE, minuteOf } from '#shared/time/instant.ts';
import { createPartKeeper, writeParts } from './parts.ts';

/*
 * Makes the demo's past, on a thread of its own so that the live sources are heard meanwhile.
 *
 * - The simulated samples go through the same aggregator as live ones; what it says goes to the historian, in transactions
 *   of six hours.
 * - A file historian is filled in order of time. A historian over the network is slow, so there each part is kept in a
 *   file first, the aggregator is handed over at once, and the parts are written newest first while live data flows; a
 *   restart goes on with the files that are left.
 */

export interface SeedWork {
  readonly plant: Plant;
  /** Null: only write the parts that an earlier run left. */
  readonly run: DemoRun | null;
  /** The history ends here, where live samples begin. */
  readonly to: Instant;
  readonly historian: { readonly url: string; readonly dataDir: string; readonly credentials: HistorianCredentials };
  readonly folder: string;
}

export type SeedMessage =
  | { readonly kind: 'progress'; readonly share: number }
  /** The aggregator as it stands at `to`: live samples may come in. */
  | {
      readonly kind: 'ready';
      readonly snapshot: unknown;
      readonly samples: number;
      /** The end of the history as samples, for the journal: late ones among the first live samples need their neighbours. */
      readonly tail: readonly Sample[];
    }
  /** What live facts can still touch is written: they may be written too. */
  | { readonly kind: 'recent' }
  | { readonly kind: 'done' };

const TRANSACTION_MS = 6 * HOUR;
const TAIL_MS = HOUR;
const PROGRESS_MS = 200;

const work = workerData as SeedWork;
const tell = (message: SeedMessage): void => parentPort?.postMessage(message);

const writer = await openHistorianWriter(work.historian, () => work.plant);
const isRemote = !work.historian.url.startsWith('sqlite:');
if (work.run) await makeHistory(work.run);
if (isRemote)
  await writeParts(
    work.folder,
    (batch) => writer.write(batch),
    () => tell({ kind: 'recent' }),
  );
await writer.close();
tell({ kind: 'done' });

async function makeHistory(run: DemoRun): Promise<void> {
  const { plant, to } = work;
  const aggregator = createAggregator(plant);
  const parts = isRemote ? createPartKeeper(work.folder) : null;
  const writes: Promise<void>[] = [];
  let minute = run.start;
  let partStart = run.start;
  let samples = 0;
  const lastBefore = new Map<string, Sample>();
  const tail: Sample[] = [];
  let toldAt = performance.now();
  const closePart = (end: Instant): void => {
    const batch = aggregator.takeChanges();
    if (parts) parts.keep(batch, partStart, end);
    else writes.push(writer.write(batch));
    partStart = end;
    if (performance.now() - toldAt < PROGRESS_MS) return;
    toldAt = performance.now();
    tell({ kind: 'progress', share: (end - run.start) / (to - run.start) });
  };
  simulateSamples(plant, run, run.start, to, (sample) => {
    if (sample.t >= minute + MINUTE) {
      minute = minuteOf(sample.t);
      aggregator.advance(minute);
      if (minute >= partStart + TRANSACTION_MS) closePart(minute);
    }
    aggregator.ingest(sample);
    samples += 1;
    if (sample.t >= to - TAIL_MS) tail.push(sample);
    else lastBefore.set(sample.signal, sample);
  });
  aggregator.advance(to);
  closePart(to);
  parts?.finish();
  await Promise.all(writes);
  if (!parts) tell({ kind: 'recent' });
  tell({ kind: 'ready', snapshot: aggregator.snapshot(), samples, tail: [...lastBefore.values(), ...tail] });
}
