import type { Instant } from '../time/instant.ts';
import { HOUR } from '../time/instant.ts';
import type { DemandBlock } from './demand.ts';

/*
 * Energy performance indicators (RULES section 9). All energy of the window is in the numerator, idle and off shift too.
 * Undefined is null: no good piece, no figure.
 */

export interface EnpiInput {
  /** Null = not measured. */
  readonly kWh: number | null;
  readonly goodCount: number;
  /** Seconds of running, small stops included. */
  readonly runSeconds: number;
  /** Ideal cycle time x good pieces, s: comparable over a mix of products. */
  readonly idealGoodSeconds: number;
}

export interface Enpi {
  readonly kWhPerGood: number | null;
  readonly kWhPerRunHour: number | null;
  /** Per hour of good work at the ideal cycle time. */
  readonly kWhPerStandardHour: number | null;
}

export function enpiOf({ kWh, goodCount, runSeconds, idealGoodSeconds }: EnpiInput): Enpi {
  const per = (quantity: number): number | null => (kWh !== null && quantity > 0 ? kWh / quantity : null);
  return {
    kWhPerGood: per(goodCount),
    kWhPerRunHour: per(runSeconds / 3600),
    kWhPerStandardHour: per(idealGoodSeconds / 3600),
  };
}

/** Load that is equalled or exceeded for `hours` of the window. */
export interface DurationPoint {
  readonly kW: number;
  readonly hours: number;
  /** Share of the window's measured time, 0 to 1. */
  readonly share: number;
}

type LoadBlock = Pick<DemandBlock, 'start' | 'end' | 'kW' | 'complete'>;

/** The load duration curve of the complete blocks, highest load first. */
export function loadDuration(blocks: readonly LoadBlock[]): DurationPoint[] {
  const sorted = blocks.filter((b) => b.complete).sort((a, b) => b.kW - a.kW);
  const all = hoursOf(sorted);
  let hours = 0;
  return sorted.map((block) => {
    hours += (block.end - block.start) / HOUR;
    return { kW: block.kW, hours, share: hours / all };
  });
}

/**
 * Base load, kW: the level equalled or exceeded for `share` of the time (default 95 %), never the minimum, which one dead
 * reading sets. Null without a complete block.
 */
export function baseLoadKw(blocks: readonly LoadBlock[], share = 0.95): number | null {
  // The smallest sum of blocks that reaches the share; the margin is for sums of binary fractions.
  const point = loadDuration(blocks).find((p) => p.share >= share - 1e-9);
  return point?.kW ?? null;
}

/** Mean over maximum of the complete blocks, 0 to 1; null without a block or without load. */
export function loadFactor(blocks: readonly LoadBlock[]): number | null {
  const complete = blocks.filter((b) => b.complete);
  const max = complete.reduce((highest, b) => Math.max(highest, b.kW), 0);
  if (max <= 0) return null;
  const kWh = complete.reduce((sum, b) => sum + (b.kW * (b.end - b.start)) / HOUR, 0);
  return kWh / hoursOf(complete) / max;
}

/** The highest complete blocks, highest first: where a demand charge is won or lost. */
export function topBlocks<T extends LoadBlock>(blocks: readonly T[], count: number): T[] {
  return blocks
    .filter((b) => b.complete)
    .sort((a, b) => b.kW - a.kW || a.start - b.start)
    .slice(0, count);
}

function hoursOf(blocks: readonly { readonly start: Instant; readonly end: Instant }[]): number {
  return blocks.reduce((sum, b) => sum + (b.end - b.start) / HOUR, 0);
}
