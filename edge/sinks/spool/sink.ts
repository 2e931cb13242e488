import { randomBytes } from 'node:crypto';
import {
  closeSync,
  copyFileSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '#edge/core/clock.ts';
import type { Sink } from '#edge/core/sink.ts';
import type { FactBatch } from '#shared/oee/facts.ts';
import { DAY } from '#shared/time/instant.ts';
import { factFileName, numberInName, writeFactFile } from './fact-file.ts';

/*
 * Facts as numbered files in a folder, for a data diode: whatever carries them across takes them from `out`.
 *
 * - A file appears in `out` whole or not at all, and is on the disk before the outbox lets go of its facts.
 * - A copy stays in `kept` for 14 days: what got lost on the way is put into `out` again by `linewatt resend`.
 * - A crash between the two writes a batch twice, under two numbers: facts are the same, so nothing counts twice.
 */
export interface SpoolOptions {
  readonly folder: string;
  readonly edge: string;
  readonly site: () => { readonly id: string; readonly plantHash: string };
  readonly clock: Clock;
}

export const OUT = 'out';
export const KEPT = 'kept';
const SERIES = 'series.json';
const KEPT_MS = 14 * DAY;

interface Series {
  readonly series: string;
  readonly last: number;
}

export function createSpoolSink({ folder, edge, site, clock }: SpoolOptions): Sink {
  let state: Series | null = null;
  let prunedOn = Number.NaN;

  function begin(): Series {
    for (const name of [OUT, KEPT]) mkdirSync(join(folder, name), { recursive: true, mode: 0o700 });
    const told = readSeries(join(folder, SERIES));
    const numbers = readdirSync(join(folder, KEPT)).map((name) => numberInName(name) ?? 0);
    const last = numbers.reduce((most, n) => Math.max(most, n), told?.last ?? 0);
    return { series: told?.series ?? randomBytes(8).toString('hex'), last };
  }

  function prune(): void {
    const today = Math.floor(clock.now() / DAY);
    if (today === prunedOn) return;
    prunedOn = today;
    for (const name of readdirSync(join(folder, KEPT))) {
      const path = join(folder, KEPT, name);
      if (statSync(path).mtimeMs < clock.now() - KEPT_MS) rmSync(path, { force: true });
    }
  }

  return {
    name: 'spool',
    async write(batch: FactBatch) {
      state ??= begin();
      const number = state.last + 1;
      const { id, plantHash } = site();
      const header = {
        linewatt: 'facts' as const,
        version: 1 as const,
        site: id,
        edge,
        series: state.series,
        number,
        madeAt: clock.now(),
        plantHash,
      };
      const name = factFileName(edge, number);
      writeDurably(join(folder, KEPT, name), writeFactFile({ header, batch }));
      putOut(folder, name);
      state = { series: state.series, last: number };
      writeDurably(join(folder, SERIES), JSON.stringify(state));
      prune();
    },
    async close() {},
  };
}

/** Puts a kept file into `out`, whole at once. */
export function putOut(folder: string, name: string): void {
  const part = join(folder, OUT, `.${name}.part`);
  copyFileSync(join(folder, KEPT, name), part);
  renameSync(part, join(folder, OUT, name));
}

function readSeries(file: string): Series | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Series;
  } catch {
    return null;
  }
}

function writeDurably(file: string, text: string): void {
  const part = `${file}.part`;
  const fd = openSync(part, 'w', 0o600);
  try {
    writeSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(part, file);
}
