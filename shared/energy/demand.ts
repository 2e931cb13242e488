import type { Instant, Span } from '../time/instant.ts';
import { HOUR, MINUTE, SECOND } from '../time/instant.ts';
import type { MeterRow } from './meter-rows.ts';
import { settlementBlocks } from './settlement.ts';

/*
 * - Blocks are fixed and aligned to the settlement zone's wall clock.
 * - An incomplete block (a second of it uncovered, or outside the asked window) never sets a maximum.
 * - kW = kWh / h and kVA = hypot(kWh, kvarh) / h of the block's own length. Without a reactive register kVA is null.
 */

export interface DemandBlock extends Span {
  readonly kWh: number;
  readonly kvarh: number | null;
  readonly kW: number;
  readonly kVA: number | null;
  readonly coveredSeconds: number;
  readonly complete: boolean;
}

export interface DemandSummary {
  readonly maxKw: number | null;
  readonly maxKva: number | null;
  /** Start of the block with the highest kW. */
  readonly at: Instant | null;
  /** Complete blocks. */
  readonly blocks: number;
  readonly incompleteBlocks: number;
}

export interface DemandInput {
  /** In order, as `meterRows` gives them. */
  readonly rows: readonly MeterRow[];
  readonly zone: string;
  readonly windowMinutes: number;
  readonly from: Instant;
  readonly to: Instant;
  /** Whether the meter has a reactive register. */
  readonly withVarh: boolean;
}

/** The blocks that touch [from, to), with the energy that falls into the window. */
export function demandBlocks({ rows, zone, windowMinutes, from, to, withVarh }: DemandInput): DemandBlock[] {
  let next = 0;
  return settlementBlocks(zone, windowMinutes, from, to).map((block) => {
    const start = Math.max(block.start, from);
    const end = Math.min(block.end, to);
    let wh = 0;
    let varh = 0;
    let covered = 0;
    for (let i = next; i < rows.length; i += 1) {
      const row = rows[i];
      if (!row || row.start >= end) break;
      if (row.end <= start) {
        next = i + 1;
        continue;
      }
      const share = (Math.min(row.end, end) - Math.max(row.start, start)) / (row.end - row.start);
      wh += row.energyWh * share;
      varh += row.varh * share;
      covered += row.coveredSeconds * share;
    }
    const hours = (block.end - block.start) / HOUR;
    const kWh = wh / 1000;
    const kvarh = withVarh ? varh / 1000 : null;
    return {
      ...block,
      kWh,
      kvarh,
      kW: kWh / hours,
      kVA: kvarh === null ? null : Math.hypot(kWh, kvarh) / hours,
      coveredSeconds: covered,
      // Readings may be a millisecond off the block's edge.
      complete: covered >= (block.end - block.start) / SECOND - 0.002,
    };
  });
}

/** The maxima of complete blocks; the first of equal ones. */
export function demandSummary(blocks: readonly DemandBlock[]): DemandSummary {
  let highest: DemandBlock | null = null;
  let maxKva: number | null = null;
  let complete = 0;
  for (const block of blocks) {
    if (!block.complete) continue;
    complete += 1;
    if (!highest || block.kW > highest.kW) highest = block;
    if (block.kVA !== null && (maxKva === null || block.kVA > maxKva)) maxKva = block.kVA;
  }
  return {
    maxKw: highest?.kW ?? null,
    maxKva,
    at: highest?.start ?? null,
    blocks: complete,
    incompleteBlocks: blocks.length - complete,
  };
}

export interface WindowPrediction {
  /** (energy so far + power now x time left) / window; null without a power reading. */
  readonly predictedKw: number | null;
  readonly predictedKWh: number | null;
  readonly secondsLeft: number;
  /** How much load to shed now so that the window ends at the limit; 0 where it will not be exceeded; null = unknown. */
  readonly shedKw: number | null;
}

/** The running demand window, as a live tile shows it. `limitKw` null: there is no limit. */
export function predictWindow(input: {
  readonly startedAt: Instant;
  readonly windowMinutes: number;
  readonly kWhSoFar: number;
  readonly powerKw: number | null;
  readonly now: Instant;
  readonly limitKw?: number | null;
}): WindowPrediction {
  const { startedAt, windowMinutes, kWhSoFar, powerKw, now, limitKw = null } = input;
  const windowMs = windowMinutes * MINUTE;
  const leftMs = Math.min(Math.max(startedAt + windowMs - now, 0), windowMs);
  const secondsLeft = leftMs / SECOND;
  if (powerKw === null) return { predictedKw: null, predictedKWh: null, secondsLeft, shedKw: null };
  const predictedKWh = kWhSoFar + powerKw * (leftMs / HOUR);
  const overKWh = limitKw === null ? null : predictedKWh - limitKw * (windowMs / HOUR);
  return {
    predictedKw: predictedKWh / (windowMs / HOUR),
    predictedKWh,
    secondsLeft,
    shedKw: overKWh === null ? null : overKWh <= 0 || leftMs === 0 ? 0 : overKWh / (leftMs / HOUR),
  };
}
