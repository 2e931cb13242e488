import { once } from 'node:events';
import { crc32, createDeflateRaw } from 'node:zlib';

/*
 * A ZIP archive as a stream: each part is deflated while it is made, so that memory does not depend on its length.
 *
 * - Sizes and checksums follow each part (data descriptor) and stand again in the directory at the end.
 * - No part and no archive over 4 GiB: it is refused, never written wrong.
 */
export interface ZipPart {
  readonly path: string;
  readonly text: AsyncIterable<string> | Iterable<string>;
}

const LOCAL = 0x04034b50;
const DESCRIPTOR = 0x08074b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
/** Sizes come after the data; names are UTF-8. */
const FLAGS = 0x0808;
const DEFLATE = 8;
const VERSION = 20;
/** 1 January 1980: the same report gives the same bytes. */
const DOS_DATE = 0x21;
const LARGEST = 0xffff_ffff;

interface Written {
  readonly path: Buffer;
  readonly crc: number;
  readonly compressed: number;
  readonly size: number;
  readonly at: number;
}

export async function* zip(parts: AsyncIterable<ZipPart> | Iterable<ZipPart>): AsyncGenerator<Buffer> {
  const written: Written[] = [];
  let offset = 0;
  for await (const { path, text } of parts) {
    const name = Buffer.from(path);
    const at = offset;
    const header = localHeader(name);
    offset += header.length;
    yield header;
    let crc = 0;
    let size = 0;
    let compressed = 0;
    const deflate = createDeflateRaw({ level: 6 });
    const feed = async (): Promise<void> => {
      for await (const piece of text) {
        const bytes = Buffer.from(piece);
        crc = crc32(bytes, crc);
        size += bytes.length;
        if (!deflate.write(bytes)) await once(deflate, 'drain');
      }
      deflate.end();
    };
    // A part that fails ends the archive with its own error.
    const fed = feed().catch((error: unknown) => {
      deflate.destroy(error instanceof Error ? error : new Error(String(error)));
    });
    for await (const chunk of deflate) {
      const bytes = chunk as Buffer;
      compressed += bytes.length;
      yield bytes;
    }
    await fed;
    offset += compressed;
    if (offset > LARGEST || size > LARGEST)
      throw new RangeError('this report is larger than 4 GiB; ask for less of it');
    const descriptor = words([DESCRIPTOR, crc, compressed, size]);
    offset += descriptor.length;
    yield descriptor;
    written.push({ path: name, crc, compressed, size, at });
  }
  const directory = Buffer.concat(written.map(centralHeader));
  const end = Buffer.alloc(22);
  end.writeUInt32LE(END, 0);
  end.writeUInt16LE(written.length, 8);
  end.writeUInt16LE(written.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  yield Buffer.concat([directory, end]);
}

function localHeader(name: Buffer): Buffer {
  const header = Buffer.alloc(30);
  header.writeUInt32LE(LOCAL, 0);
  header.writeUInt16LE(VERSION, 4);
  header.writeUInt16LE(FLAGS, 6);
  header.writeUInt16LE(DEFLATE, 8);
  header.writeUInt16LE(DOS_DATE, 12);
  header.writeUInt16LE(name.length, 26);
  return Buffer.concat([header, name]);
}

function centralHeader({ path, crc, compressed, size, at }: Written): Buffer {
  const header = Buffer.alloc(46);
  header.writeUInt32LE(CENTRAL, 0);
  header.writeUInt16LE(VERSION, 4);
  header.writeUInt16LE(VERSION, 6);
  header.writeUInt16LE(FLAGS, 8);
  header.writeUInt16LE(DEFLATE, 10);
  header.writeUInt16LE(DOS_DATE, 14);
  header.writeUInt32LE(crc, 16);
  header.writeUInt32LE(compressed, 20);
  header.writeUInt32LE(size, 24);
  header.writeUInt16LE(path.length, 28);
  header.writeUInt32LE(at, 42);
  return Buffer.concat([header, path]);
}

function words(list: readonly number[]): Buffer {
  const buffer = Buffer.alloc(list.length * 4);
  list.forEach((word, i) => void buffer.writeUInt32LE(word, i * 4));
  return buffer;
}
