import { type Instant, MINUTE, toIso } from '#shared/time/instant.ts';
import type { HistorianLink } from './link.ts';

/** How full the historian is, for people; asked of the engine once a minute at most. */
export interface HistorianFill {
  readonly bytes: number | null;
  readonly oldestMinute: string | null;
  readonly prunedBefore: string | null;
}

const UNKNOWN: HistorianFill = { bytes: null, oldestMinute: null, prunedBefore: null };

export function historianFill(
  historian: Pick<HistorianLink, 'connected' | 'reader'>,
): (now: Instant) => Promise<HistorianFill> {
  let asked: { readonly at: Instant; readonly answer: Promise<HistorianFill> } | null = null;

  async function ask(): Promise<HistorianFill> {
    try {
      const reader = historian.reader();
      const [{ bytes, oldestMinute }, prunedBefore] = await Promise.all([reader.fill(), reader.prunedBefore()]);
      return { bytes, oldestMinute: isoOf(oldestMinute), prunedBefore: isoOf(prunedBefore) };
    } catch {
      // Why it does not answer is said beside it.
      return UNKNOWN;
    }
  }

  return (now) => {
    if (!historian.connected) return Promise.resolve(UNKNOWN);
    if (!asked || now - asked.at >= MINUTE) asked = { at: now, answer: ask() };
    return asked.answer;
  };
}

function isoOf(t: Instant | null): string | null {
  return t === null ? null : toIso(t);
}
