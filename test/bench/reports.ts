/*
 * Reports of a hundred machines, in processes that have just started, from what the api keeps of a year; June has real minutes
 * in the historian and was worked out from them. The month by shift and band with SQLite and with a real influxd behind it, and
 * the year's workbook by shift, machine and band. The floor: reading the same kept rows from SQLite and throwing them away.
 * Memory is flat where the second half of the year takes no more than the first.
 *
 * `LINEWATT_BENCH_DAYS=2` for fewer days with real minutes, `LINEWATT_BENCH_INFLUX_DAYS=1` for how many of them are whole in
 * InfluxDB; of its other days one minute of each machine and meter is there, so that their writes are counted.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { requirePlantFile } from '#shared/store/plant-file.ts';
import { DAY } from '#shared/time/instant.ts';
import { startInfluxd } from '../servers/influxd.ts';
import { copyToInflux, makeRealMinutes } from './reports-real.ts';
import { YEAR, yearPlant } from './reports-year.ts';
import type { Figure } from './run.ts';

const MACHINES = Number(process.env['LINEWATT_BENCH_MACHINES'] ?? '100');
const REAL_DAYS = Number(process.env['LINEWATT_BENCH_DAYS'] ?? '30');
const INFLUX_DAYS = Number(process.env['LINEWATT_BENCH_INFLUX_DAYS'] ?? '1');
const MONTH_MS = 30 * DAY;
/** A process that has just started; the best of so many, because others use the machine too. */
const STARTS = 5;

interface Printed {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly bytes: number;
  readonly kept: number;
  readonly anew: number;
  readonly firstHalfMb: number;
  readonly secondHalfMb: number;
}

export async function run(): Promise<Figure[]> {
  const root = await mkdtemp(join(tmpdir(), 'linewatt-bench-'));
  const influxd = await startInfluxd();
  try {
    const [dir, other] = [join(root, 'sqlite'), join(root, 'influx')];
    await mkdir(dir);
    await mkdir(other);
    const plantFile = join(root, 'plant.yaml');
    await writeFile(plantFile, yearPlant(MACHINES));
    const rows = await makeRealMinutes(join(dir, 'historian.sqlite'), MACHINES, YEAR.to - REAL_DAYS * DAY);
    say(`${rows} rows of minutes`);
    const child = childOf(plantFile);
    say(JSON.stringify(await child(dir, 'keep', 'sqlite:', `${YEAR.to - REAL_DAYS * DAY}`)));
    const { plant } = requirePlantFile(plantFile);
    const url = `${influxd.url}/linewatt`;
    say(
      `${await copyToInflux(join(dir, 'historian.sqlite'), url, plant, YEAR.to - INFLUX_DAYS * DAY)} facts in InfluxDB`,
    );
    say(JSON.stringify(await child(other, 'restamp', url, dir)));
    const best = async (of: string, historian: string): Promise<Printed> => {
      const all: Printed[] = [];
      for (let n = 0; n < STARTS; n += 1) all.push(await child<Printed>(of, 'month', historian));
      return all.reduce((least, one) => (one.seconds < least.seconds ? one : least));
    };
    const month = await best(dir, 'sqlite:');
    const influxMonth = await best(other, url);
    const months = await child<Printed>(dir, 'months', 'sqlite:');
    const year = await child<Printed>(dir, 'year', 'sqlite:');
    const peerName = 'reading the same kept rows from SQLite and discarding them';
    const figure = (name: string, ours: number, peer: number, unit: string, note: string, of = peerName): Figure => ({
      name,
      ours: rounded(ours),
      peer: rounded(peer),
      ratio: rounded(ours / peer),
      unit,
      peerName: of,
      note,
    });
    const told = ({ seconds, bytes, kept, anew }: Printed): string =>
      `${seconds.toFixed(2)} s by the clock, ${Math.round(bytes / 1024)} KB, ${kept} slices read, ${anew} worked out anew`;
    const monthFloor = floor(dir, YEAR.to - MONTH_MS);
    return [
      figure(`report-month-${MACHINES}`, month.cpuSeconds, monthFloor, 's of CPU', told(month)),
      figure(`report-month-${MACHINES}-influxdb`, influxMonth.cpuSeconds, monthFloor, 's of CPU', told(influxMonth)),
      figure(`report-months-${MACHINES}`, months.cpuSeconds, floor(dir, YEAR.from), 's of CPU', told(months)),
      figure(`report-year-xlsx-${MACHINES}`, year.cpuSeconds, floor(dir, YEAR.from), 's of CPU', told(year)),
      figure(
        `report-year-xlsx-${MACHINES}-memory`,
        year.secondHalfMb,
        year.firstHalfMb,
        'MB',
        'highest resident memory while the second half was written',
        'the same while the first half was written',
      ),
    ];
  } finally {
    await influxd.stop();
    await rm(root, { recursive: true, force: true });
  }
}

function say(line: string): void {
  process.stderr.write(`  ${line}\n`);
}

function floor(dir: string, from: number): number {
  const db = new DatabaseSync(join(dir, 'judged.sqlite'), { readOnly: true });
  const cpu = process.cpuUsage();
  for (const _ of db.prepare('SELECT * FROM slice WHERE start >= ?').iterate(from));
  const { user, system } = process.cpuUsage(cpu);
  db.close();
  return (user + system) / 1e6;
}

const rounded = (x: number): number => Math.round(x * 1000) / 1000;

function childOf(plantFile: string) {
  return async <T = object>(dir: string, what: string, historian: string, more = ''): Promise<T> => {
    const script = join(import.meta.dirname, 'reports-child.ts');
    // A small heap, so that what is held counts and not what nobody has cleared away yet.
    const heap = what === 'year' ? ['--max-old-space-size=256'] : [];
    const { stdout } = await promisify(execFile)(process.execPath, [
      ...heap,
      script,
      dir,
      plantFile,
      what,
      historian,
      more,
    ]);
    return JSON.parse(stdout) as T;
  };
}
