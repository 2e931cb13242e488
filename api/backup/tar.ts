/*
 * The part of the tar format (POSIX ustar) that a backup needs: plain files with short names. Any tar reads what this writes; what
 * this does not write, it does not read: links, devices, and names that lead out of the directory are refused.
 */
export interface TarFile {
  readonly name: string;
  readonly mode: number;
  readonly content: Buffer;
}

const BLOCK = 512;
const NAME = /^(?!\/)(?!.*(^|\/)\.\.(\/|$))[\w./-]{1,99}$/;

export function packTar(files: readonly TarFile[], modifiedSeconds: number): Buffer {
  const parts: Buffer[] = [];
  for (const { name, mode, content } of files) {
    if (!NAME.test(name)) throw new RangeError(`${name} cannot stand in a backup`);
    const header = Buffer.alloc(BLOCK);
    const put = (text: string, at: number): void => void header.write(text, at, 'latin1');
    const octal = (value: number, length: number): string => `${value.toString(8).padStart(length - 1, '0')}\0`;
    put(name, 0);
    put(octal(mode, 8), 100);
    put(octal(0, 8) + octal(0, 8), 108);
    put(octal(content.length, 12), 124);
    put(octal(modifiedSeconds, 12), 136);
    put('        0', 148);
    put('ustar\x0000', 257);
    put(octal(sumOf(header), 7), 148);
    parts.push(header, content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK));
  }
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
}

/** @throws RangeError in words for anything that `packTar` did not write. */
export function unpackTar(archive: Buffer): TarFile[] {
  const files: TarFile[] = [];
  for (let at = 0; at + BLOCK <= archive.length; ) {
    const header = archive.subarray(at, at + BLOCK);
    if (header.every((byte) => byte === 0)) return files;
    const text = (from: number, length: number): string =>
      header
        .subarray(from, from + length)
        .toString('latin1')
        .replace(/\0.*$/s, '');
    const octal = (from: number, length: number): number => Number.parseInt(text(from, length).trim(), 8);
    const [name, size] = [text(0, 100), octal(124, 12)];
    const sum = octal(148, 8);
    const blank = Buffer.from(header);
    blank.fill(' ', 148, 156);
    if (sumOf(blank) !== sum || !Number.isSafeInteger(size))
      throw new RangeError('this is no backup, or it is damaged');
    if (!NAME.test(name) || text(156, 1) !== '0')
      throw new RangeError(`it holds ${name}, which no backup of ours does`);
    at += BLOCK;
    if (at + size > archive.length) throw new RangeError(`it ends in the middle of ${name}`);
    files.push({ name, mode: octal(100, 8), content: Buffer.from(archive.subarray(at, at + size)) });
    at += Math.ceil(size / BLOCK) * BLOCK;
  }
  throw new RangeError('it has no end: the copy was cut off');
}

function sumOf(header: Buffer): number {
  return header.reduce((sum, byte) => sum + byte, 0);
}
