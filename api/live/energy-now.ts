import { attributeEnergy } from '#shared/energy/attribute.ts';
import { correctMeterPieces } from '#shared/energy/exchange.ts';
import { metersBehind } from '#shared/energy/scope.ts';
import type { Entry } from '#shared/ledger/entry.ts';
import type { Plant } from '#shared/plant/model.ts';
import type { ShiftInstance } from '#shared/time/calendar.ts';
import type { Instant, Span } from '#shared/time/instant.ts';
import { DAY_MS } from '../kpi/bounds.ts';
import { type EnergyCell, energyCells } from '../kpi/energy-cells.ts';
import { isAboutRegisters, rootMeters } from '../kpi/energy-slices.ts';
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
  entries: readonly Entry[],
  start: Instant,
): EnergyNow | null {
  const about = entries.filter(isAboutRegisters);
  const spansByMachine = new Map([...nows].map(([id, now]) => [id, now.spans]));
  const cells: EnergyCell[] = [];
  const covered = new Map<string, number>();
  let end = start;
  for (const root of rootMeters(plant)) {
    const meters = metersBehind(plant, root);
    const measured = meters.flatMap((id) => live.meter(id).facts.known(start));
    const counterEvents = about.length === 0 ? [] : meters.flatMap((id) => live.counterEvents.of(id));
    const meterPieces = correctMeterPieces({ plant, meterPieces: measured, counterEvents, entries: about });
    for (const row of meterPieces) {
      if (row.machine !== '') continue;
      end = Math.max(end, row.end);
      covered.set(row.meter, (covered.get(row.meter) ?? 0) + row.coveredSeconds);
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
