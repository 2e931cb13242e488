import { type Instant, MINUTE, toIso } from '../time/instant.ts';

type Prices = readonly { readonly from: Instant; readonly to: Instant; readonly rate: number }[];

const INSTANT = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;

function reasonOf(error: unknown): string {
  if (error instanceof Error && 'code' in error) return error.code === 'ENOENT' ? 'there is none' : String(error.code);
  return error instanceof Error ? error.message : String(error);
}

/** Begins each file of a folder, in the text that the reader of files gives for the folder. */
export const FILE_MARK = '# file ';

export interface SeriesRow {
  readonly from: Instant;
  readonly to: Instant;
  readonly value: number;
}

/**
 * A CSV file `start,<column>`: instants with their offset, one row an interval. A row without a value, or one that is not
 * there, is an interval without one. A folder gives its files one after another, each behind a `# file name` line; there a
 * later file (by name) replaces what an earlier one said about an interval, as a corrected day does. In order of time.
 */
export function parseSeries(
  path: string,
  intervalMinutes: number,
  column: string,
  readFile: (path: string) => string,
): { readonly rows: readonly SeriesRow[] } | { readonly problem: string } {
  let text: string;
  try {
    text = readFile(path);
  } catch (error) {
    return { problem: `${path} cannot be read (${reasonOf(error)}); name a file relative to this one` };
  }
  const found = new Map<Instant, SeriesRow & { readonly file: number }>();
  let file = path;
  let files = 0;
  let line = 0;
  let header = false;
  for (const raw of text.replace(/^\uFEFF/, '').split(/\r?\n/)) {
    line += 1;
    const row = raw.trim();
    if (row.startsWith(FILE_MARK)) {
      file = row.slice(FILE_MARK.length);
      files += 1;
      line = 0;
      header = false;
      continue;
    }
    const place = `${file}:${line}`;
    if (!header) {
      if (row.replace(/^\uFEFF/, '').toLowerCase() !== `start,${column}`.toLowerCase()) {
        return { problem: `${place}: must begin with the header "start,${column}"` };
      }
      header = true;
      continue;
    }
    if (row === '') continue;
    const [start = '', given = '', ...more] = row.split(',').map((cell) => cell.trim());
    const from = INSTANT.test(start) ? Date.parse(start.replace(' ', 'T')) : Number.NaN;
    if (Number.isNaN(from) || more.length > 0) {
      return { problem: `${place}: must be start,${column} with an instant like 2026-04-01T00:00:00Z` };
    }
    const value = Number(given);
    if (!Number.isFinite(value)) {
      return { problem: `${place}: the ${column} must be a number, not "${given.slice(0, 40)}"` };
    }
    const before = found.get(from);
    if (before && before.file === files) {
      return {
        problem: `${place}: ${toIso(from)} begins before the interval in front of it ends: it was there already`,
      };
    }
    if (given === '') found.delete(from);
    else found.set(from, { from, to: from + intervalMinutes * MINUTE, value, file: files });
  }
  if (!header && files === 0) return { problem: `${path}:1: must begin with the header "start,${column}"` };
  const rows = [...found.values()].sort((a, b) => a.from - b.from);
  const overlapping = rows.find((p, i) => i > 0 && p.from < (rows[i - 1]?.to ?? p.from));
  if (overlapping) {
    const at = toIso(overlapping.from);
    return { problem: `${path}: ${at} begins before the interval in front of it ends (${intervalMinutes} minutes)` };
  }
  return { rows: rows.map(({ from, to, value }) => ({ from, to, value })) };
}

/** Money per kWh by interval, from a CSV file `start,rate` or a folder of such files. */
export function parsePrices(
  path: string,
  intervalMinutes: number,
  readFile: ((path: string) => string) | undefined,
): { prices: Prices } | { problem: string } {
  const read = parseSeries(path, intervalMinutes, 'rate', readFile ?? (() => ''));
  if ('problem' in read) return read;
  return { prices: read.rows.map(({ from, to, value }) => ({ from, to, rate: value })) };
}
