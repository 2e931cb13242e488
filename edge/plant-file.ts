import { createHash } from 'node:crypto';
import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { UserError } from '#shared/contract/command.ts';
import type { Plant } from '#shared/plant/model.ts';
import { parsePlant } from '#shared/plant/parse.ts';
import { PlantFileError } from '#shared/plant/problem.ts';

const POLL_MS = 2000;

/** @throws UserError with the file, the line and what to do. */
export function readPlantFile(path: string, env: Readonly<Record<string, string | undefined>>): Plant {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new UserError(`there is no plant file ${path}; name one with --plant`);
    throw new UserError(`the plant file ${path} cannot be read (${message})`);
  }
  const hash = createHash('sha256').update(bytes).digest('hex');
  try {
    const readFile = (name: string) => readFileSync(resolve(dirname(path), name), 'utf8');
    return parsePlant(bytes.toString('utf8'), { hash, file: path, env, readFile }).plant;
  } catch (error) {
    if (error instanceof PlantFileError) throw new UserError(error.message);
    throw error;
  }
}

/** Calls `changed` with each new valid plant, `refused` with the sentence of an invalid one (the old plant then stays). */
export function watchPlantFile(
  path: string,
  env: Readonly<Record<string, string | undefined>>,
  events: { changed(plant: Plant): void; refused(message: string): void },
): () => void {
  const reread = (): void => {
    let plant: Plant;
    try {
      plant = readPlantFile(path, env);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      events.refused(error.message);
      return;
    }
    events.changed(plant);
  };
  watchFile(path, { interval: POLL_MS }, reread);
  return () => unwatchFile(path, reread);
}
