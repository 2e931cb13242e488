import type { DemandView } from '#shared/contract/socket.ts';
import { instant } from '../../format/clock.ts';
import type { ShiftWindow } from './shift-window.ts';

/** Amber from this share of the limit on; above the limit it is the down colour. */
export const NEAR_LIMIT = 0.95;

export interface DemandBar {
  readonly x: number;
  readonly width: number;
  /** kW already used of this window's mean, and the mean expected at its end. */
  readonly usedKw: number;
  readonly expectedKw: number;
  readonly running: boolean;
}

export interface DemandPicture {
  readonly bars: readonly DemandBar[];
  /** Top of the scale, kW. */
  readonly topKw: number;
  /** x from which the future is empty. */
  readonly futureX: number;
  readonly level: 'normal' | 'near' | 'over';
}

/** One bar per demand window of the shift: complete ones solid, the running one used and expected. */
export function demandPicture(demand: DemandView, shift: ShiftWindow, width: number): DemandPicture {
  const length = demand.windowMinutes * 60_000;
  const place = (start: number): { x: number; width: number } => {
    const full = (length / (shift.to - shift.from)) * width;
    return { x: ((start - shift.from) / (shift.to - shift.from)) * width + full * 0.1, width: full * 0.8 };
  };
  const inShift = (start: number): boolean => start + length > shift.from && start < shift.to;
  const bars: DemandBar[] = [];
  for (const [iso, kW] of Object.entries(demand.blocks)) {
    const start = instant(iso);
    if (start === null || kW === null || !inShift(start)) continue;
    bars.push({ ...place(start), usedKw: kW, expectedKw: kW, running: false });
  }
  const start = instant(demand.start);
  if (start !== null && inShift(start)) {
    const usedKw = demand.kWhSoFar / (demand.windowMinutes / 60);
    bars.push({ ...place(start), usedKw, expectedKw: Math.max(usedKw, demand.predictedKw ?? usedKw), running: true });
  }
  bars.sort((a, b) => a.x - b.x);
  const last = bars.at(-1);
  const share = demand.limitKw && demand.predictedKw !== null ? demand.predictedKw / demand.limitKw : 0;
  return {
    bars,
    topKw: Math.max(1, demand.limitKw ?? 0, ...bars.map((bar) => bar.expectedKw)),
    futureX: last ? last.x + last.width : 0,
    level: share > 1 ? 'over' : share > NEAR_LIMIT ? 'near' : 'normal',
  };
}
