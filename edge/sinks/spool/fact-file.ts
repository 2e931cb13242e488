import { createHash } from 'node:crypto';
import type { FactBatch } from '#shared/oee/facts.ts';
import type { Instant } from '#shared/time/instant.ts';

/*
 * A file of facts that is carried across where no reply can come back.
 *
 * Three lines of text: what it is, the facts, and SHA-256 of the two lines before it. Whoever reads it knows by the number which
 * files came before, and by the sum that it arrived whole.
 */
export interface FactFileHeader {
  readonly linewatt: 'facts';
  readonly version: 1;
  readonly site: string;
  readonly edge: string;
  /** Made at random when a spool is begun: numbers that begin again after a lost disk are of another series. */
  readonly series: string;
  /** 1, 2, 3, ... without a gap. */
  readonly number: number;
  readonly madeAt: Instant;
  readonly plantHash: string;
}

export interface FactFile {
  readonly header: FactFileHeader;
  readonly batch: FactBatch;
}

const SUFFIX = '.facts';
const DIGITS = 10;

export function factFileName(edge: string, number: number): string {
  return `${edge}-${String(number).padStart(DIGITS, '0')}${SUFFIX}`;
}

/** Number in a file's name; null for any other file. */
export function numberInName(name: string): number | null {
  const found = /-(\d{10})\.facts$/.exec(name);
  return found ? Number(found[1]) : null;
}

export function writeFactFile({ header, batch }: FactFile): string {
  const text = `${JSON.stringify(header)}\n${JSON.stringify(batch)}\n`;
  return `${text}${sumOf(text)}\n`;
}

/** @throws Error that says what is wrong with it. */
export function readFactFile(text: string): FactFile {
  const end = text.lastIndexOf('\n', text.length - 2) + 1;
  if (end <= 0 || text.slice(end).trim() !== sumOf(text.slice(0, end))) {
    throw new Error('it is not whole: its sum does not match');
  }
  const [first = '', second = ''] = text.split('\n');
  const header = JSON.parse(first) as FactFileHeader;
  if (header.linewatt !== 'facts') throw new Error('it is no file of facts');
  if (header.version !== 1) throw new Error(`it is of version ${header.version}, which this Linewatt cannot read`);
  return { header, batch: JSON.parse(second) as FactBatch };
}

function sumOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
