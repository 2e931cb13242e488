import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, unwatchFile, watchFile } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { UserError } from '../contract/command.ts';
import type { Plant } from '../plant/model.ts';
import { parsePlant } from '../plant/parse.ts';
import { FILE_MARK } from '../plant/prices.ts';
import { type Doubt, PlantFileError } from '../plant/problem.ts';
import type { Environment } from '../plant/secrets.ts';

/*
 * The one reader of plant files.
 *
 * - What is not a text file of sensible size is refused with a sentence, before it is read.
 * - `text` and `attachments` (files that the plant file names, such as prices) are all that the plant was made from: kept,
 *   they give the same plant again.
 * - While it is watched, a file is read again when it changes, and taken once two readings agree: an editor may still be
 *   writing it.
 */
export interface PlantReading {
  readonly plant: Plant;
  readonly doubts: readonly Doubt[];
  readonly text: string;
  /** Text of each file that the plant file names, by the name that it gives. */
  readonly attachments: ReadonlyMap<string, string>;
}

/** More than any plant file; what is larger is not even read. */
const LARGEST_BYTES = 64 * 1024 * 1024;
const POLL_MS = 2000;
const SETTLE_MS = 200;

/**
 * Without `env` secrets stay as they are written, for who connects to nothing.
 * @throws UserError for a file that cannot be read as text; PlantFileError with every mistake in it.
 */
export function readPlantFile(file: string, env?: Environment): PlantReading {
  return readNaming(file, env, () => {});
}

/** Tells each file that the plant file names, found or not. */
function readNaming(file: string, env: Environment | undefined, names: (name: string) => void): PlantReading {
  const bytes = readBytes(file);
  const text = textOf(file, bytes);
  const attachments = new Map<string, string>();
  const readFile = (name: string): string => {
    names(name);
    const beside = resolve(dirname(file), name);
    const content = isFolder(beside) ? textOfFolder(beside, name, names) : textOf(beside, readBytes(beside));
    attachments.set(name, content);
    return content;
  };
  const hash = createHash('sha256').update(bytes).digest('hex');
  const { plant, doubts } = parsePlant(text, { hash, file, readFile, ...(env && { env }) });
  return { plant, doubts, text, attachments };
}

/** As `readPlantFile`, for who needs a plant or a sentence. @throws UserError with one line per mistake. */
export function requirePlantFile(file: string, env?: Environment): PlantReading {
  try {
    return readPlantFile(file, env);
  } catch (error) {
    throw asUserError(error);
  }
}

function asUserError(error: unknown): unknown {
  return error instanceof PlantFileError ? new UserError(error.message) : error;
}

export interface PlantFileEvents {
  /** The file was written and is valid; it may be the one that runs. */
  changed(reading: PlantReading): void;
  /** Why it cannot be taken. */
  refused(message: string): void;
}

/** Reads `file`, and what it names, again whenever they change. Returns how to stop. */
export function watchPlantFile(
  file: string,
  env: Environment | undefined,
  events: PlantFileEvents,
  pollMs = POLL_MS,
): () => void {
  let watched: readonly string[] = [];
  let settling: NodeJS.Timeout | null = null;
  let secondLook: NodeJS.Timeout | null = null;
  /** What an invalid file names is watched too: it may be what is missing. Says whether a file is newly watched. */
  const follow = (names: readonly string[]): boolean => {
    const files = [...new Set([file, ...names.map((name) => resolve(dirname(file), name))])];
    const isNew = files.some((one) => !watched.includes(one));
    for (const gone of watched) if (!files.includes(gone)) unwatchFile(gone, stir);
    for (const one of files) if (!watched.includes(one)) watchFile(one, { interval: pollMs }, stir);
    watched = files;
    return isNew;
  };
  const stir = (): void => {
    if (settling) clearTimeout(settling);
    const before = outcome(file, env);
    settling = setTimeout(() => {
      settling = null;
      const now = outcome(file, env);
      if (now.print !== before.print) return stir();
      if (follow(now.names)) lookAgain(now.print);
      if (!now.reading) return events.refused(now.message);
      events.changed(now.reading);
    }, SETTLE_MS);
  };
  /** A file that came to be between our reading and the watch's own first look at it changes nothing that the watch sees. */
  const lookAgain = (print: string): void => {
    if (secondLook) clearTimeout(secondLook);
    secondLook = setTimeout(() => {
      if (outcome(file, env).print !== print && settling === null) stir();
    }, SETTLE_MS);
  };
  follow([]);
  // What was written before the watch began, and the files that it names.
  settling = setTimeout(stir, 0);
  return () => {
    if (settling) clearTimeout(settling);
    if (secondLook) clearTimeout(secondLook);
    for (const one of watched) unwatchFile(one, stir);
  };
}

/** A reading or a sentence; two of the same `print` are of the same files. */
function outcome(file: string, env: Environment | undefined) {
  const names: string[] = [];
  try {
    const reading = readNaming(file, env, (name) => names.push(name));
    return { reading, names, message: '', print: plantFingerprint(reading) };
  } catch (error) {
    const told = asUserError(error);
    if (!(told instanceof UserError)) throw told;
    return { reading: null, names, message: told.message, print: told.message };
  }
}

/** SHA-256 of the file and of all that it names, hex. Differs from the hash of the plant where only a named file does. */
export function plantFingerprint({ plant, attachments }: Pick<PlantReading, 'plant' | 'attachments'>): string {
  const digest = createHash('sha256').update(plant.hash);
  for (const [name, text] of attachments) digest.update(JSON.stringify([name, text]));
  return digest.digest('hex');
}

/** @throws UserError with one sentence for what is missing, a directory, a device, unreadable or far too large. */
function readBytes(file: string): Buffer {
  try {
    const found = statSync(file);
    if (found.isDirectory()) throw new UserError(`${file} is a directory; name the file in it`);
    if (!found.isFile()) throw new UserError(`${file} is not a file that can be read as text; name a plant file`);
    if (found.size > LARGEST_BYTES) {
      const megabytes = Math.round(found.size / 1024 / 1024);
      throw new UserError(
        `${file} has ${megabytes} MB; a plant file is text of some kilobytes, is this the right file?`,
      );
    }
    return readFileSync(file);
  } catch (error) {
    if (error instanceof UserError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new UserError(`there is no file ${file}; check the path`);
    if (code === 'EACCES' || code === 'EPERM') {
      throw new UserError(`${file} may not be read by this user; give it read permission`);
    }
    throw new UserError(`${file} cannot be read (${message})`);
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** Every .csv file of a folder by name, each behind a line that names it. Files that come and go are watched like named ones. */
function textOfFolder(folder: string, name: string, names: (name: string) => void): string {
  const files = readdirSync(folder)
    .filter((one) => one.toLowerCase().endsWith('.csv') && !one.startsWith('.'))
    .sort();
  return files
    .map((one) => {
      names(join(name, one));
      const path = join(folder, one);
      return `${FILE_MARK}${join(name, one)}\n${textOf(path, readBytes(path))}\n`;
    })
    .join('');
}

function textOf(file: string, bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UserError(`${file} is not text in UTF-8; save it as UTF-8, or name the right file`);
  }
}
