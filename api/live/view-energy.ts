import type { EnergyView, ShiftEnergyView } from '#shared/contract/socket.ts';
import { lookOf } from '#shared/oee/look.ts';
import type { ShiftInstance } from '#shared/time/calendar.ts';
import { type Instant, type Span, toIso } from '#shared/time/instant.ts';
import { type EnergyCell, totalOf } from '../kpi/energy-cells.ts';
import { CURVE_MS, type EnergySlice } from '../kpi/energy-slices.ts';

/** Energy of one shift of a scope, whole or so far. */
export interface ShiftEnergy {
  readonly shift: ShiftInstance;
  /** Cells of the scope. */
  readonly cells: readonly EnergyCell[];
  readonly coverage: number | null;
  readonly good: number | null;
  readonly provisional: boolean;
  /** No reading at all: its energy is not known, which is not 0. */
  readonly empty: boolean;
}

export function shiftEnergyView(energy: ShiftEnergy, dateLabel: (date: string) => string): ShiftEnergyView {
  const { shift, cells, coverage, good, provisional, empty } = energy;
  const total = totalOf(cells);
  const byBand = new Map<string, EnergyCell[]>();
  const byState: Record<string, number> = {};
  const byCategory: Record<string, number> = {};
  for (const cell of cells) {
    const list = byBand.get(cell.band);
    if (list) list.push(cell);
    else byBand.set(cell.band, [cell]);
    const { state, category } = cell;
    const look = state === null || category === null ? 'rest' : lookOf({ state, category });
    byState[look] = (byState[look] ?? 0) + cell.kWh;
    const key = category ?? 'rest';
    byCategory[key] = (byCategory[key] ?? 0) + cell.kWh;
  }
  return {
    id: shift.id,
    name: shift.name,
    date: shift.productionDate,
    dateLabel: dateLabel(shift.productionDate),
    start: toIso(shift.start),
    end: toIso(shift.end),
    kWh: empty ? null : tidy(total.kWh),
    byBand: Object.fromEntries(
      [...byBand].map(([band, own]) => {
        const { kWh, cost } = totalOf(own);
        return [band, { kWh: tidy(kWh), cost: cost === null ? null : tidy(cost) }];
      }),
    ),
    byState: tidyAll(byState),
    byCategory: tidyAll(byCategory),
    cost: total.cost === null ? null : tidy(total.cost),
    kWhPerGood: good !== null && good > 0 && !empty ? Math.round((total.kWh / good) * 1e6) / 1e6 : null,
    coverage: coverage === null ? null : Math.round(coverage * 1e4) / 1e4,
    provisional,
  };
}

export function energyView(
  shifts: readonly ShiftEnergyView[],
  powerKw: number | null,
  usualKWhSoFar: number | null,
): EnergyView {
  return {
    shifts: Object.fromEntries(shifts.map((view) => [view.start, view])),
    powerKw: powerKw === null ? null : tidy(powerKw),
    usualKWhSoFar: usualKWhSoFar === null ? null : Math.round(usualKWhSoFar * 10) / 10,
  };
}

/** kWh of a past shift in its first `elapsedMs`, from the slices' curves; linear inside a step. */
export function kWhInFirst(
  slices: readonly (readonly [Span, EnergySlice])[],
  start: Instant,
  elapsedMs: number,
  isOwn: (machine: string) => boolean,
): number {
  const until = start + elapsedMs;
  let kWh = 0;
  for (const [slice, { curves }] of slices) {
    if (slice.start >= until) continue;
    for (const [machine, curve] of curves) {
      if (!isOwn(machine)) continue;
      for (let i = 0; i < curve.length; i++) {
        const from = slice.start + i * CURVE_MS;
        const to = Math.min(from + CURVE_MS, slice.end);
        if (from >= until) break;
        kWh += (curve[i] ?? 0) * Math.min(1, (until - from) / (to - from));
      }
    }
  }
  return kWh;
}

function tidy(value: number): number {
  return Math.round(value * 1000) / 1000;
}

function tidyAll(values: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(values).map(([k, v]) => [k, tidy(v)]));
}
