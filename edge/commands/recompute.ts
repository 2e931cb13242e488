import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Command, type CommandIo, UserError } from '#shared/contract/command.ts';
import { parseInstant } from '#shared/ledger/schema.ts';
import { partOfEdge } from '#shared/plant/signals.ts';
import { toIso } from '#shared/time/instant.ts';
import { readOptions } from './options.ts';

const usage = `Usage: linewatt recompute --plant FILE --from INSTANT [--to INSTANT] [options]

Makes facts again from the edge's journal, after the plant file said something wrong about a signal: the map of a state or a
reason, a scale, a modulus, the threshold of a derived state. Only what differs is sent; keys that vanish are taken back; what
was known before stays known as of then. It works beside a stopped edge: stop it, correct the plant file, run this, start it
again. Sources that keep a queue bridge the pause, the rest of it is unknown.

  --plant FILE        the corrected plant file
  --from INSTANT      from when on, like 2026-06-01T06:00:00Z; as far back as the journal reaches
  --to INSTANT        up to when; default: up to now
  --data DIR          the edge's data directory; default ./data
  --edge NAME         which of the plant's edges: this is`;

/** `linewatt recompute`: rewrites facts from the journal. */
export const recomputeCommand: Command = {
  name: 'recompute',
  summary: 'make facts again from the journal, after a mapping was wrong',
  usage,
  run,
};

const PROGRESS_MS = 1000;

async function run(args: readonly string[], io: CommandIo): Promise<number> {
  const given = readOptions(args, {
    plant: { type: 'string' },
    from: { type: 'string' },
    to: { type: 'string' },
    data: { type: 'string' },
    edge: { type: 'string' },
  });
  if (given.plant === undefined || given.from === undefined) {
    throw new UserError('needs --plant and --from; linewatt recompute --help tells more', 2);
  }
  const from = readInstant(given.from, '--from');
  const to = given.to === undefined ? null : readInstant(given.to, '--to');
  if (to !== null && to <= from) throw new UserError('--to must be later than --from', 2);
  const [{ requirePlantFile }, { lockDirectory }, { JOURNAL_FILE, openJournal }, { recompute }, { systemClock }] =
    await Promise.all([
      import('#shared/store/plant-file.ts'),
      import('../supervise/lock.ts'),
      import('../journal/journal.ts'),
      import('../recompute/recompute.ts'),
      import('../system-clock.ts'),
    ]);
  const { plant } = requirePlantFile(resolve(given.plant));
  const part = partOfEdge(plant, given.edge ?? null);
  if (!part) throw new UserError(`the plant file names no edge "${given.edge}"`);
  const dataDir = resolve(given.data ?? 'data');
  if (!existsSync(join(dataDir, JOURNAL_FILE))) {
    throw new UserError(`there is no journal in ${dataDir}; name the edge's data directory with --data`);
  }
  const lock = lockDirectory(dataDir, given.edge === undefined ? 'edge' : `edge-${given.edge}`);
  const journal = openJournal(dataDir, {
    sinks: ['historian', 'live'],
    onSetAside: (m) => io.err(`recompute: ${m}\n`),
  });
  try {
    let told = performance.now();
    const done = recompute({
      plant,
      journal,
      owns: (owner) => part.machines.has(owner) || part.meters.has(owner),
      from,
      to,
      now: systemClock.now(),
      progress(t) {
        if (io.signal.aborted) throw new UserError('stopped before it was done; nothing was changed');
        if (performance.now() - told < PROGRESS_MS) return;
        told = performance.now();
        io.err(`recompute: read up to ${toIso(t)}\n`);
      },
    });
    for (const note of done.notes) io.out(`${note}\n`);
    const span = `${toIso(done.from)} to ${toIso(done.to)}`;
    io.out(`${span}: ${done.changed} facts changed, ${done.voided} taken back, ${done.same} as they were\n`);
    if (done.changed + done.voided > 0) io.out('they are sent when the edge starts\n');
    return 0;
  } finally {
    journal.close();
    lock.release();
  }
}

function readInstant(text: string, option: string): number {
  const t = parseInstant(text);
  if (t !== null) return t;
  throw new UserError(`${option} must be an instant with an offset, like 2026-06-01T06:00:00Z, not "${text}"`, 2);
}
