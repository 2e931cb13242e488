import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { UserError } from '#shared/contract/command.ts';
import type { Plant } from '#shared/plant/model.ts';
import { parsePlant } from '#shared/plant/parse.ts';
import { PlantFileError } from '#shared/plant/problem.ts';
import { readSmallFile } from './lines.ts';

const LARGEST_FILE = 32 * 1024 * 1024;

/** The plant, secrets unresolved: replay connects to nothing. @throws UserError naming file, line and what to do. */
export async function readReplayPlant(file: string): Promise<Plant> {
  const text = await readSmallFile(file, LARGEST_FILE, 'a plant file');
  const hash = createHash('sha256').update(text).digest('hex');
  try {
    const readFile = (name: string) => readFileSync(resolve(dirname(file), name), 'utf8');
    return parsePlant(text, { hash, file, readFile }).plant;
  } catch (error) {
    if (error instanceof PlantFileError) throw new UserError(error.message);
    throw error;
  }
}
