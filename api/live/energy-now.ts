import { attributeEnergy } from '#shared/energy/attribute.ts';
import { metersBehind } from '#shared/energy/scope.ts';
import type { MeterPiece } from '#shared/oee/facts.ts';
import type { Plant } from '#shared/plant/model.ts';
import type { ShiftInstance } from '#shared/time/calendar.ts';
import type { Instant, Span } from '#shared/time/instant.ts';
import { DAY_MS } from '../kpi/bounds.ts';
import { type EnergyCell, energyCells } from '../kpi/energy-cells.ts';
import { rootMeters } from '../kpi/energy-slices.ts';
import type { MachineNow } from './machine-now.ts';
import type { LiveStore } from './store.ts';

/** Energy of a window that is still running, from memory alone. */
export interface EnergyNow {
  /** From the shift's start to the newest reading. */
  readonly window: Span;
  readonly cells: readonly EnergyCell[];
  readonly coveredSeconds: ReadonlyMap<string, number>;
}

/** Attributes what every root meter measured since `start`. Null where there is no reading yet. */
export function energyNow(
  plant: Plant,
  live: LiveStore,
  nows: ReadonlyMap<string, MachineNow>,
  start: Instant,
): EnergyNow | null {
  const spansByMachine = new Map([...nows].map(([id, now]) => [id, now.spans]));
  const cells: EnergyCell[] = [];
  const covered = new Map<string, number>();
  let end = start;
  for (const root of rootMeters(plant)) {
    const meterPieces: MeterPiece[] = [];
    for (const id of metersBehind(plant, root)) {
      for (const row of live.meter(id).facts.known(start)) {
        meterPieces.push(row);
        if (row.machine !== '') continue;
        end = Math.max(end, row.end);
        covered.set(id, (covered.get(id) ?? 0) + row.coveredSeconds);
      }
    }
    if (end <= start) continue;
    const items = attributeEnergy({ plant, meter: root, meterPieces, spansByMachine, from: start, to: end });
    for (const cell of energyCells(items)) cells.push(cell);
  }
  return end > start ? { window: { start, end }, cells, coveredSeconds: covered } : null;
}

/** The shifts that a line's energy is compared with: `count` before `now`, and the running one, oldest first. */
export function lastShifts(
  shiftsIn: (from: Instant, to: Instant) => readonly ShiftInstance[],
  now: Instant,
  count: number,
): readonly ShiftInstance[] {
  const begun = (from: Instant) => shiftsIn(from, now + 1).filter((s) => s.start <= now);
  for (const days of [8, 32, 120]) {
    const found = begun(now - days * DAY_MS).filter((s) => s.start > now - days * DAY_MS);
    if (found.length > count) return found.slice(-(count + 1));
    if (days === 120) return found;
  }
  return [];
}
