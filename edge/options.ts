import { UserError } from '#shared/contract/command.ts';
import { type HistorianPlace, historianCredentials } from '#shared/store/open.ts';

export interface EdgeOptions {
  readonly plantFile: string;
  readonly dataDir: string;
  /** Which of the plant's `edges:` this is; null: the only one, which has everything. */
  readonly edge: string | null;
  readonly historianUrl: string;
  /** `aedes:PORT` for the broker inside the api on this machine, or `mqtt(s)://host`. */
  readonly brokerUrl: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: (line: string) => void;
}

export const DEFAULT_BROKER_PORT = 18830;

/** Name of an edge in topics where the plant file names none. */
export const ONLY_EDGE = 'main';

export function historianPlace({
  historianUrl,
  dataDir,
  env,
}: Pick<EdgeOptions, 'historianUrl' | 'dataDir' | 'env'>): HistorianPlace {
  return { url: historianUrl, dataDir, credentials: historianCredentials(env) };
}

/** @throws UserError for a URL of another kind. */
export function brokerPlace({ brokerUrl, env }: Pick<EdgeOptions, 'brokerUrl' | 'env'>) {
  const { LINEWATT_BROKER_USER: username, LINEWATT_BROKER_PASSWORD: password } = env;
  const credentials = {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  };
  const embedded = /^aedes:(\d*)$/.exec(brokerUrl);
  if (embedded) return { url: `mqtt://127.0.0.1:${embedded[1] || DEFAULT_BROKER_PORT}`, credentials };
  if (/^mqtts?:\/\//.test(brokerUrl)) return { url: brokerUrl, credentials };
  throw new UserError(`the broker "${brokerUrl}" must be aedes: or begin with mqtt:// or mqtts://`);
}
