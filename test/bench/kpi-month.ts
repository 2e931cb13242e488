/*
 * `/api/v1/kpi?by=shift` over a month, of an api that has just started, for 10, 100 and 1,000 machines: time and
 * memory, with the sums of past days on disk as the api keeps them, and without. The floor: reading the same rows from SQLite and throwing them away. The file is in the page cache for both.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { growHistorian, monthPlant } from './month-historian.ts';
import type { Figure } from './run.ts';

const SIZES = (process.env['LINEWATT_BENCH_MACHINES'] ?? '10,100,1000').split(',').map(Number);
/** Judging a month anew is measured up to here; beyond, it takes minutes, and is the same for each machine. */
const JUDGED_MOST = 100;

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
      const note = `${rows} minute rows`;
      if (machines <= JUDGED_MOST) {
        const judged = await child(dir, 'judge');
        figures.push(
          figure(`kpi-month-${machines}-judged`, judged.seconds, floor.seconds, CPU, `${note}, no stored sums`),
        );
      }
      const kept = await child(dir, 'keep');
      const first = await child(dir, 'query');
      const each = await child(dir, 'query-machines');
      const stored = `${note}, ${first.answers} items; sums made before in ${kept.seconds.toFixed(1)} s of CPU`;
      figures.push(
        figure(`kpi-month-${machines}`, first.seconds, floor.seconds, CPU, `${stored}${wall(first)}`),
        figure(
          `kpi-month-${machines}-each`,
          each.seconds,
          floor.seconds,
          CPU,
          `by machine too, ${each.answers} items${wall(each)}`,
        ),
        figure(`kpi-month-${machines}-memory`, first.maxRssMb, floor.maxRssMb, 'MB', stored),
      );
    }
    return figures;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

const CPU = 's of CPU';
const wall = ({ wallSeconds }: Answer) => `; ${wallSeconds.toFixed(2)} s by the clock`;

function figure(name: string, ours: number, peer: number, unit: string, note: string): Figure {
  const round = (x: number) => Math.round(x * 1000) / 1000;
  const peerName = 'reading the same rows from SQLite and discarding them';
  return { name, ours: round(ours), peer: round(peer), ratio: round(ours / peer), unit, peerName, note };
}

interface Answer {
  readonly seconds: number;
  readonly wallSeconds: number;
  readonly answers: number;
  readonly maxRssMb: number;
}

async function child(dir: string, what: 'floor' | 'judge' | 'keep' | 'query' | 'query-machines'): Promise<Answer> {
  const script = join(import.meta.dirname, 'kpi-month-child.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [script, dir, join(dir, 'plant.yaml'), what]);
  return JSON.parse(stdout) as Answer;
}
