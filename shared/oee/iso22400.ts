import type { Plant } from '../plant/model.ts';
import type { JudgedSpan } from './judged.ts';

/*
 * The ISO 22400-2 view (RULES section 2): another profile of the same seconds. Its factors are never mixed with ours.
 *
 * - POT = scheduled time without breaks. PBT = POT - PDOT = APT + AUST + ADET + ADOT.
 * - APT is running without small stops, which are delays here. No order is actual downtime (ADOT), inside PBT.
 * - Where data is missing the machine is not known to produce: unknown time is delay (ADET).
 * - Times in seconds, PQ and GQ in pieces made inside POT.
 */
export interface Iso22400 {
  readonly POT: number;
  readonly PBT: number;
  readonly APT: number;
  readonly AUST: number;
  readonly ADET: number;
  readonly ADOT: number;
  readonly AUPT: number;
  readonly AUBT: number;
  readonly PQ: number;
  readonly GQ: number;
  readonly allocationEfficiency: number | null;
  readonly utilizationEfficiency: number | null;
  readonly availability: number | null;
  readonly effectiveness: number | null;
  readonly qualityRatio: number | null;
  readonly oeeIndex: number | null;
  readonly neeIndex: number | null;
  readonly setupRatio: number | null;
  readonly technicalEfficiency: number | null;
}

type Element = 'APT' | 'AUST' | 'ADET' | 'ADOT' | 'PDOT';

/** The element that a second belongs to; null outside planned operation time. */
export function isoElementOf(span: JudgedSpan, plant: Plant): Element | null {
  if (span.category === 'offShift' || span.category === 'break') return null;
  if (span.state === 'running') return 'APT';
  const override = span.reason === null ? null : (plant.reasons.get(span.reason)?.iso22400 ?? null);
  if (override) return override;
  if (span.category === 'scheduleLoss') return 'ADOT';
  if (span.category !== 'plannedStop') return 'ADET';
  return span.state === 'setup' ? 'AUST' : 'PDOT';
}

/** Of judged spans of one machine, or of several in a row (sums over machines). */
export function iso22400Of(spans: Iterable<JudgedSpan>, plant: Plant): Iso22400 {
  const seconds: Record<Element, number> = { APT: 0, AUST: 0, ADET: 0, ADOT: 0, PDOT: 0 };
  let PQ = 0;
  let GQ = 0;
  let idealSeconds = 0;
  let idealKnown = true;
  for (const span of spans) {
    const element = isoElementOf(span, plant);
    if (element === null) continue;
    seconds[element] += (span.end - span.start) / 1000;
    PQ += span.totalCount;
    GQ += span.goodCount;
    idealSeconds += span.totalCount * (span.idealSecondsPerPiece ?? 0);
    if (span.totalCount > 0 && span.idealSecondsPerPiece === null) idealKnown = false;
  }
  const { APT, AUST, ADET, ADOT, PDOT } = seconds;
  const AUPT = APT + AUST;
  const AUBT = AUPT + ADET;
  const PBT = AUBT + ADOT;
  const availability = ratio(APT, PBT);
  const effectiveness = idealKnown ? ratio(idealSeconds, APT) : null;
  const qualityRatio = ratio(GQ, PQ);
  return {
    POT: PBT + PDOT,
    PBT,
    APT,
    AUST,
    ADET,
    ADOT,
    AUPT,
    AUBT,
    PQ,
    GQ,
    allocationEfficiency: ratio(AUBT, PBT),
    utilizationEfficiency: ratio(APT, AUBT),
    availability,
    effectiveness,
    qualityRatio,
    oeeIndex: product(availability, effectiveness, qualityRatio),
    neeIndex: product(ratio(AUPT, PBT), effectiveness, qualityRatio),
    setupRatio: ratio(AUST, AUPT),
    technicalEfficiency: ratio(APT, APT + ADET),
  };
}

function ratio(numerator: number, denominator: number): number | null {
  return denominator > 0 ? numerator / denominator : null;
}

function product(...factors: readonly (number | null)[]): number | null {
  let value = 1;
  for (const factor of factors) {
    if (factor === null) return null;
    value *= factor;
  }
  return value;
}
