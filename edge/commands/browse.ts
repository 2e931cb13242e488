import { resolve } from 'node:path';
import { type Command, type CommandIo, UserError } from '#shared/contract/command.ts';
import { readWords } from './options.ts';

const usage = `Usage: linewatt browse opc.tcp://HOST:4840 [options]

Walks the address space of an OPC UA server and prints a piece of a plant file to paste: machines and meters, with a guess
which node is the state, the counters, the product, the order, the stop code, energy and power, and why. It only reads.

  --mode MODE        None (default), Sign or SignAndEncrypt
  --policy POLICY    Basic256Sha256 (default), Aes128_Sha256_RsaOaep or Aes256_Sha256_RsaPss
  --user NAME        log in as this user; the password comes from OPCUA_PASSWORD
  --user-cert FILE --user-key FILE   log in with a certificate instead
  --id NAME          name of the source in the fragment; default plc1
  --nodes N          walk at most so many nodes; default 20000
  --depth N          and at most so deep; default 12
  --all              list every variable: node, type, value, path (tab-separated)
  --data DIR         where trusted certificates are kept (linewatt trust); default ./data

Exit code 0: printed, 1: the server cannot be reached or refused (the message says what to do), 2: wrong usage.`;

export const browseCommand: Command = {
  name: 'browse',
  summary: 'walk an OPC UA server and print a piece of a plant file, with guesses',
  usage,
  run,
};

async function run(args: readonly string[], io: CommandIo): Promise<number> {
  const { values, positionals } = readWords(args, OPTIONS);
  const [endpoint, ...more] = positionals;
  if (endpoint === undefined || more.length > 0 || !endpoint.startsWith('opc.tcp://')) {
    throw new UserError('give one address: linewatt browse opc.tcp://10.0.0.5:4840', 2);
  }
  const options = {
    endpoint,
    ...(values.mode === undefined ? {} : { securityMode: values.mode }),
    ...(values.policy === undefined ? {} : { securityPolicy: values.policy }),
    ...(values.user === undefined ? {} : { userName: values.user, password: io.env.OPCUA_PASSWORD ?? '' }),
    ...(values['user-cert'] === undefined ? {} : { userCertFile: resolve(values['user-cert']) }),
    ...(values['user-key'] === undefined ? {} : { userKeyFile: resolve(values['user-key']) }),
  };
  const bounds = { mostNodes: whole('--nodes', values.nodes, 20_000), mostDepth: whole('--depth', values.depth, 12) };
  const sourceId = values.id ?? 'plc1';
  if (!/^[A-Za-z][\w-]*$/.test(sourceId)) throw new UserError('--id must be a name of letters, digits and -', 2);
  io.err(`walking ${endpoint} ...\n`);
  const [{ browseServer }, { SourceError }] = await Promise.all([
    import('../sources/opcua/browse/browse.ts'),
    import('../core/source.ts'),
  ]);
  try {
    const dataDir = resolve(values.data ?? 'data');
    io.out(await browseServer({ dataDir, options, sourceId, bounds, all: values.all ?? false }));
    return 0;
  } catch (error) {
    if (error instanceof SourceError) throw new UserError(error.message, error.code === 'badConfig' ? 2 : 1);
    throw error;
  }
}

const text = { type: 'string' } as const;
const OPTIONS = {
  mode: text,
  policy: text,
  user: text,
  'user-cert': text,
  'user-key': text,
  id: text,
  nodes: text,
  depth: text,
  data: text,
  all: { type: 'boolean' },
} as const;

function whole(name: string, text: string | undefined, fallback: number): number {
  const value = text === undefined ? fallback : Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new UserError(`${name} must be a whole number from 1 on, not "${text}"`, 2);
  return value;
}
