/*
 * A process of its own, so that its memory is its own. Arguments: data directory, plant file, and what to do: `floor` reads
 * the rows behind the answer from SQLite and throws them away; `query` asks the api, which has just started, for the site,
 * `query-machines` for each machine, `judge` without any sums from before; `keep` makes
 * the sums of finished days, as the api does by itself while nobody asks.
 */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { buildApp } from '#api/app.ts';
import { makeAuth } from '#api/auth/fixture.ts';
import { linkHistorian } from '#api/historian/link.ts';
import { openInventory } from '#api/inventory/changes.ts';
import { createKpiService } from '#api/kpi/service.ts';
import { startSumKeeper } from '#api/kpi/sum-keeper.ts';
import { openSumStore } from '#api/kpi/sum-store.ts';
import { openSqliteLedger } from '#api/ledger/sqlite.ts';
import { createLiveStore } from '#api/live/store.ts';
import { createCounters } from '#api/metrics/counters.ts';
import { openPlantFile } from '#api/plant/file.ts';
import { openPlantHistory } from '#shared/store/plant-history.ts';
import { HOUR, toIso } from '#shared/time/instant.ts';
import { MONTH } from './month-historian.ts';

const [dir = '', plantFile = '', what = 'query'] = process.argv.slice(2);

interface Measured {
  /** Processor time; on a shared machine the clock measures the others. */
  readonly seconds: number;
  readonly wallSeconds: number;
  readonly answers: number;
}

async function measured(work: () => number | Promise<number>): Promise<Measured> {
  const cpu = process.cpuUsage();
  const clock = performance.now();
  const answers = await work();
  const { user, system } = process.cpuUsage(cpu);
  return { seconds: (user + system) / 1e6, wallSeconds: (performance.now() - clock) / 1000, answers };
}

function floor(): Promise<Measured> {
  const db = new DatabaseSync(join(dir, 'historian.sqlite'), { readOnly: true });
  const machines = db.prepare('SELECT DISTINCT machine FROM state_interval').all();
  const rows = db.prepare('SELECT * FROM machine_minute WHERE machine = ? AND minute >= ? AND minute < ?');
  rows.setReturnArrays(true);
  return measured(() => {
    let answers = 0;
    for (const { machine } of machines) {
      for (const _ of rows.iterate(String(machine), MONTH.from, MONTH.to)) answers += 1;
    }
    return answers;
  });
}

async function ask(): Promise<Measured> {
  const clock = () => MONTH.to + HOUR;
  const log = () => {};
  const counters = createCounters();
  const plant = openPlantFile(plantFile, { history: openPlantHistory(':memory:'), clock, log });
  const ledger = openSqliteLedger(':memory:', clock);
  const historian = linkHistorian({ url: 'sqlite:', dataDir: dir }, counters);
  await new Promise<void>((done) => historian.onConnect(() => done()));
  const live = createLiveStore(() => plant.current, clock, counters);
  const sums = what === 'judge' ? null : openSumStore(join(dir, 'judged.sqlite'));
  const kpi = createKpiService(plant.at, live, historian, ledger, clock, counters, sums);
  if (what === 'keep') {
    return measured(async () => {
      const keeper = startSumKeeper({ plant: () => plant.current, kpi, historian, live, clock, log, pauseSeconds: 0 });
      const days = await keeper.first;
      await keeper.stop();
      return days;
    });
  }
  const app = await buildApp({
    plant,
    historian,
    ledger,
    live,
    kpi,
    counters,
    clock,
    log,
    gauges: () => [],
    build: 'bench',
    dashboardDir: dir,
    broker: { url: 'mqtt://127.0.0.1:1', engine: 'none' },
    inventory: openInventory(':memory:'),
    ...(await makeAuth(() => plant.current, clock, counters)),
  });
  await app.ready();
  const by = what === 'query-machines' ? 'shift,machine' : 'shift';
  const url = `/api/v1/kpi?scope=site&by=${by}&from=${toIso(MONTH.from)}&to=${toIso(MONTH.to)}`;
  return measured(async () => {
    const response = await app.inject({ url, headers: { host: 'localhost' } });
    if (response.statusCode !== 200) throw new Error(response.body);
    return (response.json() as { items: unknown[] }).items.length;
  });
}

const result = await (what === 'floor' ? floor() : ask());
process.stdout.write(`${JSON.stringify({ ...result, maxRssMb: Math.round(process.resourceUsage().maxRSS / 1024) })}\n`);
process.exit(0);
