import type { MeterPiece } from '../oee/facts.ts';
import type { Meter, Plant, Tariff } from '../plant/model.ts';
import { type Instant, MINUTE, minuteOf, SECOND } from '../time/instant.ts';

/* Hand-made plants and facts for the tests of this room. */

export function testMeter(id: string, more: Partial<Meter> = {}): Meter {
  return {
    id,
    name: id,
    medium: 'electricity',
    parent: null,
    feeds: [{ validFrom: Number.NEGATIVE_INFINITY, value: [] }],
    importWh: { binding: { source: 's', address: {} }, scale: 1, modulus: null, jitter: 0, maxKw: null },
    exportWh: null,
    importVarh: null,
    powerW: null,
    sum: null,
    ...more,
  };
}

export function testTariff(more: Partial<Tariff> = {}): Tariff {
  return {
    id: 'grid',
    meter: 'e1',
    timezone: 'Europe/London',
    validFrom: '2000-01-01',
    intervalMinutes: 30,
    holidays: { dates: [], treatAs: null },
    bands: [],
    prices: null,
    demand: [],
    capacity: null,
    fixed: [],
    reactive: null,
    levies: [],
    taxPercent: 0,
    ...more,
  };
}

export function testPlant(
  meters: readonly Meter[],
  more: { readonly tariffs?: readonly Tariff[]; readonly carbon?: Plant['carbon']; readonly timezone?: string } = {},
): Plant {
  const tariffs = new Map<string, { validFrom: number; value: Tariff }[]>();
  for (const value of more.tariffs ?? []) {
    const versions = tariffs.get(value.id) ?? [];
    versions.push({ validFrom: Date.parse(`${value.validFrom}T00:00:00Z`), value });
    tariffs.set(value.id, versions);
  }
  return {
    hash: '',
    enterprise: null,
    site: { id: 's1', name: 'Site', timezone: more.timezone ?? 'UTC', currency: 'EUR', locale: 'en-GB' },
    calendars: new Map(),
    products: new Map(),
    reasons: new Map(),
    scrapReasons: new Map(),
    sources: new Map(),
    lines: new Map(),
    machines: new Map(),
    meters: new Map(meters.map((m) => [m.id, m])),
    tariffs,
    carbon: more.carbon ?? [],
    demo: null,
    edges: new Map(),
  };
}

export interface Reading {
  readonly t: Instant;
  readonly wh: number;
  readonly varh?: number;
}

/** Minute rows of a register between real readings, energy spread evenly between two of them. */
export function piecesOfReadings(meter: string, readings: readonly Reading[]): MeterPiece[] {
  const pieces = new Map<Instant, MeterPiece>();
  for (let i = 0; i + 1 < readings.length; i += 1) {
    const a = readings[i] as Reading;
    const b = readings[i + 1] as Reading;
    for (let start = a.t; start < b.t; ) {
      const minute = minuteOf(start);
      const end = Math.min(minute + MINUTE, b.t);
      const share = (end - start) / (b.t - a.t);
      const known = pieces.get(minute);
      pieces.set(
        minute,
        meterPiece(meter, '', minute, minute + MINUTE, {
          energyWh: (known?.energyWh ?? 0) + (b.wh - a.wh) * share,
          varh: (known?.varh ?? 0) + ((b.varh ?? 0) - (a.varh ?? 0)) * share,
          coveredSeconds: (known?.coveredSeconds ?? 0) + (end - start) / SECOND,
        }),
      );
      start = end;
    }
  }
  return [...pieces.values()];
}

export function meterPiece(
  meter: string,
  machine: string,
  start: Instant,
  end: Instant,
  more: Partial<MeterPiece> = {},
): MeterPiece {
  return {
    meter,
    machine,
    minute: minuteOf(start),
    intervalStart: start,
    start,
    end,
    state: 'unknown',
    product: '',
    order: '',
    slot: 0,
    energyWh: 0,
    exportWh: 0,
    varh: 0,
    coveredSeconds: (end - start) / SECOND,
    revision: 1,
    ...more,
  };
}
