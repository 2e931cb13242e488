import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { UserError } from '#shared/contract/command.ts';

/** No sample and no entry is longer; a file without line breaks must not fill the memory. */
const LONGEST_LINE = 64 * 1024;
const NUL = 0;

export interface TextLine {
  readonly text: string;
  /** 1-based. */
  readonly number: number;
}

/**
 * The lines of a UTF-8 text file without their line breaks, in constant memory.
 * @throws UserError where the file cannot be read, is no text, or has a line that is too long.
 */
export async function* readLines(file: string): AsyncGenerator<TextLine> {
  await refuseUnreadable(file);
  const decoder = new TextDecoder('utf-8');
  let rest = '';
  let number = 1;
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 1 << 18 }) as AsyncIterable<Buffer>) {
      if (chunk.includes(NUL)) throw new UserError(`${file}:${number}: is not a text file; samples are NDJSON or CSV`);
      rest += decoder.decode(chunk, { stream: true });
      let start = 0;
      for (let end = rest.indexOf('\n', start); end >= 0; end = rest.indexOf('\n', start)) {
        const text = rest.slice(start, rest[end - 1] === '\r' && end > start ? end - 1 : end);
        if (text.length > LONGEST_LINE) throw tooLong(file, number);
        yield { text, number };
        start = end + 1;
        number++;
      }
      rest = rest.slice(start);
      if (rest.length > LONGEST_LINE) throw tooLong(file, number);
    }
  } catch (error) {
    throw asUserError(error, file);
  }
  rest += decoder.decode();
  if (rest !== '') yield { text: rest, number };
}

/** A whole small text file. @throws UserError */
export async function readSmallFile(file: string, largest: number, what: string): Promise<string> {
  const bytes = await refuseUnreadable(file);
  if (bytes > largest) throw new UserError(`${file}: has ${bytes} bytes; ${what} has at most ${largest}`);
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) chunks.push(chunk);
  } catch (error) {
    throw asUserError(error, file);
  }
  return new TextDecoder('utf-8').decode(Buffer.concat(chunks));
}

async function refuseUnreadable(file: string): Promise<number> {
  try {
    const found = await stat(file);
    if (found.isDirectory()) throw new UserError(`${file} is a directory; name a file`);
    return found.size;
  } catch (error) {
    throw asUserError(error, file);
  }
}

function asUserError(error: unknown, file: string): unknown {
  if (error instanceof UserError || !(error instanceof Error) || !('code' in error)) return error;
  if (error.code === 'ENOENT') return new UserError(`there is no file ${file}`);
  if (error.code === 'EACCES') return new UserError(`${file} may not be read by this user; check its permissions`);
  return new UserError(`${file} cannot be read (${String(error.code)})`);
}

function tooLong(file: string, number: number): UserError {
  return new UserError(`${file}:${number}: is longer than ${LONGEST_LINE} characters; give one sample or entry a line`);
}
