import type { Clock } from '#edge/core/clock.ts';
import { KEEP_MINUTES_YEARS } from '#edge/sinks/historian/retention.ts';
import { UserError } from '#shared/contract/command.ts';
import { brokerTls } from '#shared/store/broker-tls.ts';
import { type HistorianPlace, historianCredentials } from '#shared/store/open.ts';

export interface EdgeOptions {
  readonly plantFile: string;
  readonly dataDir: string;
  /** Which of the plant's `edges:` this is; null: the only one, which has everything. */
  readonly edge: string | null;
  readonly historianUrl: string;
  /** `aedes:PORT` for the broker inside the api on this machine, or `mqtt(s)://host`. */
  readonly brokerUrl: string;
  /** Folder for numbered files of facts, to be carried across a data diode; null: none. */
  readonly spoolDir?: string | null;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: (line: string) => void;
  /** How long and how large the journal may be; default KEEP_JOURNAL. */
  readonly journal?: JournalKeeping;
  /** How long the historian keeps minutes, where the edge says so (SQLite); default KEEP_MINUTES_YEARS. */
  readonly minutesYears?: number;
  /** Default: the computer's. */
  readonly clock?: Clock;
}

export interface JournalKeeping {
  readonly days: number;
  readonly bytes: number;
}

export const KEEP_JOURNAL: JournalKeeping = { days: 14, bytes: 20 * 1024 ** 3 };

/** @throws UserError for anything but a length and a size. */
export function journalKeeping(days: string | undefined, gigabytes: string | undefined): JournalKeeping {
  return {
    days: days === undefined ? KEEP_JOURNAL.days : aboveZero(days, '--journal-days'),
    bytes: gigabytes === undefined ? KEEP_JOURNAL.bytes : aboveZero(gigabytes, '--journal-gigabytes') * 1024 ** 3,
  };
}

/** @throws UserError for anything but a length. */
export function minutesKept(years: string | undefined): number {
  return years === undefined ? KEEP_MINUTES_YEARS : aboveZero(years, '--minutes-years');
}

function aboveZero(text: string, option: string): number {
  const number = Number(text);
  if (text.trim() !== '' && number > 0 && Number.isFinite(number)) return number;
  throw new UserError(`${option} must be a number above 0, not "${text}"`, 2);
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
  if (embedded) {
    // The broker inside the api speaks 3.1.1.
    return { url: `mqtt://127.0.0.1:${embedded[1] || DEFAULT_BROKER_PORT}`, credentials, mqttVersion: 4 as const };
  }
  if (/^mqtts?:\/\//.test(brokerUrl)) return { url: brokerUrl, credentials, tls: brokerTls(env) };
  throw new UserError(`the broker "${brokerUrl}" must be aedes: or begin with mqtt:// or mqtts://`);
}
