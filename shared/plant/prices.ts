import { type Instant, MINUTE } from '../time/instant.ts';

type Prices = readonly { readonly from: Instant; readonly to: Instant; readonly rate: number }[];

const INSTANT = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;

function reasonOf(error: unknown): string {
  if (error instanceof Error && 'code' in error) return error.code === 'ENOENT' ? 'there is none' : String(error.code);
  return error instanceof Error ? error.message : String(error);
}

/**
 * A CSV file `start,rate`: instants with their offset, money per kWh, one row an interval. A row without a rate, or one that
 * is not there, is an interval without a price. Comes back in order of time.
 */
export function parsePrices(
  path: string,
  intervalMinutes: number,
  readFile: ((path: string) => string) | undefined,
): { prices: Prices } | { problem: string } {
  let text: string;
  try {
    text = readFile?.(path) ?? '';
  } catch (error) {
    return { problem: `${path} cannot be read (${reasonOf(error)}); name a file relative to this one` };
  }
  const rows = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  if (rows[0]?.trim().toLowerCase() !== 'start,rate') {
    return { problem: `${path}:1: must begin with the header "start,rate"` };
  }
  const prices: { from: Instant; to: Instant; rate: number }[] = [];
  for (const [i, row] of rows.entries()) {
    if (i === 0 || row.trim() === '') continue;
    const [start = '', rate = '', ...more] = row.split(',').map((cell) => cell.trim());
    const from = INSTANT.test(start) ? Date.parse(start.replace(' ', 'T')) : Number.NaN;
    if (Number.isNaN(from) || more.length > 0) {
      return { problem: `${path}:${i + 1}: must be start,rate with an instant like 2026-04-01T00:00:00Z` };
    }
    if (rate === '') continue;
    const value = Number(rate);
    if (!Number.isFinite(value))
      return { problem: `${path}:${i + 1}: the rate must be a number, not "${rate.slice(0, 40)}"` };
    prices.push({ from, to: from + intervalMinutes * MINUTE, rate: value });
  }
  prices.sort((a, b) => a.from - b.from);
  const overlapping = prices.find((p, i) => i > 0 && p.from < (prices[i - 1]?.to ?? p.from));
  if (overlapping) {
    const at = new Date(overlapping.from).toISOString();
    return { problem: `${path}: ${at} begins before the interval in front of it ends (${intervalMinutes} minutes)` };
  }
  return { prices };
}
