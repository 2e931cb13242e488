import type { DemandView } from '#shared/contract/socket.ts';
import { demandBlocks, predictWindow } from '#shared/energy/demand.ts';
import { meterRows, readingsByMeter } from '#shared/energy/meter-rows.ts';
import { hasReactive, metersBehind, tariffFor } from '#shared/energy/scope.ts';
import type { Plant } from '#shared/plant/model.ts';
import type { ShiftInstance } from '#shared/time/calendar.ts';
import { HOUR, type Instant, toIso } from '#shared/time/instant.ts';
import { intervalBounds } from '#shared/time/periods.ts';
import { clockLabel } from '#shared/time/zone.ts';
import type { LiveStore } from './store.ts';

/** Window of a meter whose tariff does not say. */
const WINDOW_MINUTES = 30;

/** The running demand window of a meter, and the complete ones of the shift (without a shift: of the last two hours). */
export function demandView(
  plant: Plant,
  live: LiveStore,
  meter: string,
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
    windowMinutes,
    start: toIso(current.start),
    end: toIso(current.end),
    endLabel: clockLabel(plant.site.timezone, current.end),
    kWhSoFar: tidy(kWhSoFar),
    powerKw: powerKw === null ? null : tidy(powerKw),
    predictedKw: predictedKw === null ? null : tidy(predictedKw),
    limitKw: tariff?.capacity?.agreedKva ?? null,
    blocks: Object.fromEntries(
      blocks.filter((b) => b.start < current.start && b.complete).map((b) => [toIso(b.start), tidy(b.kW)]),
    ),
  };
}

/** The meter whose demand counts: the first root meter with a tariff, else the first root meter. */
export function demandMeter(plant: Plant, roots: readonly string[], now: Instant): string | null {
  return roots.find((id) => tariffFor(plant, id, now) !== null) ?? roots[0] ?? null;
}

function tidy(value: number): number {
  return Math.round(value * 1000) / 1000;
}
