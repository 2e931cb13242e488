/*
 * `/api/v1/kpi?by=shift,machine` over a month, of an api that has just started, for 10, 100 and 1,000 machines: time and
 * memory. The floor: reading the same rows from SQLite and throwing them away. The file is in the page cache for both.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { growHistorian, monthPlant } from './month-historian.ts';
import type { Figure } from './run.ts';

const SIZES = (process.env['LINEWATT_BENCH_MACHINES'] ?? '10,100,1000').split(',').map(Number);

export async function run(): Promise<Figure[]> {
  const dir = await mkdtemp(join(tmpdir(), 'linewatt-bench-'));
  const figures: Figure[] = [];
  let have = 0;
  try {
    for (const machines of SIZES) {
      const rows = await growHistorian(join(dir, 'historian.sqlite'), have, machines);
      have = machines;
      await writeFile(join(dir, 'plant.yaml'), monthPlant(machines));
      const floor = await child(dir, 'floor');
      const first = await child(dir, 'query');
      const note = `${rows} minute rows, ${first.answers} items`;
      figures.push(
        figure(`kpi-month-${machines}`, first.seconds, floor.seconds, 's', note),
        figure(`kpi-month-${machines}-memory`, first.maxRssMb, floor.maxRssMb, 'MB', note),
      );
    }
    return figures;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

function figure(name: string, ours: number, peer: number, unit: string, note: string): Figure {
  const round = (x: number) => Math.round(x * 1000) / 1000;
  const peerName = 'reading the same rows from SQLite and discarding them';
  return { name, ours: round(ours), peer: round(peer), ratio: round(ours / peer), unit, peerName, note };
}

interface Answer {
  readonly seconds: number;
  readonly answers: number;
  readonly maxRssMb: number;
}

async function child(dir: string, what: 'floor' | 'query'): Promise<Answer> {
  const script = join(import.meta.dirname, 'kpi-month-child.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [script, dir, join(dir, 'plant.yaml'), what]);
  return JSON.parse(stdout) as Answer;
}
