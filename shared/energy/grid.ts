import type { Plant, Tariff } from '../plant/model.ts';
import type { Instant, Span } from '../time/instant.ts';
import { carbonFactors, carbonSegments } from './carbon.ts';
import { mediumOf, tariffSpans } from './scope.ts';
import { bandSegments } from './tariff.ts';

interface TariffSegment extends Span {
  readonly tariff: Tariff | null;
  /** '' where no tariff or no band applies. */
  readonly band: string;
  /** Money per kWh. */
  readonly rate: number | null;
}

/** A stretch of one tariff version, one band, one rate and one CO2 factor. */
export interface GridCell extends TariffSegment {
  readonly gramsPerKwh: number | null;
  /** By the market method, where the file has such factors. */
  readonly marketGramsPerKwh: number | null;
}

/**
 * What energy through a meter costs and emits over [from, to): contiguous cells in order, cut where any of tariff, band,
 * price and CO2 factor may change. CO2 factors are those of the meter's medium.
 */
export function energyGrid(plant: Plant, meterId: string, from: Instant, to: Instant): GridCell[] {
  const factors = carbonFactors(plant.carbon, mediumOf(plant, meterId));
  const carbon = carbonSegments(factors.main, from, to);
  const market = carbonSegments(factors.market, from, to);
  const bands = tariffSpans(plant, meterId, from, to).flatMap(({ start, end, tariff }): TariffSegment[] =>
    tariff
      ? bandSegments(tariff, start, end).map((segment) => ({ ...segment, tariff }))
      : [{ start, end, tariff, band: '', rate: null }],
  );
  const cells: GridCell[] = [];
  let b = 0;
  let c = 0;
  let m = 0;
  for (let at = from; at < to; ) {
    const band = bands[b];
    const factor = carbon[c];
    const bought = market[m];
    if (!band || !factor || !bought) break;
    const end = Math.min(band.end, factor.end, bought.end);
    cells.push({
      ...band,
      start: at,
      end,
      gramsPerKwh: factor.gramsPerKwh,
      marketGramsPerKwh: bought.gramsPerKwh,
    });
    at = end;
    if (band.end === end) b += 1;
    if (factor.end === end) c += 1;
    if (bought.end === end) m += 1;
  }
  return cells;
}
