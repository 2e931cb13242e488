import type { Look } from '../contract/socket.ts';
import type { Plant } from '../plant/model.ts';
import { MINUTE } from '../time/instant.ts';
import { isPlanned } from './figures.ts';
import type { JudgedSpan } from './judged.ts';
import { wordOf } from './look.ts';
import { lostAt } from './lost-pieces.ts';
import { stopsOf } from './stops.ts';

/*
 * The loss ledger of a scope: every second of the window is in exactly one row, so the rows add up to the window and
 * `fullyProductive` is what OEE calls good (RULES 1 and 1.1, six big losses).
 *
 * - Quality losses are ideal seconds of rejects; `slowCycles` is what run time remains after small stops and all pieces at
 *   their ideal cycle. It is negative where the machine beat its ideal cycle: a finding, never clipped.
 * - A reject is a startup reject while the machine is set up, and after a planned stop until it has made STARTUP_GOOD good
 *   pieces or run STARTUP_MINUTES.
 */
export const LOSSES = [
  'offShift',
  'break',
  'scheduleLoss',
  'unplannedStop',
  'plannedStop',
  'unknown',
  'smallStop',
  'slowCycles',
  'startupRejects',
  'productionRejects',
  'fullyProductive',
] as const;
export type Loss = (typeof LOSSES)[number];

export const STARTUP_GOOD = 10;
export const STARTUP_MINUTES = 15;

export interface LossRow {
  readonly loss: Loss;
  readonly seconds: number;
  /** Good pieces not made in that time at the ideal cycle of the product then; good pieces made for `fullyProductive`. */
  readonly pieces: number;
  /** Energy used in it, where energy was passed in; null where it cannot be told. */
  readonly kWh: number | null;
  /** Money: pieces x contribution, else seconds x cost per hour, plus energy cost. Null where the plant file values neither. */
  readonly cost: number | null;
  /** `cost` is energy cost only. */
  readonly energyCostOnly: boolean;
}

export type LossEnergy = ReadonlyMap<Loss, { readonly kWh: number; readonly cost: number | null }>;

interface Row {
  seconds: number;
  pieces: number;
  money: number | null;
}

/** Rows of a machine's own spans, in the order of LOSSES. `losesPieces`: as in lostAt. */
export function lossLedger(
  plant: Plant,
  machine: string,
  spans: readonly JudgedSpan[],
  energy: LossEnergy = new Map(),
  losesPieces = true,
): LossRow[] {
  const rows = new Map<Loss, Row>(LOSSES.map((loss) => [loss, { seconds: 0, pieces: 0, money: null }]));
  /** `counts` of the machine; null where no ideal cycle says how many. */
  const book = (loss: Loss, span: JudgedSpan, seconds: number, counts: number | null) => {
    const row = rows.get(loss);
    if (!row) return;
    const { pieces, money } = lostAt(plant, machine, span.product, { counts, seconds, losesPieces });
    row.seconds += seconds;
    row.pieces += pieces;
    const isLoss = loss !== 'fullyProductive' && isPlanned(span);
    if (isLoss && money !== null) row.money = (row.money ?? 0) + money;
  };
  const isStartup = startupWatch();
  for (const span of spans) {
    const seconds = (span.end - span.start) / 1000;
    const ideal = span.idealSecondsPerPiece ?? 0;
    const possible = (s: number) => (ideal > 0 ? s / ideal : null);
    const startup = isStartup(span);
    if (!isPlanned(span)) {
      book(span.category as Loss, span, seconds, 0);
      continue;
    }
    // Pieces counted outside running time are made all the same: their ideal seconds come out of the slow-cycle row.
    const madeSeconds = ideal * span.totalCount;
    if (span.category === 'run') book('slowCycles', span, seconds - madeSeconds, possible(seconds - madeSeconds));
    else {
      book(span.category as Loss, span, seconds, possible(seconds));
      if (madeSeconds !== 0) book('slowCycles', span, -madeSeconds, -span.totalCount);
    }
    const rejects = startup ? 'startupRejects' : 'productionRejects';
    book(rejects, span, ideal * (span.totalCount - span.goodCount), span.totalCount - span.goodCount);
    book('fullyProductive', span, ideal * span.goodCount, span.goodCount);
  }
  return LOSSES.map((loss) => {
    const row = rows.get(loss) ?? { seconds: 0, pieces: 0, money: null };
    const used = energy.get(loss);
    const energyCost = used?.cost ?? null;
    const cost = row.money === null ? energyCost : row.money + (energyCost ?? 0);
    const energyCostOnly = row.money === null && energyCost !== null;
    return { loss, seconds: row.seconds, pieces: row.pieces, kWh: used?.kWh ?? null, cost, energyCostOnly };
  });
}

/** Tells, span by span in the order of time, whether a reject made in it belongs to the start of a product. */
function startupWatch(): (span: JudgedSpan) => boolean {
  let good = Number.POSITIVE_INFINITY;
  let runMs = Number.POSITIVE_INFINITY;
  return (span) => {
    if (span.state === 'setup' || span.category === 'plannedStop') {
      good = 0;
      runMs = 0;
      return true;
    }
    const startup = good < STARTUP_GOOD && runMs < STARTUP_MINUTES * MINUTE;
    good += span.goodCount;
    if (span.state === 'running') runMs += span.end - span.start;
    return startup;
  };
}

export interface TopLoss {
  /** Reason id; '' for stops without one. */
  readonly reason: string;
  readonly name: string;
  readonly seconds: number;
  /** Number of stops. */
  readonly count: number;
  readonly look: Look;
}

/** The biggest stops by reason inside planned production time, by seconds. Stops without a reason go by their look. */
export function topLosses(spans: readonly JudgedSpan[], plant: Plant, n: number): TopLoss[] {
  const found = new Map<string, TopLoss & { seconds: number; count: number }>();
  for (const stop of stopsOf(spans, plant)) {
    if (stop.category === 'scheduleLoss' || stop.category === 'run') continue;
    const key = stop.reason ?? `?${stop.look}`;
    let row = found.get(key);
    if (!row) {
      const name =
        stop.reasonName ?? (stop.look === 'minor' ? 'Minor stops' : `${wordOf(stop.look, stop.state)}, no reason`);
      row = { reason: stop.reason ?? '', name, seconds: 0, count: 0, look: stop.look };
      found.set(key, row);
    }
    row.seconds += stop.seconds;
    row.count++;
  }
  return [...found.values()].sort((a, b) => b.seconds - a.seconds || a.name.localeCompare(b.name, 'en')).slice(0, n);
}
