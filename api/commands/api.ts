import { join, resolve } from 'node:path';
import { type Command, UserError } from '#shared/contract/command.ts';
import { UNPROTECTED } from '#shared/contract/options.ts';
import { commandOptions } from './options.ts';

const usage = `linewatt api: the server that screens and reports ask

Usage: linewatt api --plant plant.yaml [options]

  --plant FILE       the plant file (re-read when it changes)
  --data DIR         data directory (default ./data)
  --port N           HTTP port on 127.0.0.1 (default 8080)
  --host ADDRESS     address to listen on (default 127.0.0.1); any other takes accounts and TLS first
  --server FILE      settings of this server: names, TLS, single sign-on (default: server.yaml in the data directory)
  --open-to-the-network-without-accounts-or-tls
                     let the whole network in as it is
  --historian URL    sqlite: (in the data directory), sqlite:FILE, or http(s)://host:8086/linewatt
  --broker URL       aedes:PORT for the broker inside (default aedes:18830), or mqtt(s)://...
  --ledger URL       sqlite: (in the data directory), sqlite:FILE, or postgres://host:5432/database for several replicas
  --dashboard DIR    built dashboard (default: the one that comes with Linewatt)

LINEWATT_HISTORIAN_URL, LINEWATT_BROKER_URL and LINEWATT_LEDGER_URL stand in for the options. Passwords come only from the
environment: LINEWATT_HISTORIAN_USER, LINEWATT_HISTORIAN_PASSWORD, LINEWATT_BROKER_USER, LINEWATT_BROKER_PASSWORD,
LINEWATT_LEDGER_USER, LINEWATT_LEDGER_PASSWORD.`;

export const apiCommand: Command = {
  name: 'api',
  summary: 'the server: REST, live screens, dashboard',
  usage,
  async run(args, { err, env, signal }) {
    const options = parse(args);
    if (!options.plant) throw new UserError('give the plant file with --plant', 2);
    const [{ startApi }, { readServerFile }] = await Promise.all([
      import('../main.ts'),
      import('../settings/server-file.ts'),
    ]);
    const dataDir = resolve(options.data);
    const settings = readServerFile(options.server && resolve(options.server), dataDir, env);
    const log = (line: string): void => err(`api: ${line}\n`);
    const api = await startApi({
      plantFile: resolve(options.plant),
      dataDir,
      host: options.host ?? settings.listen.host ?? '127.0.0.1',
      port: options.port === undefined ? (settings.listen.port ?? 8080) : portOf(options.port),
      settings,
      unprotected: options[UNPROTECTED],
      historianUrl: options.historian ?? env['LINEWATT_HISTORIAN_URL'] ?? 'sqlite:',
      brokerUrl: options.broker ?? env['LINEWATT_BROKER_URL'] ?? 'aedes:',
      ledgerUrl: options.ledger ?? env['LINEWATT_LEDGER_URL'] ?? 'sqlite:',
      dashboardDir: options.dashboard ? resolve(options.dashboard) : join(import.meta.dirname, '../../dashboard/dist'),
      env,
      log,
    });
    log(`listening on ${api.url}, broker ${api.brokerUrl.replace(/\/\/[^@/]*@/, '//')}`);
    await new Promise<void>((done) => {
      if (signal.aborted) done();
      else signal.addEventListener('abort', done);
    });
    await api.close();
    return 0;
  },
};

function parse(args: readonly string[]) {
  return commandOptions('api', args, {
    plant: { type: 'string' },
    data: { type: 'string', default: './data' },
    port: { type: 'string' },
    host: { type: 'string' },
    server: { type: 'string' },
    [UNPROTECTED]: { type: 'boolean', default: false },
    historian: { type: 'string' },
    broker: { type: 'string' },
    ledger: { type: 'string' },
    dashboard: { type: 'string' },
  });
}

function portOf(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new UserError(`--port ${text} is not a port number`, 2);
  return port;
}
