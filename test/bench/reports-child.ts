/*
 * A process of its own, so that its memory is its own. Arguments: data directory, plant file, what: `keep` stores the energy of a
 * year as the api keeps it, `month` asks an api that has just started for the month by shift and band, `year` streams the
 * year's workbook by shift, machine and band and throws the bytes away.
 */
import { join } from 'node:path';
import { linkHistorian } from '#api/historian/link.ts';
import { slicesOf } from '#api/kpi/bounds.ts';
import { STORED_ENERGY } from '#api/kpi/energy-stored.ts';
import { createKpiService } from '#api/kpi/service.ts';
import { createStoredSlices } from '#api/kpi/stored-slices.ts';
import { openSumStore } from '#api/kpi/sum-store.ts';
import { watchEntries } from '#api/ledger/effective.ts';
import { openSqliteLedger } from '#api/ledger/sqlite.ts';
import { createLiveStore } from '#api/live/store.ts';
import { createCounters } from '#api/metrics/counters.ts';
import { openReport } from '#api/reports/open.ts';
import { printReport } from '#api/reports/print/file.ts';
import { reportQuestion } from '#api/reports/question.ts';
import { requirePlantFile } from '#shared/store/plant-file.ts';
import { HOUR, toIso } from '#shared/time/instant.ts';
import { keepYear, YEAR } from './reports-year.ts';

const [dir = '', plantFile = '', what = 'month'] = process.argv.slice(2);
const clock = (): number => YEAR.to + HOUR;
const { plant } = requirePlantFile(plantFile);
const counters = createCounters();
const ledger = openSqliteLedger(':memory:', clock);
const historian = linkHistorian({ url: 'sqlite:', dataDir: dir }, counters);
await new Promise<void>((done) => historian.onConnect(() => done()));
const live = createLiveStore(() => plant, clock, counters);
const store = openSumStore(join(dir, 'judged.sqlite'));

async function keep(): Promise<number> {
  const deps = { store, plant: () => plant, historian, live, entries: watchEntries(ledger), counters };
  return keepYear(
    createStoredSlices(STORED_ENERGY, deps),
    plant,
    slicesOf(plant, [...plant.lines.values()], YEAR.from, YEAR.to),
  );
}

/** Bytes of a file, and the most memory while it was made. */
async function print(by: string, from: number, to: number, format: 'xlsx' | 'csv' | 'json') {
  const kpi = createKpiService(() => plant, live, historian, ledger, clock, counters, store);
  const deps = { kpi, ledger, clock };
  const asked = { from: toIso(from), to: toIso(to), by: by.split(',') };
  const begun = performance.now();
  const cpu = process.cpuUsage();
  let bytes = 0;
  const rss: number[] = [];
  const watch = setInterval(() => rss.push(process.memoryUsage.rss()), 100);
  for await (const piece of printReport(openReport(deps, reportQuestion('tariff', plant, asked, clock())), format)) {
    bytes += piece.length;
  }
  clearInterval(watch);
  const { user, system } = process.cpuUsage(cpu);
  const half = rss.slice(0, Math.ceil(rss.length / 2));
  const mb = (list: readonly number[]): number => Math.round(Math.max(0, ...list) / 1024 / 1024);
  return {
    seconds: (performance.now() - begun) / 1000,
    cpuSeconds: (user + system) / 1e6,
    bytes,
    kept: counters.get('energy_slices', 'read'),
    anew: counters.get('energy_slices', 'attributed'),
    firstHalfMb: mb(half),
    secondHalfMb: mb(rss.slice(half.length)),
  };
}

const MONTH_MS = 30 * 24 * HOUR;
const result =
  what === 'keep'
    ? { slices: await keep() }
    : what === 'month'
      ? await print('shift,band', YEAR.to - MONTH_MS, YEAR.to, 'json')
      : await print('shift,machine,band', YEAR.from, YEAR.to, 'xlsx');
process.stdout.write(`${JSON.stringify(result)}\n`);
process.exit(0);
