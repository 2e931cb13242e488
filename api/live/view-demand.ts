import type { DemandView } from '#shared/contract/socket.ts';
import { demandBlocks, predictWindow } from '#shared/energy/demand.ts';
import { meterRows, readingsByMeter } from '#shared/energy/meter-rows.ts';
import { hasReactive, metersBehind, tariffFor } from '#shared/energy/scope.ts';
import { type Plant, valueAt } from '#shared/plant/model.ts';
import type { ShiftInstance } from '#shared/time/calendar.ts';
import { HOUR, type Instant, toIso } from '#shared/time/instant.ts';
import { intervalBounds } from '#shared/time/periods.ts';
import { clockLabel } from '#shared/time/zone.ts';
import { rootMeters } from '../kpi/energy-slices.ts';
import type { Scope } from '../scope.ts';
import type { LiveStore } from './store.ts';

/** Window of a meter whose tariff does not say. */
const WINDOW_MINUTES = 30;

/** The running demand window of a meter, and the complete ones of the shift (without a shift: of the last two hours). */
export function demandView(
  plant: Plant,
  live: LiveStore,
  { meter, of }: DemandOf,
  shift: ShiftInstance | null,
  now: Instant,
): DemandView {
  const tariff = tariffFor(plant, meter, now);
  const zone = tariff?.timezone ?? plant.site.timezone;
  const windowMinutes = tariff?.intervalMinutes ?? WINDOW_MINUTES;
  const current = intervalBounds(zone, now, windowMinutes);
  const from = intervalBounds(zone, shift?.start ?? now - 2 * HOUR, windowMinutes).start;
  const pieces = metersBehind(plant, meter).flatMap((id) => live.meter(id).facts.known(from));
  const rows = meterRows(plant, readingsByMeter(pieces, from, current.end), meter);
  const blocks = demandBlocks({
    rows,
    zone,
    windowMinutes,
    from,
    to: current.end,
    withVarh: hasReactive(plant, meter),
  });
  const running = blocks.find((b) => b.start === current.start);
  const kWhSoFar = running?.kWh ?? 0;
  const powerW = live.meter(meter).powerW;
  const powerKw = powerW === null ? null : powerW / 1000;
  // Energy is known up to the last reading; from there to the window's end it goes on at the power of now.
  const known = Math.min(Math.max(rows.at(-1)?.end ?? current.start, current.start), now);
  const { predictedKw } = predictWindow({ startedAt: current.start, windowMinutes, kWhSoFar, powerKw, now: known });
  return {
    meter,
    meterName: plant.meters.get(meter)?.name ?? meter,
    of,
    windowMinutes,
    start: toIso(current.start),
    end: toIso(current.end),
    endLabel: clockLabel(plant.site.timezone, current.end),
    kWhSoFar: tidy(kWhSoFar),
    knownTo: toIso(known),
    powerKw: powerKw === null ? null : tidy(powerKw),
    predictedKw: predictedKw === null ? null : tidy(predictedKw),
    limitKw: tariff?.capacity?.agreedKva ?? null,
    blocks: Object.fromEntries(
      blocks.filter((b) => b.start < current.start && b.complete).map((b) => [toIso(b.start), tidy(b.kW)]),
    ),
  };
}

export interface DemandOf {
  readonly meter: string;
  readonly of: 'scope' | 'plant';
}

/**
 * The meter whose demand a scope goes by: of a line or a machine the real meter that has a tariff of its own and feeds
 * nothing but them; else what the plant is billed for, the first root meter with a tariff, else the first root meter.
 */
export function demandMeter(plant: Plant, scope: Scope, now: Instant): DemandOf | null {
  const roots = rootMeters(plant);
  if (scope.kind !== 'site') {
    const own = [...plant.meters.values()].find(
      ({ id, sum }) => sum === null && tariffFor(plant, id, now)?.meter === id && feedsExactly(plant, id, scope, now),
    );
    if (own) return { meter: own.id, of: 'scope' };
  }
  const meter = roots.find((id) => tariffFor(plant, id, now) !== null) ?? roots[0];
  return meter === undefined ? null : { meter, of: scope.kind === 'site' ? 'scope' : 'plant' };
}

function feedsExactly(plant: Plant, meter: string, scope: Scope, now: Instant): boolean {
  const fed = new Set<string>();
  for (const id of metersBehind(plant, meter)) {
    for (const { machine } of valueAt(plant.meters.get(id)?.feeds ?? [], now) ?? []) fed.add(machine);
  }
  return fed.size > 0 && fed.size === scope.machines.length && scope.machines.every((id) => fed.has(id));
}

function tidy(value: number): number {
  return Math.round(value * 1000) / 1000;
}
