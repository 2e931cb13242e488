import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { emptyBatch, type MeterPiece } from '#shared/oee/facts.ts';
import { factsOf, type Stage } from '#shared/oee/fixture.ts';
import { openPlantHistory } from '#shared/store/plant-history.ts';
import { openSqliteWriter } from '#shared/store/sqlite/writer.ts';
import { type Instant, MINUTE } from '#shared/time/instant.ts';
import { buildApp } from './app.ts';
import type { AuthLimits } from './auth/auth.ts';
import { makeAuth } from './auth/fixture.ts';
import type { ApiDeps } from './deps.ts';
import { linkHistorian } from './historian/link.ts';
import { openInventory } from './inventory/changes.ts';
import { createKpiService } from './kpi/service.ts';
import { openSqliteLedger } from './ledger/sqlite.ts';
import { createLoader } from './live/load.ts';
import { createLiveStore } from './live/store.ts';
import { createCounters } from './metrics/counters.ts';
import { withEntries } from './plant/entered.ts';
import { openPlantFile } from './plant/file.ts';

/* A small site with hand-made facts in a real historian file, for the tests of this room. */

export const PLANT = `
version: 1
site: { id: leeds, name: Leeds works, timezone: Europe/London, currency: GBP, locale: en-GB }
calendars:
  early:
    shifts:
      - { id: early, name: Early, days: [mon, tue, wed, thu, fri], start: "06:00", end: "14:00",
          breaks: [ { start: "10:00", minutes: 20 } ] }
products:
  - { id: A, name: Bottle A, idealCycleSeconds: 1, contributionPerPiece: 0.5 }
reasons:
  - { id: jam, name: Jam, group: Mechanical, category: unplannedStop }
  - { id: changeover, name: Changeover, group: Planned, category: plannedStop }
  - { id: starved, name: Starved, group: Line, category: unplannedStop, external: true }
scrapReasons: [ { id: dent, name: Dent } ]
sources:
  plc: { type: opcua, endpoint: "opc.tcp://127.0.0.1:1", securityMode: None, owner: Maintenance }
lines:
  - id: filling
    name: Filling
    area: Packaging
    calendar: early
    constraint: filler
    machines:
      - { id: filler, name: Filler, targetOee: 0.75, smallStopSeconds: 300,
          state: { source: plc, node: "ns=1;s=f.state", map: { 1: running, 2: down } },
          total: { source: plc, node: "ns=1;s=f.total" }, reject: { source: plc, node: "ns=1;s=f.reject" } }
      - { id: packer, name: Packer, costPerHour: 60,
          state: { source: plc, node: "ns=1;s=p.state", map: { 1: running, 2: idle } },
          total: { source: plc, node: "ns=1;s=p.total" }, reject: { source: plc, node: "ns=1;s=p.reject" } }
meters:
  - { id: m-main, name: Main, importWh: { source: plc, node: "ns=1;s=m.wh", maxKw: 100 } }
  - { id: m-filler, name: Filler, parent: m-main, feeds: filler, importWh: { source: plc, node: "ns=1;s=mf.wh", maxKw: 50 } }
tariffs:
  - id: grid
    meter: m-main
    validFrom: 2026-01-01
    intervalMinutes: 30
    capacity: { agreedKva: 100, ratePerKvaPerDay: 0.05, excessRatePerKvaPerDay: 0.1 }
    bands:
      - { name: day, rate: 0.2, from: "07:00", to: "23:00" }
      - { name: night, rate: 0.1 }
`;

/** 06:00 in Leeds on Tuesday 2 June 2026; the early shift starts here. */
export const SHIFT_START = Date.parse('2026-06-02T05:00:00Z');
/** Four hours into that shift, at the start of its break. */
export const NOW = SHIFT_START + 4 * 60 * MINUTE;

export const at = (minutes: number): Instant => SHIFT_START + minutes * MINUTE;

/** Filler: runs 100 min, is down for 10, runs on. Packer the same, waiting. 60 pieces a minute, of which one is bad. */
export const FILLER: readonly Stage[] = [
  { start: at(-24 * 60), state: 'running', product: 'A', good: 59, reject: 1 },
  { start: at(100), state: 'down', reason: 'jam', product: 'A' },
  { start: at(110), state: 'running', product: 'A', good: 59, reject: 1 },
];
export const PACKER: readonly Stage[] = [
  { start: at(-24 * 60), state: 'running', product: 'A', good: 59 },
  { start: at(101), state: 'idle', reason: 'starved', product: 'A' },
  { start: at(111), state: 'running', product: 'A', good: 59 },
];

