import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Command, UserError } from '#shared/contract/command.ts';
import { isLocal } from '#shared/flows/flow.ts';
import { type Engines, plannedFlows } from '#shared/flows/plan.ts';
import { flowCsv, flowNftables, flowTable } from '#shared/flows/print.ts';
import { requirePlantFile } from '#shared/store/plant-file.ts';
import { readMailSettings } from '../delivery/mail-settings.ts';
import { readServerFile } from '../settings/server-file.ts';
import { tlsFiles } from '../tls/files.ts';
import { commandOptions } from './options.ts';

const usage = `Usage: linewatt flows --plant FILE [options]

Prints every connection that this plant needs: who opens it, to where, how it is encrypted, as whom, and why. Nothing else is
ever opened, so this is the list a firewall is set up by.

  --plant FILE       the plant file
  --format F         table (default), csv, json, or nftables
  --role R           for nftables: edge (default), "edge NAME", or api
  --historian URL    as for edge and api; default sqlite:, which is a file and no connection
  --broker URL       default aedes:18830, on the loopback address
  --ledger URL       default sqlite:
  --data DIR         the api's data directory: its certificate says whether it speaks TLS; default ./data
  --server FILE      server.yaml: mail, single sign-on, where it listens; default: the one in the data directory
  --host A, --port N where the api listens; default: what server.yaml says, else 127.0.0.1 and 8080`;

const FORMATS = ['table', 'csv', 'json', 'nftables'];

export const flowsCommand: Command = {
  name: 'flows',
  summary: 'every connection that exists, as a table, CSV or firewall rules',
  usage,
  async run(args, { out, env }) {
    const given = commandOptions('flows', args, {
      plant: { type: 'string' },
      format: { type: 'string', default: 'table' },
      role: { type: 'string', default: 'edge' },
      historian: { type: 'string' },
      broker: { type: 'string' },
      ledger: { type: 'string' },
      data: { type: 'string', default: './data' },
      server: { type: 'string' },
      host: { type: 'string' },
      port: { type: 'string' },
    });
    if (given.plant === undefined) throw new UserError('--plant names the plant file; --help tells more', 2);
    if (!FORMATS.includes(given.format)) {
      throw new UserError(`--format must be one of ${FORMATS.join(', ')}, not "${given.format}"`, 2);
    }
    const dataDir = resolve(given.data);
    const settings = readServerFile(given.server && resolve(given.server), dataDir, env);
    const mail = readMailSettings(settings.mail);
    const host = given.host ?? settings.listen.host ?? '127.0.0.1';
    const port = Number(given.port ?? settings.listen.port ?? 8080);
    if (!Number.isInteger(port) || port < 1 || port > 65_535) {
      throw new UserError(`--port ${given.port} is not a port number`, 2);
    }
    const { plant } = requirePlantFile(resolve(given.plant));
    const ledgerUrl = given.ledger ?? env['LINEWATT_LEDGER_URL'] ?? 'sqlite:';
    const engines: Engines = {
      historianUrl: given.historian ?? env['LINEWATT_HISTORIAN_URL'] ?? 'sqlite:',
      brokerUrl: given.broker ?? env['LINEWATT_BROKER_URL'] ?? 'aedes:',
      ledgerUrl,
      listen: { host, port, tls: settings.tls !== undefined || existsSync(tlsFiles(dataDir).certificate) },
      accounts: {
        historian: env['LINEWATT_HISTORIAN_USER'] ?? null,
        broker: env['LINEWATT_BROKER_USER'] ?? null,
        ledger: env['LINEWATT_LEDGER_USER'] ?? null,
      },
      mail: mail && { host: mail.host, port: mail.port, tls: mail.secure || mail.demandTls, user: mail.user },
      singleSignOn: settings.singleSignOn?.issuer ?? null,
      enrolPort: settings.listen.enrolPort ?? null,
    };
    const flows = plannedFlows(plant, engines);
    if (given.format === 'csv') out(flowCsv(flows));
    else if (given.format === 'json') out(`${JSON.stringify(flows, null, 2)}\n`);
    else if (given.format === 'table') out(flowTable(flows));
    else {
      if (!flows.some(({ from }) => from === given.role)) {
        const roles = [...new Set(flows.map(({ from }) => from))].filter((role) => role !== 'browsers');
        throw new UserError(`--role "${given.role}" is not of this plant; it has ${roles.join(', ')}`, 2);
      }
      out(flowNftables(flows, given.role, given.role === 'api' ? listeningPorts(engines) : []));
    }
    return 0;
  },
};

/** What others may connect to; nothing while it listens on the loopback address. */
function listeningPorts({ listen, enrolPort }: Engines): number[] {
  if (isLocal(listen)) return [];
  return enrolPort === null ? [listen.port] : [listen.port, enrolPort];
}
