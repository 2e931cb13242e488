import type { MeterPiece } from '../oee/facts.ts';
import type { Plant, Tariff } from '../plant/model.ts';
import type { Instant } from '../time/instant.ts';
import { demandBlocks } from './demand.ts';
import type { LoadRow } from './load.ts';
import { meterRows, readingsByMeter } from './meter-rows.ts';
import { hasReactive } from './scope.ts';

/**
 * A metered load for `priceLoad`: the settlement intervals of a tariff over [from, to). `meterPieces` are corrected
 * (`correctMeterPieces`) and hold every meter of `metersBehind`. An interval without a reading is null, one with a part of its
 * readings is not complete. Reach back as far as the tariff's ratchets do.
 */
export function meterLoad(
  plant: Plant,
  meter: string,
  meterPieces: readonly MeterPiece[],
  tariff: Pick<Tariff, 'timezone' | 'intervalMinutes'>,
  from: Instant,
  to: Instant,
): LoadRow[] {
  const rows = meterRows(plant, readingsByMeter(meterPieces, from, to), meter);
  const { timezone: zone, intervalMinutes: windowMinutes } = tariff;
  const blocks = demandBlocks({ rows, zone, windowMinutes, from, to, withVarh: hasReactive(plant, meter) });
  return blocks.map((block) => ({
    start: block.start,
    kWh: block.coveredSeconds > 0 ? block.kWh : null,
    kvarh: block.coveredSeconds > 0 ? block.kvarh : null,
    complete: block.complete,
  }));
}