/** Constant power; the filler's meter is cut along the filler's pieces as the aggregator does. */
export function meterPieces(from: Instant, to: Instant, end = to): MeterPiece[] {
  const filler = factsOf('filler', FILLER, end).pieces;
  const rows: MeterPiece[] = [];
  const row = {
    state: 'unknown',
    product: '',
    order: '',
    slot: 0,
    machine: '',
    exportWh: 0,
    varh: 0,
    revision: 1,
  } as const;
  for (let minute = from; minute < to; minute += MINUTE) {
    const span = { minute, intervalStart: minute, start: minute, end: minute + MINUTE, coveredSeconds: 60 };
    rows.push(
      { ...row, ...span, meter: 'm-main', energyWh: 500 },
      { ...row, ...span, meter: 'm-filler', energyWh: 200 },
    );
    for (const p of filler.filter((f) => f.minute === minute)) {
      const share = (p.end - p.start) / MINUTE;
      const { state, product, order, slot, intervalStart, start, end: stop } = p;
      const key = { minute, state, product, order, slot, intervalStart, start, end: stop };
      rows.push({
        ...row,
        ...key,
        meter: 'm-filler',
        machine: 'filler',
        energyWh: 200 * share,
        coveredSeconds: 60 * share,
      });
    }
  }
  return rows;
}

export interface Fixture {
  readonly dir: string;
  readonly deps: ApiDeps;
  readonly setNow: (t: Instant) => void;
  readonly load: () => Promise<void>;
  readonly app: Awaited<ReturnType<typeof buildApp>>;
  close(): Promise<void>;
}

export interface FixtureOptions {
  /** Facts up to here; NOW where left out. */
  readonly until?: Instant;
  readonly filler?: readonly Stage[];
  readonly packer?: readonly Stage[];
  readonly dashboard?: Readonly<Record<string, string>>;
  /** Another plant file than PLANT. */
  readonly plant?: string;
  readonly limits?: Partial<AuthLimits>;
}

/** An app over a historian with the facts above. */
export async function makeFixture(options: FixtureOptions = {}): Promise<Fixture> {
  const { until = NOW, filler = FILLER, packer = PACKER, dashboard = {} } = options;
  const dir = mkdtempSync(join(tmpdir(), 'linewatt-api-'));
  writeFileSync(join(dir, 'plant.yaml'), options.plant ?? PLANT);
  mkdirSync(join(dir, 'dist'));
  for (const [name, text] of Object.entries(dashboard)) writeFileSync(join(dir, 'dist', name), text);
  const writer = openSqliteWriter(join(dir, 'historian.sqlite'));
  const lists = [factsOf('filler', filler, until, true), factsOf('packer', packer, until, true)];
  await writer.write({
    ...emptyBatch(),
    intervals: lists.flatMap((l) => l.intervals),
    pieces: lists.flatMap((l) => l.pieces),
    meterPieces: meterPieces(at(-24 * 60), until),
  });
  await writer.close();
  let now = NOW;
  const clock = (): Instant => now;
  const counters = createCounters();
  const log = (): void => {};
  const history = openPlantHistory(':memory:');
  const ledger = openSqliteLedger(':memory:', clock);
  const plant = withEntries(openPlantFile(join(dir, 'plant.yaml'), { history, clock, log, pollMs: 50 }), ledger);
  const historian = linkHistorian({ url: 'sqlite:', dataDir: dir }, counters);
  await new Promise<void>((done) => historian.onConnect(() => done()));
  const live = createLiveStore(() => plant.current, clock, counters);
  const kpi = createKpiService(plant.at, live, historian, ledger, clock, counters);
  plant.onChange(() => kpi.reset());
  const loader = createLoader(() => plant.current, live, historian, clock, counters, log);
  const deps: ApiDeps = {
    plant,
    historian,
    ledger,
    live,
    inventory: openInventory(':memory:'),
    kpi,
    counters,
    clock,
    log,
    gauges: () => [],
    build: 'test',
    dashboardDir: join(dir, 'dist'),
    broker: { url: 'mqtt://user:secret@127.0.0.1:1', engine: 'aedes' },
    ...(await makeAuth(() => plant.current, clock, counters, options.limits)),
  };
  const app = await buildApp(deps);
  return {
    dir,
    deps,
    app,
    setNow: (t) => {
      now = t;
    },
    load: () => loader.reload(),
    async close() {
      await app.close();
      plant.close();
      history.close();
      await ledger.close();
      await historian.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
