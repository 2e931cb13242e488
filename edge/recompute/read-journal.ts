import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { JOURNAL_FILE } from '#edge/journal/journal.ts';
import { arrivedSamples } from '#edge/journal/samples.ts';
import { SampleTable } from '#edge/replay/sample-table.ts';
import { UserError } from '#shared/contract/command.ts';
import type { Plant } from '#shared/plant/model.ts';
import { signalsOf } from '#shared/plant/signals.ts';
import { rebinderOf } from './rebind.ts';

const SQLITE_HEADER = 'SQLite format 3\u0000';
const TICK = 100_000;

/** The journal that a path names: the file itself, or a data directory with one in it. Null for any other file. */
export function journalAt(path: string): string | null {
  if (!existsSync(path)) return null;
  const file = statSync(path).isDirectory() ? join(path, JOURNAL_FILE) : path;
  if (!existsSync(file))
    throw new UserError(`${path} is a directory without a ${JOURNAL_FILE}; name a file of samples`);
  const head = Buffer.alloc(SQLITE_HEADER.length);
  const handle = openSync(file, 'r');
  readSync(handle, head, 0, head.length, 0);
  closeSync(handle);
  return head.toString('latin1') === SQLITE_HEADER ? file : null;
}

/**
 * Samples of an edge's journal, also while the edge runs, as this plant file reads them: what sources said goes through its
 * maps. Signals that it does not have are left out and named.
 * @throws UserError for a database that is no journal.
 */
export function readJournal(
  plant: Plant,
  file: string,
  tick: (samples: number) => void,
): { readonly samples: SampleTable; readonly leftOut: readonly string[] } {
  const known = new Set(signalsOf(plant).map(({ signal }) => signal));
  const rebind = rebinderOf(plant);
  const samples = new SampleTable();
  const leftOut = new Set<string>();
  let read = 0;
  try {
    const db = new DatabaseSync(file, { readOnly: true, timeout: 10_000 });
    try {
      for (const sample of arrivedSamples(db)) {
        read += 1;
        if (read % TICK === 0) tick(read);
        if (known.has(sample.signal)) samples.add(rebind(sample));
        else leftOut.add(sample.signal);
      }
    } finally {
      db.close();
    }
  } catch (error) {
    throw new UserError(`${file} cannot be read as a journal (${error instanceof Error ? error.message : error})`);
  }
  return { samples, leftOut: [...leftOut].sort() };
}
