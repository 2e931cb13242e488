import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Command, type CommandIo, UserError } from '#shared/contract/command.ts';
import { UNPROTECTED } from '#shared/contract/options.ts';
import { journalKeeping, minutesKept } from '../options.ts';
import { readOptions, readPort } from './options.ts';

const DEFAULT_PORT = '8080';
const DEFAULT_BROKER_PORT = '18830';
const ROOT = resolve(import.meta.dirname, '../..');
const DEMO_PLANT = join(ROOT, 'config/demo.plant.yaml');

const usage = `Usage: linewatt up [options]

Runs everything on this machine: the edge, the api with the dashboard, and, for a demo plant, its simulated machines.

  --plant FILE        the plant file; default: the demo plant
  --data DIR          where facts, journal and entries are kept; default ./data
  --port N            the dashboard; default ${DEFAULT_PORT}
  --host ADDRESS      where the dashboard listens; default 127.0.0.1, any other takes accounts and TLS first
  --server FILE       settings of the server: names, TLS, single sign-on; default server.yaml in the data directory
  --historian URL     sqlite: (default, in the data directory) or http(s)://host:8086/linewatt
  --ledger URL        what people enter; sqlite: (default, in the data directory) or postgres://host:5432/database
  --broker URL        aedes: (default, inside the api) or mqtt(s)://host
  --broker-port N     where aedes: listens, on 127.0.0.1; default ${DEFAULT_BROKER_PORT}
  --journal-days N, --journal-gigabytes N, --minutes-years N, --spool DIR
                      how long things are kept, and facts as files: as in linewatt edge --help
  --${UNPROTECTED}
                      let the whole network in as it is

Environment: LINEWATT_HISTORIAN_URL, LINEWATT_BROKER_URL, LINEWATT_LEDGER_URL; passwords only there. Ctrl-C stops all of it.`;

export const upCommand: Command = {
  name: 'up',
  summary: 'run everything on this machine; without --plant, the demo plant',
  usage,
  run,
};

async function run(args: readonly string[], io: CommandIo): Promise<number> {
  const given = readOptions(args, {
    plant: { type: 'string' },
    data: { type: 'string' },
    port: { type: 'string' },
    host: { type: 'string' },
    server: { type: 'string' },
    [UNPROTECTED]: { type: 'boolean' },
    historian: { type: 'string' },
    ledger: { type: 'string' },
    broker: { type: 'string' },
    'broker-port': { type: 'string' },
    spool: { type: 'string' },
    'journal-days': { type: 'string' },
    'journal-gigabytes': { type: 'string' },
    'minutes-years': { type: 'string' },
  });
  const forEdge = edgeArguments(given);
  const [{ requirePlantFile }, { lockDirectory }, { portTaken }, { superviseAll }] = await Promise.all([
    import('#shared/store/plant-file.ts'),
    import('../supervise/lock.ts'),
    import('../supervise/ports.ts'),
    import('../supervise/all.ts'),
  ]);
  const plantFile = resolve(given.plant ?? DEMO_PLANT);
  const dataDir = resolve(given.data ?? 'data');
  const port = readPort(given.port ?? DEFAULT_PORT, '--port');
  const historian = given.historian ?? io.env.LINEWATT_HISTORIAN_URL ?? 'sqlite:';
  const ledger = given.ledger ?? io.env.LINEWATT_LEDGER_URL ?? 'sqlite:';
  const brokerPort = readPort(given['broker-port'] ?? DEFAULT_BROKER_PORT, '--broker-port');
  const asked = given.broker ?? io.env.LINEWATT_BROKER_URL ?? 'aedes:';
  const broker = asked === 'aedes:' ? `aedes:${brokerPort}` : asked;

  const { plant } = requirePlantFile(plantFile, io.env);
  makeDirectory(dataDir);
  const lock = lockDirectory(dataDir, 'up');
  try {
    // Where server.yaml may name another port, the api looks for itself.
    const isOurs = given.port !== undefined || !existsSync(given.server ?? join(dataDir, 'server.yaml'));
    if (isOurs && (await portTaken(port))) throw taken(port, 'the dashboard', '--port');
    if (broker.startsWith('aedes:') && (await portTaken(Number(broker.slice('aedes:'.length))))) {
      throw taken(Number(broker.slice('aedes:'.length)), 'the broker', '--broker-port');
    }
    await buildDashboard();
    const common = ['--plant', plantFile, '--data', dataDir];
    const engines = ['--historian', historian, '--broker', broker];
    const tasks = [
      ...(plant.demo ? [{ name: 'demo', args: common }] : []),
      { name: 'api', args: [...common, ...engines, '--ledger', ledger, ...serverArguments(given)] },
      { name: 'edge', args: [...common, ...engines, ...forEdge], ...(plant.demo ? { after: 'demo' } : {}) },
    ];
    return await superviseAll(tasks, io);
  } finally {
    lock.release();
  }
}

/** Only what was given: the rest is server.yaml's to say. */
function serverArguments(given: {
  readonly port?: string | undefined;
  readonly host?: string | undefined;
  readonly server?: string | undefined;
  readonly [UNPROTECTED]?: boolean | undefined;
}): string[] {
  const { port, host, server } = given;
  return [
    ...(port === undefined ? [] : ['--port', port]),
    ...(host === undefined ? [] : ['--host', host]),
    ...(server === undefined ? [] : ['--server', resolve(server)]),
    ...(given[UNPROTECTED] ? [`--${UNPROTECTED}`] : []),
  ];
}

/**
 * What only the edge needs to know.
 * @throws UserError here already: a child that refuses its options would say so behind its name, and be tried again.
 */
export function edgeArguments(given: {
  readonly spool?: string | undefined;
  readonly 'journal-days'?: string | undefined;
  readonly 'journal-gigabytes'?: string | undefined;
  readonly 'minutes-years'?: string | undefined;
}): string[] {
  journalKeeping(given['journal-days'], given['journal-gigabytes']);
  minutesKept(given['minutes-years']);
  const kept = (['journal-days', 'journal-gigabytes', 'minutes-years'] as const).flatMap((name) => {
    const value = given[name];
    return value === undefined ? [] : [`--${name}`, value];
  });
  return given.spool === undefined ? kept : [...kept, '--spool', resolve(given.spool)];
}

function taken(port: number, what: string, option: string): UserError {
  return new UserError(`port ${port} of 127.0.0.1, meant for ${what}, is taken; choose another with ${option}`);
}

function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    const { message } = error as Error;
    throw new UserError(`the data directory ${path} cannot be made (${message}); choose another with --data`);
  }
}

/** A release comes with the dashboard built; a working tree builds it when its sources are newer. */
async function buildDashboard(): Promise<void> {
  const builder = join(ROOT, 'dashboard/build.ts');
  if (!existsSync(builder)) return;
  const module: { ensureBuilt(): Promise<unknown> } = await import(pathToFileURL(builder).href);
  await module.ensureBuilt();
}
