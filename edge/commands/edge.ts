import { resolve } from 'node:path';
import { type Command, type CommandIo, UserError } from '#shared/contract/command.ts';
import { journalKeeping, minutesKept } from '../options.ts';
import { readOptions } from './options.ts';

const usage = `Usage: linewatt edge --plant FILE [options]

Reads the sources of a plant, makes facts of what they say, and sends them on. It opens no port and takes no orders.

  --plant FILE        the plant file; read again whenever it changes
  --data DIR          where the journal is kept; default ./data
  --edge NAME         which of the plant's edges: this is; without it, this edge has everything
  --historian URL     sqlite: (default, in the data directory) or http(s)://host:8086/linewatt
  --journal-days N    how long raw samples are kept, for late ones and for recompute; default 14
  --journal-gigabytes N  how large the journal may grow; the oldest samples go first; default 20
  --minutes-years N   how long a SQLite historian keeps minutes; their sums stay for ever; default 3
  --spool DIR         facts as numbered files too, to be carried across a data diode to linewatt ingest
  --broker URL        aedes:PORT (default aedes:18830, the broker inside the api) or mqtt(s)://host

Environment: LINEWATT_HISTORIAN_URL, LINEWATT_BROKER_URL, and for users and passwords LINEWATT_HISTORIAN_USER,
LINEWATT_HISTORIAN_PASSWORD, LINEWATT_BROKER_USER, LINEWATT_BROKER_PASSWORD. For mqtts:// the files LINEWATT_BROKER_CA_FILE,
LINEWATT_BROKER_CERT_FILE and LINEWATT_BROKER_KEY_FILE (PEM). Ctrl-C stops it.`;

export const edgeCommand: Command = {
  name: 'edge',
  summary: 'read the sources of a plant and send facts on',
  usage,
  run,
};

async function run(args: readonly string[], io: CommandIo): Promise<number> {
  const given = readOptions(args, {
    plant: { type: 'string' },
    data: { type: 'string' },
    edge: { type: 'string' },
    historian: { type: 'string' },
    broker: { type: 'string' },
    spool: { type: 'string' },
    'journal-days': { type: 'string' },
    'journal-gigabytes': { type: 'string' },
    'minutes-years': { type: 'string' },
  });
  if (given.plant === undefined) throw new UserError('--plant names the plant file; --help tells more', 2);
  const journal = journalKeeping(given['journal-days'], given['journal-gigabytes']);
  const minutesYears = minutesKept(given['minutes-years']);
  const { startEdge } = await import('../main.ts');
  const edge = await startEdge({
    plantFile: resolve(given.plant),
    dataDir: resolve(given.data ?? 'data'),
    edge: given.edge ?? null,
    historianUrl: given.historian ?? io.env.LINEWATT_HISTORIAN_URL ?? 'sqlite:',
    brokerUrl: given.broker ?? io.env.LINEWATT_BROKER_URL ?? 'aedes:',
    spoolDir: given.spool === undefined ? null : resolve(given.spool),
    env: io.env,
    journal,
    minutesYears,
    log: (line) => io.err(`${line}\n`),
  });
  const asked = new Promise<void>((done) => {
    if (io.signal.aborted) done();
    else io.signal.addEventListener('abort', () => done());
  });
  try {
    await Promise.race([asked, edge.live.then(() => asked)]);
  } finally {
    await edge.stop();
  }
  return 0;
}
