import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '#shared/contract/command.ts';
import type { Plant } from '#shared/plant/model.ts';
import type { Instant } from '#shared/time/instant.ts';
import type { DemoRun } from './history.ts';
import type { DemoSnapshot } from './plant-model.ts';
import { defaultDemoStart } from './plant-model.ts';

/*
 * What the demo keeps in the data directory, under demo/: run.json (seed and start: which simulation this is) and
 * snapshot.json (where it had got to, a shortcut). Losing the snapshot loses nothing: the simulation runs again.
 */
const FOLDER = 'demo';

export interface RunStore {
  readonly folder: string;
  readonly run: DemoRun;
  readSnapshot(): DemoSnapshot | null;
  writeSnapshot(snapshot: DemoSnapshot): void;
}

/**
 * The run that this data directory holds, or the one that would begin in it now: any process works out the same.
 * `start` begins another run.
 */
export function demoRunOf(
  dataDir: string | null,
  { demo, site }: Pick<Plant, 'demo' | 'site'>,
  now: Instant,
  start?: Instant,
): DemoRun {
  if (!demo) throw new RangeError('only a demo plant has a demo run');
  if (start !== undefined) return { seed: demo.seed, start };
  const kept = dataDir === null ? null : readJson(join(dataDir, FOLDER, 'run.json'));
  const known = isRun(kept) && kept.seed === demo.seed && kept.start <= now;
  return known ? kept : { seed: demo.seed, start: defaultDemoStart(now, demo.historyDays, site.timezone) };
}

/** @throws UserError where the data directory cannot be written. */
export function openRunStore(dataDir: string, run: DemoRun): RunStore {
  const folder = join(dataDir, FOLDER);
  const snapshotFile = join(folder, 'snapshot.json');
  try {
    mkdirSync(folder, { recursive: true });
    writeWhole(join(folder, 'run.json'), run);
  } catch (error) {
    const { message } = error as Error;
    throw new UserError(`the data directory ${dataDir} cannot be written (${message}); choose another with --data`);
  }
  return {
    folder,
    run,
    readSnapshot() {
      const kept = readJson(snapshotFile);
      return typeof kept === 'object' && kept !== null && 'stations' in kept ? (kept as DemoSnapshot) : null;
    },
    writeSnapshot: (snapshot) => writeWhole(snapshotFile, snapshot),
  };
}

function isRun(value: unknown): value is DemoRun {
  if (typeof value !== 'object' || value === null) return false;
  return 'seed' in value && Number.isInteger(value.seed) && 'start' in value && Number.isInteger(value.start);
}

/** Null where there is none, or none that can be read: both are derived again. */
function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

function writeWhole(file: string, value: unknown): void {
  const part = `${file}.part`;
  writeFileSync(part, JSON.stringify(value));
  renameSync(part, file);
}
