import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FactFile, factFileName, readFactFile } from '#edge/sinks/spool/fact-file.ts';
import type { HistorianWriter } from '#shared/store/historian.ts';
import { DAY, type Instant } from '#shared/time/instant.ts';

/*
 * Files of facts that were carried across, into a historian.
 *
 * - Idempotent: a file that was taken before changes nothing, in any order, any number of times.
 * - A file that fills a gap is older than what came after it, so all that came after it is written once more: then the last
 *   word is the newest one's in every engine.
 * - Every number that is missing is named. A file that is damaged is set aside and is missing until it comes again.
 */
export interface Gap {
  readonly edge: string;
  readonly series: string;
  readonly from: number;
  readonly to: number;
}

export interface IngestResult {
  /** Files that were new. */
  readonly taken: number;
  readonly repeated: number;
  readonly damaged: readonly { readonly name: string; readonly why: string }[];
  readonly gaps: readonly Gap[];
}

export interface IngestOptions {
  /** Where files arrive; those taken go into `taken/` below the data directory. */
  readonly folder: string;
  readonly dataDir: string;
  readonly site: string;
  readonly writer: Pick<HistorianWriter, 'write'>;
  readonly now: Instant;
}

const TAKEN = 'taken';
const DAMAGED = 'damaged';
/** As long as the other side keeps them. */
const KEPT_MS = 14 * DAY;

interface SeriesState {
  readonly edge: string;
  /** All numbers up to here were taken. */
  readonly upTo: number;
  /** Numbers above it that were taken too. */
  readonly beyond: readonly number[];
}
type State = Record<string, SeriesState>;

/** @throws HistorianError; what was not written stays where it arrived. */
export async function ingest(options: IngestOptions): Promise<IngestResult> {
  const { folder, dataDir, site, writer, now } = options;
  const taken = join(dataDir, TAKEN);
  mkdirSync(taken, { recursive: true });
  const stateFile = join(dataDir, 'ingest.json');
  const state: State = existsSync(stateFile) ? (JSON.parse(readFileSync(stateFile, 'utf8')) as State) : {};
  const damaged: { name: string; why: string }[] = [];
  let fresh = 0;
  let repeated = 0;

  for (const { name, file } of arrived()) {
    const { series, number, edge } = file.header;
    const own = state[series] ?? { edge, upTo: 0, beyond: [] };
    const known = number <= own.upTo || own.beyond.includes(number);
    if (known) repeated += 1;
    else {
      await writer.write(file.batch);
      for (const later of own.beyond.filter((n) => n > number)) await again(series, edge, later);
      fresh += 1;
    }
    renameSync(join(folder, name), join(taken, `${series}-${factFileName(edge, number)}`));
    state[series] = withNumber(own, number);
    writeState(stateFile, state);
  }
  prune();
  return { taken: fresh, repeated, damaged, gaps: gapsOf(state) };

  /** Files of this site that can be read, in the order of their numbers. */
  function arrived(): { name: string; file: FactFile }[] {
    const found: { name: string; file: FactFile }[] = [];
    for (const name of readdirSync(folder).filter((n) => n.endsWith('.facts'))) {
      try {
        const file = readFactFile(readFileSync(join(folder, name), 'utf8'));
        if (file.header.site !== site) throw new Error(`it is of the site "${file.header.site}"`);
        found.push({ name, file });
      } catch (error) {
        damaged.push({ name, why: error instanceof Error ? error.message : String(error) });
        mkdirSync(join(dataDir, DAMAGED), { recursive: true });
        renameSync(join(folder, name), join(dataDir, DAMAGED, name));
      }
    }
    const place = ({ file: { header } }: { file: FactFile }) => `${header.edge} ${header.series}`;
    return found.sort((a, b) => place(a).localeCompare(place(b)) || a.file.header.number - b.file.header.number);
  }

  async function again(series: string, edge: string, number: number): Promise<void> {
    const path = join(taken, `${series}-${factFileName(edge, number)}`);
    if (existsSync(path)) await writer.write(readFactFile(readFileSync(path, 'utf8')).batch);
  }

  function prune(): void {
    for (const name of readdirSync(taken)) {
      const path = join(taken, name);
      if (statSync(path).mtimeMs < now - KEPT_MS) rmSync(path, { force: true });
    }
  }
}

function withNumber({ edge, upTo, beyond }: SeriesState, number: number): SeriesState {
  const all = new Set([...beyond, ...(number > upTo ? [number] : [])]);
  let end = upTo;
  while (all.delete(end + 1)) end += 1;
  return { edge, upTo: end, beyond: [...all].sort((a, b) => a - b) };
}

function gapsOf(state: State): Gap[] {
  return Object.entries(state).flatMap(([series, { edge, upTo, beyond }]) => {
    const gaps: Gap[] = [];
    let next = upTo + 1;
    for (const number of beyond) {
      if (number > next) gaps.push({ edge, series, from: next, to: number - 1 });
      next = number + 1;
    }
    return gaps;
  });
}

function writeState(file: string, state: State): void {
  writeFileSync(`${file}.part`, JSON.stringify(state));
  renameSync(`${file}.part`, file);
}
