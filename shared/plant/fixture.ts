import { type ParsePlantOptions, parsePlant } from './parse.ts';
import { type Doubt, PlantFileError } from './problem.ts';

/* For tests: a small plant as plain values, to be bent and written as JSON (which is YAML). */

/** Any value below a key: tests bend it freely. */
export type Loose = { [key: string]: Loose } & { [index: number]: Loose };

export function plantValues() {
  return {
    version: 1,
    site: { id: 'leeds', name: 'Leeds works', timezone: 'Europe/London', currency: 'GBP', locale: 'en-GB' },
    calendars: {
      day: {
        shifts: [{ id: 'early', days: ['mon', 'tue', 'wed', 'thu', 'fri'], start: '06:00', end: '14:00', breaks: [] }],
      },
    },
    products: [{ id: 'BTL500', idealCycleSeconds: 0.6 }],
    reasons: [{ id: 'jam', group: 'Mechanical', category: 'unplannedStop' }],
    sources: {
      plc1: {
        type: 'opcua',
        endpoint: 'opc.tcp://10.0.0.5:4840',
        securityMode: 'SignAndEncrypt',
        owner: 'Maintenance',
      },
      meters: { type: 'modbus', host: '10.0.0.20', owner: 'Maintenance' },
    },
    lines: [
      {
        id: 'filling',
        area: 'Packaging',
        calendar: 'day',
        constraint: 'filler',
        machines: [
          {
            id: 'filler',
            idealCycleSeconds: 0.6,
            state: { source: 'plc1', node: 'ns=2;s=State', preset: 'packml' },
            total: { source: 'plc1', node: 'ns=2;s=Total', maxPerSecond: 5 },
            reject: { source: 'plc1', node: 'ns=2;s=Reject', maxPerSecond: 5 },
            product: { source: 'plc1', node: 'ns=2;s=Recipe', map: { '7': 'BTL500' } },
            reason: { source: 'plc1', node: 'ns=2;s=Code', map: { '17': 'jam' } },
          },
        ],
      },
    ],
    meters: [
      { id: 'm-main', importWh: { source: 'meters', unit: 1, profile: 'sdm630', measure: 'importWh', maxKw: 900 } },
      {
        id: 'm-filler',
        parent: 'm-main',
        feeds: 'filler',
        importWh: { source: 'meters', unit: 2, register: 72, dataType: 'float32', scale: 1000, maxKw: 60 },
      },
    ],
    tariffs: [
      {
        id: 'grid',
        meter: 'm-main',
        validFrom: '2026-04-01',
        intervalMinutes: 30,
        bands: [{ name: 'all', rate: 0.2 }],
      },
    ],
  };
}

/** Parses the plant after `bend` has changed it. */
export function parseBent(bend: (plant: Loose) => void, options: Partial<ParsePlantOptions> = {}) {
  const values = plantValues();
  bend(values as unknown as Loose);
  return parsePlant(JSON.stringify(values, null, 1), { hash: 'hash', ...options });
}

/** `path: sentence` of every problem, in file order; empty where the plant is valid. */
export function problemsOf(bend: (plant: Loose) => void, options: Partial<ParsePlantOptions> = {}): string[] {
  try {
    parseBent(bend, options);
    return [];
  } catch (error) {
    if (!(error instanceof PlantFileError)) throw error;
    return error.problems.map((p) => (p.path === '' ? p.message : `${p.path}: ${p.message}`));
  }
}

/** `code: sentence` of every doubt. */
export function doubtsWhen(bend: (plant: Loose) => void): string[] {
  return parseBent(bend).doubts.map((d: Doubt) => `${d.code}: ${d.message}`);
}
