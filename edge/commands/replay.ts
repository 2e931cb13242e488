import { type Command, type CommandIo, UserError } from '#shared/contract/command.ts';
import type { SampleTable } from '../replay/sample-table.ts';
import { readOptions } from './options.ts';

const usage = `Usage: linewatt replay --plant FILE --samples FILE [--entries FILE] --queries FILE

Evaluates recorded samples with the same code that runs live, and prints one JSON array, one result per query.

  --plant FILE     the plant file
  --samples FILE   NDJSON, one sample a line: {"t":"2026-06-01T09:00:00Z","signal":"filler.state","value":"down"}
                   or CSV with the header t,signal,value[,quality,received,id]
                   or the journal of an edge: its file, or its data directory, also while it runs
  --entries FILE   NDJSON, one entry a line, as people made them
  --queries FILE   a JSON array: kinds shift, range, line, energy, iso22400; asOf answers as known then`;

/** `linewatt replay` (INTERFACES section 3). */
export const replayCommand: Command = {
  name: 'replay',
  summary: 'evaluate recorded samples; one JSON result per query',
  usage,
  run,
};

/** Work shorter than this says nothing about how far it is. */
const QUIET_MS = 1000;

async function run(args: readonly string[], io: CommandIo): Promise<number> {
  const files = readOptions(args, {
    plant: { type: 'string' },
    samples: { type: 'string' },
    entries: { type: 'string' },
    queries: { type: 'string' },
  });
  const { plant: plantFile, samples: samplesFile, queries: queriesFile } = files;
  if (plantFile === undefined || samplesFile === undefined || queriesFile === undefined) {
    throw new UserError('needs --plant, --samples and --queries; linewatt replay --help tells more', 2);
  }
  const [
    { requirePlantFile },
    { readQueries },
    { readEntries },
    { readSamples },
    { journalAt, readJournal },
    { replay },
  ] = await Promise.all([
    import('#shared/store/plant-file.ts'),
    import('#edge/replay/queries.ts'),
    import('#edge/replay/read-entries.ts'),
    import('#edge/replay/read-samples.ts'),
    import('#edge/recompute/read-journal.ts'),
    import('#edge/replay/engine.ts'),
  ]);
  const begun = performance.now();
  const progress = (message: string) => {
    if (io.signal.aborted) throw new UserError('stopped before it was done');
    if (performance.now() - begun > QUIET_MS) io.err(`replay: ${message}\n`);
  };
  const { plant } = requirePlantFile(plantFile);
  const queries = await readQueries(plant, queriesFile);
  const entries = files.entries === undefined ? [] : await readEntries(plant, files.entries);
  const warn = (message: string) => io.err(`replay: ${message}\n`);
  const journal = journalAt(samplesFile);
  const samples =
    journal === null
      ? await readSamples(plant, samplesFile, (lines) => progress(`${lines} lines read`))
      : fromJournal(journal);
  const results = replay({
    plant,
    samples,
    entries,
    queries,
    progress,
    warn,
  });
  io.out(`${JSON.stringify(results, null, 2)}\n`);
  return 0;

  function fromJournal(file: string): SampleTable {
    const found = readJournal(plant, file, (count) => progress(`${count} samples read`));
    if (found.leftOut.length > 0) warn(`the plant file has no ${found.leftOut.join(', ')}; their samples are left out`);
    return found.samples;
  }
}
