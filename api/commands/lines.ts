import type { Readable } from 'node:stream';
import { UserError } from '#shared/contract/command.ts';

/** No row of any file of ours is longer; a file without line breaks must not fill memory. */
const LONGEST_LINE = 64 * 1024;

/** The lines of a text stream without their line breaks, in constant memory. UTF-8 or UTF-16 with a byte order mark. */
export async function* readLines(stream: Readable, file: string): AsyncGenerator<string> {
  let decoder: TextDecoder | null = null;
  let rest = '';
  let number = 1;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    decoder ??= new TextDecoder(encodingOf(chunk), { ignoreBOM: false });
    rest += decoder.decode(chunk, { stream: true });
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      yield line;
      number += 1;
    }
    if (rest.length > LONGEST_LINE) {
      throw new UserError(`${file}:${number}: is longer than ${LONGEST_LINE} characters; is this a CSV file?`);
    }
  }
  rest += decoder?.decode() ?? '';
  if (rest !== '') yield rest;
}

/** Spreadsheets save "Unicode text" as UTF-16. */
function encodingOf(chunk: Buffer): string {
  if (chunk[0] === 0xff && chunk[1] === 0xfe) return 'utf-16le';
  if (chunk[0] === 0xfe && chunk[1] === 0xff) return 'utf-16be';
  return 'utf-8';
}
