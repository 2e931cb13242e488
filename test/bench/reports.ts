/*
 * Reports of a hundred machines, in processes that have just started, from the energy that the api keeps: the month by shift
 * and band, and the year's workbook by shift, machine and band. The floor: reading the same kept rows from SQLite and throwing
 * them away. Memory is flat where the second half of the year takes no more than the first.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { openSqliteWriter } from '#shared/store/sqlite/writer.ts';
import { YEAR, yearPlant } from './reports-year.ts';
import type { Figure } from './run.ts';

const MACHINES = Number(process.env['LINEWATT_BENCH_MACHINES'] ?? '100');
const MONTH_MS = 30 * 86_400_000;

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
  const dir = await mkdtemp(join(tmpdir(), 'linewatt-bench-'));
  try {
    await writeFile(join(dir, 'plant.yaml'), yearPlant(MACHINES));
    await openSqliteWriter(join(dir, 'historian.sqlite')).close();
    await child(dir, 'keep');
    const month = await child(dir, 'month');
    const year = await child(dir, 'year');
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
    return [
      figure(`report-month-${MACHINES}`, month.cpuSeconds, floor(dir, YEAR.to - MONTH_MS), 's of CPU', told(month)),
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
    await rm(dir, { recursive: true, force: true });
  }
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

async function child(dir: string, what: 'keep' | 'month' | 'year'): Promise<Printed> {
  const script = join(import.meta.dirname, 'reports-child.ts');
  // A small heap, so that what is held counts and not what nobody has cleared away yet.
  const heap = what === 'year' ? ['--max-old-space-size=256'] : [];
  const args = [...heap, script, dir, join(dir, 'plant.yaml'), what];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as Printed;
}
