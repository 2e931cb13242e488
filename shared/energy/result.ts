import type { Entry } from '../ledger/entry.ts';
import type { CounterEvent, MeterPiece } from '../oee/facts.ts';
import type { Finding, JudgedSpan } from '../oee/judged.ts';
import type { Plant } from '../plant/model.ts';
import { TIME_CATEGORIES, type TimeCategory } from '../state/state.ts';
import { type Instant, SECOND, toIso } from '../time/instant.ts';
import { eachEnergyItem } from './attribute.ts';
import { demandBlocks, demandSummary } from './demand.ts';
import { correctRegisters, type ExchangeEntry } from './exchange.ts';
import { energyGrid, type GridCell } from './grid.ts';
import {
  coveredSecondsOf,
  cutItems,
  type EnergyItem,
  type EnergySum,
  groupEnergy,
  plainCells,
  sumEnergy,
} from './items.ts';
import { type MeterRow, meterRows, readingsByMeter } from './meter-rows.ts';
import { hasReactive, tariffFor } from './scope.ts';

/** The `energy` object of a replay result and of /energy (INTERFACES section 3). */
export interface EnergyResult {
  /** Null where no reading covers any of the window. */
  readonly kWh: number | null;
  readonly missingSeconds: number;
  /** 1 - missing / all; null for an empty window. */
  readonly coverage: number | null;
  readonly cost: number | null;
  readonly co2Kg: number | null;
  /** '' = no tariff or no band. */
  readonly byBand: Readonly<Record<string, { readonly kWh: number; readonly cost: number | null }>>;
  /** kWh by time category of the fed machines; `rest` = energy of no machine, present where there is any. */
  readonly byCategory?: Readonly<Partial<Record<TimeCategory | 'rest', number>>>;
  readonly demand?: {
    readonly maxKw: number | null;
    readonly maxKva: number | null;
    /** Start of the block with the highest kW, ISO 8601 UTC. */
    readonly at: string | null;
    readonly blocks: number;
    readonly incompleteBlocks: number;
  };
  readonly findings: readonly Finding[];
}

export interface EnergyQuery {
  readonly plant: Plant;
  readonly meter: string;
  /** Facts of every meter of `metersBehind(plant, meter)`, as measured. */
  readonly meterPieces: readonly MeterPiece[];
  /** Counter events of their registers, and the entries in force: exchanges and verdicts are applied here. */
  readonly counterEvents: readonly CounterEvent[];
  readonly entries: readonly Entry[];
  readonly spansByMachine: ReadonlyMap<string, readonly JudgedSpan[]>;
  readonly from: Instant;
  readonly to: Instant;
  /** Default: the interval of the meter's tariff; without either there is no `demand`. */
  readonly demandWindowMinutes?: number;
  readonly byCategory?: boolean;
}

export function energyResult(query: EnergyQuery): EnergyResult {
  const { plant, meter, from, to } = query;
  const { meterPieces, refused } = correctRegisters(query);
  const rows = meterRows(plant, readingsByMeter(meterPieces, from, to), meter);
  const cells = energyGrid(plant, meter, from, to);
  const slices = sliceRows(meter, rows, cells);
  const sum = sumEnergy(slices);
  const allSeconds = Math.max(0, to - from) / SECOND;
  const coveredSeconds = coveredSecondsOf(rows);
  const missingSeconds = Math.max(0, allSeconds - coveredSeconds);
  const measured = coveredSeconds > 0;
  const whByCategory = query.byCategory ? categories({ ...query, meterPieces }) : null;
  const demand = demandOf(query, rows);
  return {
    kWh: measured ? sum.kWh : null,
    missingSeconds,
    coverage: allSeconds > 0 ? 1 - missingSeconds / allSeconds : null,
    cost: measured ? sum.cost : null,
    co2Kg: measured ? sum.co2Kg : null,
    byBand: Object.fromEntries(
      [...groupEnergy(slices, (item) => item.band)].map(([band, s]) => [band, { kWh: s.kWh, cost: s.cost }]),
    ),
    ...(whByCategory ? { byCategory: inKWh(whByCategory) } : {}),
    ...(demand ? { demand } : {}),
    findings: [
      ...refused.filter((entry) => entry.at >= from && entry.at <= to).map(exchangeFinding),
      ...energyFindings(meter, sum, cells, whByCategory?.get('rest') ?? 0),
    ],
  };
}

