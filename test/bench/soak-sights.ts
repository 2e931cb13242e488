import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

/* What of a running process is looked at during a soak, and how it grows. */

/** Memory in MB, handles as numbers, files in MB. */
export interface Sight {
  /** Hours of plant time since the start. */
  readonly hours: number;
  readonly values: Readonly<Record<string, number>>;
}

const PAGE_BYTES = 4096;
const MB = 1024 ** 2;

export async function lookAt(hours: number, pids: Readonly<Record<string, number>>, dir: string): Promise<Sight> {
  const values: Record<string, number> = {};
  for (const [name, pid] of Object.entries(pids)) {
    const pages = Number((await readFile(`/proc/${pid}/statm`, 'utf8')).split(' ')[1]);
    values[`${name}_rss_mb`] = round((pages * PAGE_BYTES) / MB);
    values[`${name}_handles`] = (await readdir(`/proc/${pid}/fd`)).length;
  }
  const files = await readdir(dir, { recursive: true, withFileTypes: true });
  values['data_files'] = files.filter((file) => file.isFile()).length;
  for (const file of files) {
    if (!file.isFile() || !file.name.startsWith('journal')) continue;
    const { size } = await stat(join(file.parentPath, file.name)).catch(() => ({ size: 0 }));
    values[`${file.name}_mb`] = round(size / MB);
  }
  return { hours: round(hours), values };
}

/** Growth per hour of plant time over the second half, by least squares: the first half is warming up. */
export function slopes(sights: readonly Sight[]): Readonly<Record<string, number>> {
  const late = sights.slice(sights.length >> 1);
  const names = Object.keys(late[0]?.values ?? {});
  return Object.fromEntries(
    names.map((name) => [`${name}_per_hour`, slopeOf(late.map((s) => [s.hours, s.values[name] ?? 0]))]),
  );
}

function slopeOf(points: readonly (readonly [number, number])[]): number {
  const mean = (of: 0 | 1) => points.reduce((sum, point) => sum + point[of], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const over = points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0);
  const under = points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
  return under === 0 ? 0 : round(over / under);
}

/** Process id of our own child of that name. */
export async function childNamed(name: string): Promise<number> {
  const own = await readFile(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8');
  for (const pid of own.trim().split(' ')) {
    if ((await readFile(`/proc/${pid}/comm`, 'utf8')).trim() === name) return Number(pid);
  }
  throw new Error(`no process ${name} was started here`);
}

const round = (x: number) => Math.round(x * 1000) / 1000;
