import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Command, type CommandIo, UserError } from '#shared/contract/command.ts';
import { PlantFileError, problemText } from '#shared/plant/problem.ts';

const usage = `Usage: linewatt check plant.yaml

Reads a plant file and says what it will do: its machines, meters and signals, the shifts of the next seven days, the
tariff bands of today, and every doubt that a careful engineer would have. Connects to nothing.

Mistakes go to stderr, all at once, as file:line: path: what is wrong and what to do.
Exit code 0: valid (doubts or not), 1: not valid or not readable, 2: wrong usage.`;

export const checkCommand: Command = {
  name: 'check',
  summary: 'validate a plant file and say in words what it will do',
  usage,
  run: (args, io) => check(args, io, Date.now()),
};

/** As the command, at the instant `now`. */
export async function check(args: readonly string[], io: CommandIo, now: number): Promise<number> {
  const file = readArguments(args);
  // Loaded here, so that `linewatt --help` stays instant.
  const [{ parsePlant }, { plantReport }] = await Promise.all([
    import('#shared/plant/parse.ts'),
    import('./check-report.ts'),
  ]);
  const bytes = readBytes(file);
  const hash = createHash('sha256').update(bytes).digest('hex');
  const readFile = (path: string) => readBytes(resolve(dirname(file), path)).toString('utf8');
  try {
    const { plant, doubts } = parsePlant(readText(file, bytes), { hash, file, readFile });
    io.out(plantReport(plant, { file, doubts, env: io.env, now, text: bytes.toString('utf8') }));
    return 0;
  } catch (error) {
    if (!(error instanceof PlantFileError)) throw error;
    for (const problem of error.problems) io.err(`${problemText(file, problem)}\n`);
    const count = error.problems.length;
    io.err(`${file} is not a valid plant file: ${count} problem${count === 1 ? '' : 's'}\n`);
    return 1;
  }
}

function readArguments(args: readonly string[]): string {
  try {
    const { positionals } = parseArgs({ args: [...args], options: {}, allowPositionals: true });
    const [file, ...more] = positionals;
    if (file !== undefined && more.length === 0) return file;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new UserError(`${message.split('. ')[0]}; --help tells what there is`, 2);
  }
  throw new UserError('give one plant file: linewatt check plant.yaml', 2);
}

/** More than any plant file; what is larger is not even read. */
const LARGEST = 64 * 1024 * 1024;

/** @throws UserError with one sentence for what is missing, a directory, unreadable or far too large. */
function readBytes(file: string): Buffer {
  try {
    const found = statSync(file);
    if (found.isDirectory()) throw new UserError(`${file} is a directory; name the plant file in it`);
    if (!found.isFile()) throw new UserError(`${file} is not a file that can be read as text; name a plant file`);
    if (found.size > LARGEST) {
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

function readText(file: string, bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UserError(`${file} is not text in UTF-8; save it as UTF-8, or name the right file`);
  }
}
