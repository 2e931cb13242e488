import type { Entry } from '#shared/ledger/entry.ts';
import type { Span } from '#shared/time/instant.ts';

export const ALWAYS: Span = { start: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY };

/** Before all time and after it: nothing overlaps it. */
const NEVER: Span = { start: Number.POSITIVE_INFINITY, end: Number.NEGATIVE_INFINITY };

/** The time whose judgement an entry can change; stretches that it lies in count whole, by the context of their slices. */
export function touchedBy(entry: Entry): Span {
  switch (entry.type) {
    case 'stopReason':
      return 'at' in entry ? { start: entry.at, end: entry.at } : { start: entry.from, end: entry.to };
    case 'scrap':
      return { start: entry.at - 1, end: entry.at };
    case 'merge':
      return { start: entry.at, end: entry.at };
    case 'note':
    case 'andonCall':
    case 'andonAcknowledge':
    case 'andonClose':
    case 'periodLock':
      return NEVER;
    case 'calendarException':
    case 'target':
      // They make another plant, which throws everything away.
      return NEVER;
    case 'product':
    case 'orderStart':
    case 'orderFinish':
      // It holds until the PLC reports another one, which may be long after.
      return { start: entry.at, end: Number.POSITIVE_INFINITY };
    case 'counterVerdict':
      return isRegister(entry.signal) ? ALWAYS : { start: entry.t - 1, end: entry.t };
    case 'meterExchange':
    case 'void':
      // A register step is spread back to the reading before it.
      return ALWAYS;
  }
}

function isRegister(signal: string): boolean {
  return /\.(importWh|exportWh|importVarh)$/.test(signal);
}
