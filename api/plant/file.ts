import { createHash } from 'node:crypto';
import { existsSync, readFileSync, unwatchFile, watchFile } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { UserError } from '#shared/contract/command.ts';
import type { Plant } from '#shared/plant/model.ts';
import { parsePlant } from '#shared/plant/parse.ts';
import { PlantFileError } from '#shared/plant/problem.ts';

/*
 * The plant file, read once and again whenever it changes. An invalid new file leaves the old one running and says so.
 */
export interface PlantFile {
  readonly current: Plant;
  /** Why the newest file on disk is not the one that runs; null when it is. */
  readonly refused: string | null;
  onChange(listener: (plant: Plant) => void): void;
  close(): void;
}

const POLL_MS = 2000;

/** @throws UserError with one sentence per problem when the file cannot be read or is not a plant. */
export function openPlantFile(path: string, log: (line: string) => void): PlantFile {
  let current = read(path);
  let refused: string | null = null;
  const listeners: ((plant: Plant) => void)[] = [];
  const reread = (): void => {
    try {
      const next = read(path);
      refused = null;
      if (next.hash === current.hash) return;
      current = next;
      log(`plant file ${path} changed: ${next.machines.size} machines, ${next.meters.size} meters`);
      for (const listener of listeners) listener(next);
    } catch (error) {
      refused = error instanceof Error ? error.message : String(error);
      log(`plant file ${path} changed but is not valid; the old one stays in force. ${refused}`);
    }
  };
  watchFile(path, { interval: POLL_MS }, reread);
  return {
    get current() {
      return current;
    },
    get refused() {
      return refused;
    },
    onChange: (listener) => void listeners.push(listener),
    close: () => unwatchFile(path, reread),
  };
}

function read(path: string): Plant {
  if (!existsSync(path)) throw new UserError(`there is no plant file at ${path}; give one with --plant`);
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new UserError(`the plant file ${path} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
  // The api connects to no source, so `${SECRETS}` stay unresolved here.
  const readFile = (name: string): string => readFileSync(resolve(dirname(path), name), 'utf8');
  const hash = createHash('sha256').update(bytes).digest('hex');
  try {
    return parsePlant(bytes.toString('utf8'), { hash, file: path, readFile }).plant;
  } catch (error) {
    if (error instanceof PlantFileError) throw new UserError(error.message);
    throw error;
  }
}
