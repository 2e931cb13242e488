import type { CounterEvent } from '../oee/facts.ts';
import type { Instant } from '../time/instant.ts';

/** A meter was exchanged: its last and the new one's first reading, raw register units. */
export interface MeterExchange {
  readonly at: Instant;
  readonly oldFinal: number;
  readonly newStart: number;
}

/** Raw register units spread evenly over [from, to). */
export interface ExchangePart {
  readonly from: Instant;
  readonly to: Instant;
  readonly raw: number;
}

export interface ExchangeCorrection {
  /** What the step is worth, raw units; replaces `counted` of the event. */
  readonly counted: number;
  /** Where it belongs: the old meter before the exchange, the new one after it. */
  readonly parts: readonly ExchangePart[];
}

/**
 * Applies an exchange to the register step around it. The aggregator booked `event.counted` (raw, x scale = Wh) evenly
 * over [event.previousT, event.t) of the meter's pieces. The reader replaces it so: in every meter piece that overlaps
 * [previousT, t), take off counted x scale x overlap / (t - previousT), and add for each part raw x scale x overlap with
 * [part.from, part.to) / (part.to - part.from). A step that was booked as 0 without coverage (verdict `pendingJump` or
 * `preset`) gains coverage with it: the pieces' seconds inside [previousT, t) then count as covered.
 *
 * Null where the exchange does not lie in (previousT, t]: then it is not about this step. Null too where a part would be
 * negative (`oldFinal` below the last reading, or `newStart` above the next): the entry is wrong, and a finding says so.
 */
export function applyExchange(event: CounterEvent, exchange: MeterExchange): ExchangeCorrection | null {
  const { at, oldFinal, newStart } = exchange;
  if (at <= event.previousT || at > event.t) return null;
  const before = oldFinal - event.previousRaw;
  const after = event.raw - newStart;
  if (before < 0 || after < 0) return null;
  const parts: ExchangePart[] = [];
  // At the very instant of the reading there is no time left for the new meter: its part belongs to the old one's span.
  if (at === event.t) parts.push({ from: event.previousT, to: at, raw: before + after });
  else parts.push({ from: event.previousT, to: at, raw: before }, { from: at, to: event.t, raw: after });
  return { counted: before + after, parts };
}
