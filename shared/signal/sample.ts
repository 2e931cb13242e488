import type { Instant } from '../time/instant.ts';

export type Quality = 'good' | 'uncertain' | 'bad';

/**
 * One reading of one signal, as the aggregator sees it and the journal keeps it. Numbers are raw (scale and modulus are
 * applied later); state, reason and product values are already mapped ids. INTERFACES section 2.
 */
export interface Sample {
  /** Event time: the source's own timestamp. */
  readonly t: Instant;
  /** `<machine>.state|total|good|reject|cycles|product|order|reason|<condition>` or `<meter>.importWh|exportWh|importVarh|powerW`. */
  readonly signal: string;
  /** `null` clears a reason, a product or an order; for a state it means unknown. */
  readonly value: number | string | null;
  readonly quality: Quality;
  /** Arrival at the edge. Never earlier than what was known: `asOf` reads by it. */
  readonly received: Instant;
  /** Repeats with the same id are ignored. */
  readonly id?: string;
  /** What the source said, where a map of the plant file made the value of it: with another map it can be read again. */
  readonly raw?: RawReading;
}

export interface RawReading {
  readonly value: number | string | boolean | null;
  readonly quality: Quality;
  /** What the source's own clock said, where it is wrong and the sample was shifted. */
  readonly t?: Instant;
}

/** The journal's record of how far a source's clock is from ours, milliseconds, in force from its time on. No fact rests on it. */
export function clockOffsetSignal(source: string): string {
  return `${source}${CLOCK_OFFSET}`;
}

export function isClockOffset(signal: string): boolean {
  return signal.endsWith(CLOCK_OFFSET);
}

const CLOCK_OFFSET = '.clockOffset';