/** The meter's own energy by band, machines not asked. */
function sliceRows(meter: string, rows: readonly MeterRow[], cells: readonly GridCell[]): EnergyItem[] {
  const items: EnergyItem[] = [];
  const weighted = plainCells(cells);
  for (const row of rows) {
    cutItems((item) => items.push(item), weighted, row, {
      meter,
      machine: null,
      share: 1,
      category: null,
      state: null,
      reason: null,
      product: '',
      order: '',
      shift: null,
      estimated: row.estimated,
    });
  }
  return items;
}

type WhByCategory = Map<TimeCategory | 'rest', number>;

function categories(query: EnergyQuery): WhByCategory {
  const wh: WhByCategory = new Map(TIME_CATEGORIES.map((category) => [category, 0]));
  eachEnergyItem(query, (item) => {
    const key = item.category ?? 'rest';
    wh.set(key, (wh.get(key) ?? 0) + item.energyWh);
  });
  return wh;
}

function inKWh(wh: WhByCategory): Partial<Record<TimeCategory | 'rest', number>> {
  return Object.fromEntries([...wh].map(([category, value]) => [category, value / 1000]));
}

function demandOf(query: EnergyQuery, rows: readonly MeterRow[]): EnergyResult['demand'] | null {
  const { plant, meter, from, to } = query;
  const tariff = tariffFor(plant, meter, from);
  const windowMinutes = query.demandWindowMinutes ?? tariff?.intervalMinutes;
  if (windowMinutes === undefined) return null;
  const zone = tariff?.timezone ?? plant.site.timezone;
  const withVarh = hasReactive(plant, meter);
  const summary = demandSummary(demandBlocks({ rows, zone, windowMinutes, from, to, withVarh }));
  return { ...summary, at: summary.at === null ? null : toIso(summary.at) };
}

function energyFindings(meter: string, sum: EnergySum, cells: readonly GridCell[], restWh: number): Finding[] {
  const findings: Finding[] = [];
  const tell = (code: string, t: Instant | null, message: string): void => {
    findings.push({ id: `${code}:${meter}`, code, scope: `meter:${meter}`, t, message });
  };
  const unpriced = cells.find((cell) => cell.tariff !== null && cell.rate === null);
  const before = cells.find((cell) => cell.tariff === null);
  if (sum.unpricedKWh !== 0 && unpriced?.tariff) {
    tell(
      'priceMissing',
      unpriced.start,
      `${kWhText(sum.unpricedKWh)} have no price and are left out of the cost, the first at ${toIso(unpriced.start)}: ` +
        `give tariff "${unpriced.tariff.id}" a ${unpriced.tariff.prices ? 'price' : 'band'} for that time`,
    );
  } else if (sum.unpricedKWh !== 0 && sum.cost !== null && before) {
    tell(
      'tariffMissing',
      before.start,
      `${kWhText(sum.unpricedKWh)} from ${toIso(before.start)} on are of a time without a tariff and are left out of ` +
        `the cost: add a tariff version with an earlier validFrom`,
    );
  }
  const noFactor = cells.find((cell) => cell.gramsPerKwh === null);
  if (sum.co2Kg !== null && sum.kWhWithoutFactor !== 0 && noFactor) {
    tell(
      'carbonFactorMissing',
      noFactor.start,
      `${kWhText(sum.kWhWithoutFactor)} have no CO2 factor and are left out of the CO2, the first at ` +
        `${toIso(noFactor.start)}: add a factor for that time under carbon`,
    );
  }
  // Meters are read at slightly different times; a rest below zero by less than 0.1 % of the meter is that.
  if (restWh < 0 && -restWh > Math.abs(sum.kWh)) {
    tell(
      'restNegative',
      null,
      `the meters below ${meter} read ${kWhText(-restWh / 1000)} more than it does: check their scale, and whether they all hang below it`,
    );
  }
  return findings;
}

function exchangeFinding(entry: ExchangeEntry): Finding {
  return {
    id: `exchangeRefused:${entry.id}`,
    code: 'exchangeRefused',
    scope: `meter:${entry.meter}`,
    t: entry.at,
    message:
      `the exchange of ${entry.meter} at ${toIso(entry.at)} contradicts its readings (old meter ended at ${entry.oldFinal}, ` +
      `new one began at ${entry.newStart}) and is not applied: enter it again with the right readings, in raw units`,
  };
}

function kWhText(kWh: number): string {
  return `${Number(kWh.toFixed(3))} kWh`;
}
