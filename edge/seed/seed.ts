import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { DemoRun } from '#edge/demo/history.ts';
import type { Plant } from '#shared/plant/model.ts';
import { HistorianError } from '#shared/store/historian.ts';
import { type HistorianPlace, openHistorianReader } from '#shared/store/open.ts';
import type { Instant } from '#shared/time/instant.ts';
import { hasParts } from './parts.ts';
import type { SeedMessage, SeedWork } from './worker.ts';

/*
 * A demo plant with an empty historian gets a past, so that there is something to look at in the first minute.
 *
 * - Only once: a mark in the data directory says that it was begun, and goes when it is whole. One that was cut short is made
 *   again; the same run gives the same facts, so writing them twice is writing them once.
 */

const FOLDER = 'seed';
const MARK = 'unfinished';
const PARTS = 'parts';

/** Whether the historian is empty, or a history was begun and not finished. False while the historian does not answer. */
export async function needsSeed(plant: Plant, place: HistorianPlace, hasCheckpoint: boolean): Promise<boolean> {
  if (!plant.demo || hasCheckpoint) return false;
  if (existsSync(join(place.dataDir, FOLDER, MARK))) return true;
  try {
    const reader = await openHistorianReader(place);
    const extent = await reader.extent();
    await reader.close();
    return extent === null;
  } catch (error) {
    const isNewFile = place.url.startsWith('sqlite:');
    return isNewFile && error instanceof HistorianError && error.retryable;
  }
}

export function hasUnwrittenParts(dataDir: string): boolean {
  return hasParts(join(dataDir, FOLDER, PARTS));
}

type Ready = Extract<SeedMessage, { kind: 'ready' }>;

export interface Seeding {
  /** Snapshot of the aggregator at the end of the history; null where only parts were left to write. */
  readonly ready: Promise<Ready | null>;
  /** Live facts may be written too. */
  readonly recent: Promise<void>;
  /** Everything is in the historian. */
  readonly done: Promise<void>;
  stop(): Promise<void>;
}

/** `run` null goes on writing the parts that an earlier run left. */
export function startSeed(
  plant: Plant,
  run: DemoRun | null,
  to: Instant,
  place: HistorianPlace,
  onProgress: (share: number) => void,
): Seeding {
  const folder = join(place.dataDir, FOLDER);
  const parts = join(folder, PARTS);
  mkdirSync(folder, { recursive: true });
  if (run) {
    writeFileSync(join(folder, MARK), '');
    rmSync(parts, { recursive: true, force: true });
  }
  const { url, dataDir, credentials = {} } = place;
  const work: SeedWork = { plant, run, to, historian: { url, dataDir, credentials }, folder: parts };
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: work });
  const ready = Promise.withResolvers<Ready | null>();
  const recent = Promise.withResolvers<void>();
  const done = Promise.withResolvers<void>();
  ready.promise.catch(() => {});
  recent.promise.catch(() => {});
  done.promise.catch(() => {});
  worker.on('message', (message: SeedMessage) => {
    if (message.kind === 'progress') onProgress(message.share);
    else if (message.kind === 'ready') ready.resolve(message);
    else if (message.kind === 'recent') recent.resolve();
    else {
      rmSync(folder, { recursive: true, force: true });
      ready.resolve(null);
      done.resolve();
    }
  });
  const fail = (error: unknown): void => {
    ready.reject(error);
    recent.reject(error);
    done.reject(error);
  };
  worker.on('error', fail);
  worker.on('exit', () => fail(new Error('the history was not finished')));
  return {
    ready: ready.promise,
    recent: recent.promise,
    done: done.promise,
    async stop() {
      await worker.terminate();
    },
  };
}

/** The history is whole as far as the aggregator goes; parts may still be on their way. */
export function markSeeded(dataDir: string): void {
  rmSync(join(dataDir, FOLDER, MARK), { force: true });
}
