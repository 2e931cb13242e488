/*
 * A process of its own, so that its memory is its own. Arguments: data directory, plant file, what, historian URL (sqlite:),
 * and for `keep` from when on there are real minutes, for `restamp` the directory whose sums are taken over.
 *
 * - `keep`: what the api keeps of a year; made up as far as there are no minutes, then worked out from them, day by day.
 * - `restamp`: the same sums beside another historian.
 * - `month`: a month by shift and band; `months`: the year by month and band; `year`: the year's workbook by shift, machine and
 *   band. Each asks an api that has just started, and throws the bytes away.
 */
import { join } from 'node:path';
import { linkHistorian } from '#api/historian/link.ts';
import { slicesOf } from '#api/kpi/bounds.ts';
import { storedOwner } from '#api/kpi/energy-slices.ts';
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
import { DAY, HOUR, toIso } from '#shared/time/instant.ts';
import { keepYear, MAIN, YEAR } from './reports-year.ts';

const [dir = '', plantFile = '', what = 'month', url = 'sqlite:', more = ''] = process.argv.slice(2);
const clock = (): number => YEAR.to + HOUR;
const { plant } = requirePlantFile(plantFile);
const lines = [...plant.lines.values()];
const counters = createCounters();
const ledger = openSqliteLedger(':memory:', clock);
const historian = linkHistorian({ url, dataDir: dir }, counters);
await new Promise<void>((done) => historian.onConnect(() => done()));
const live = createLiveStore(() => plant, clock, counters);
const store = openSumStore(join(dir, 'judged.sqlite'));
const onDisk = () =>
  createStoredSlices(STORED_ENERGY, {
    store,
    plant: () => plant,
    historian,
    live,
    entries: watchEntries(ledger),
    counters,
  });
const service = () => createKpiService(() => plant, live, historian, ledger, clock, counters, store);

async function keep(realFrom: number) {
  const made = await keepYear(onDisk(), plant, slicesOf(plant, lines, YEAR.from, realFrom));
  const kpi = service();
  const cpu = process.cpuUsage();
  for (let day = realFrom; day < YEAR.to; day += DAY) await kpi.energy.of(MAIN, slicesOf(plant, lines, day, day + DAY));
  const { user, system } = process.cpuUsage(cpu);
  return { made, anew: counters.get('energy_slices', 'attributed'), cpuSeconds: (user + system) / 1e6 };
}

async function restamp(from: string) {
  const other = openSumStore(join(from, 'judged.sqlite'));
  const slices = slicesOf(plant, lines, YEAR.from, YEAR.to);
  const subjects = [...plant.meters.keys(), ...plant.machines.keys()];
  for (let at = 0; at < slices.length; at += 300) {
    const some = slices.slice(at, at + 300);
    const window = await onDisk().begin([{ owner: storedOwner(MAIN), subjects, isAsked: true }], some);
    const begin = some[0]?.start ?? 0;
    for (const row of other.load(storedOwner(MAIN), begin, some.at(-1)?.end ?? begin)) {
      window?.keep(storedOwner(MAIN), row.slice, STORED_ENERGY.decode(row.value), row.inputs);
    }
    window?.save();
  }
  return { kept: counters.get('energy_sums_stored', '') };
}

/** Bytes of a file, and the most memory while it was made. */
async function print(by: string, from: number, to: number, format: 'xlsx' | 'csv' | 'json') {
  const asked = { from: toIso(from), to: toIso(to), by: by.split(',') };
  const begun = performance.now();
  const cpu = process.cpuUsage();
  const deps = { kpi: service(), ledger, clock };
  // What the api does first when its historian is there: it counts as well.
  await deps.kpi.look();
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

const MONTH_MS = 30 * DAY;
const work: Readonly<Record<string, () => Promise<object>>> = {
  keep: () => keep(Number(more)),
  restamp: () => restamp(more),
  month: () => print('shift,band', YEAR.to - MONTH_MS, YEAR.to, 'json'),
  months: () => print('month,band', YEAR.from, YEAR.to, 'json'),
  year: () => print('shift,machine,band', YEAR.from, YEAR.to, 'xlsx'),
};
process.stdout.write(`${JSON.stringify(await work[what]?.())}\n`);
process.exit(0);
