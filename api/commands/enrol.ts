import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Command, type CommandIo, UserError } from '#shared/contract/command.ts';
import type { Plant } from '#shared/plant/model.ts';
import { HistorianError } from '#shared/store/historian.ts';
import { requirePlantFile } from '#shared/store/plant-file.ts';
import { API_USER, apiAccess, edgeAccess, edgeUser, passwordLine } from '../enrol/broker-access.ts';
import { commandOptions } from './options.ts';

const usage = `Usage: linewatt enrol --plant FILE --out DIR [options]

Gives each edge and the api an account of its own, with no more rights than it needs: an edge may write its own topics and
facts and read nothing, the api may read the site. Writes their environment files and the broker's access list into DIR, for
their owner's eyes only, and, with --historian, makes the accounts in InfluxDB.

  --plant FILE       the plant file; each of its edges: gets an account
  --out DIR          where to write; files that are there are kept unless --renew
  --historian URL    http(s)://host:8086/linewatt: makes the database and its users, signing in as LINEWATT_HISTORIAN_USER with
                     LINEWATT_HISTORIAN_PASSWORD, who must be an administrator
  --broker URL       mqtt(s)://host, written into the environment files
  --renew            new passwords; the old ones end when the broker has read its new file`;

export const enrolCommand: Command = {
  name: 'enrol',
  summary: 'accounts for each edge and the api, with no more rights than they need',
  usage,
  run,
};

async function run(args: readonly string[], { out, env }: CommandIo): Promise<number> {
  const given = commandOptions('enrol', args, {
    plant: { type: 'string' },
    out: { type: 'string' },
    historian: { type: 'string' },
    broker: { type: 'string' },
    renew: { type: 'boolean', default: false },
  });
  if (given.plant === undefined || given.out === undefined) {
    throw new UserError('needs --plant and --out; linewatt enrol --help tells more', 2);
  }
  const { plant } = requirePlantFile(resolve(given.plant));
  const folder = resolve(given.out);
  const accounts = accountsOf(plant);
  const taken = accounts.map(({ user }) => `${user}.env`).find((name) => existsSync(join(folder, name)));
  if (taken !== undefined && !given.renew) {
    throw new UserError(`${join(folder, taken)} is there already; --renew makes new passwords for all accounts`);
  }
  if (given.historian !== undefined) await inInflux(given.historian, accounts, env);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const account of accounts) {
      write(folder, `${account.user}.env`, environmentOf(account, given.historian, given.broker));
    }
    write(
      folder,
      'mosquitto.passwords',
      accounts.map(({ user, password }) => passwordLine(user, password)),
    );
    write(
      folder,
      'mosquitto.access',
      accounts.flatMap(({ access }) => [...access, '']),
    );
  } catch (error) {
    throw new UserError(`${folder} cannot be written (${(error as Error).message}); choose another with --out`);
  }
  out(`${accounts.map(({ user, why }) => `${user.padEnd(24)} ${why}`).join('\n')}\n`);
  out(`\nIn ${folder}: carry each .env to its machine (systemd: EnvironmentFile=); give the broker\n`);
  out('  allow_anonymous false\n  password_file mosquitto.passwords\n  acl_file mosquitto.access\n');
  return 0;
}

interface Account {
  readonly user: string;
  readonly password: string;
  readonly may: 'write' | 'read';
  readonly access: readonly string[];
  readonly why: string;
}

function accountsOf(plant: Plant): Account[] {
  const edges = plant.edges.size === 0 ? [null] : [...plant.edges.keys()];
  const password = (): string => randomBytes(24).toString('base64url');
  return [
    ...edges.map((edge): Account => {
      const access = edgeAccess(plant, edge);
      const why = `may write ${access.length - 1} topics and the facts, and read nothing`;
      return { user: edgeUser(edge), password: password(), may: 'write', access, why };
    }),
    { user: API_USER, password: password(), may: 'read', access: apiAccess(plant), why: 'may read the site' },
  ];
}

async function inInflux(url: string, accounts: readonly Account[], env: CommandIo['env']): Promise<void> {
  const [{ influxTarget }, { createInfluxUsers }, { historianCredentials }] = await Promise.all([
    import('#shared/store/influx/client.ts'),
    import('#shared/store/influx/users.ts'),
    import('#shared/store/open.ts'),
  ]);
  try {
    const target = influxTarget(url, historianCredentials(env));
    await createInfluxUsers(
      target,
      accounts.map(({ user, password, may }) => ({ name: user, password, may })),
    );
  } catch (error) {
    if (error instanceof HistorianError) throw new UserError(error.message);
    throw error;
  }
}

function environmentOf({ user, password }: Account, historian?: string, broker?: string): string[] {
  const lines = [`LINEWATT_BROKER_USER=${user}`, `LINEWATT_BROKER_PASSWORD=${password}`];
  if (broker !== undefined) lines.push(`LINEWATT_BROKER_URL=${broker}`);
  if (historian === undefined) return lines;
  return [
    ...lines,
    `LINEWATT_HISTORIAN_URL=${historian}`,
    `LINEWATT_HISTORIAN_USER=${user}`,
    `LINEWATT_HISTORIAN_PASSWORD=${password}`,
  ];
}

function write(folder: string, name: string, lines: readonly string[]): void {
  writeFileSync(join(folder, name), `${lines.join('\n').trimEnd()}\n`, { mode: 0o600 });
}
