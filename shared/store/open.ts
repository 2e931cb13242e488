import { mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Plant } from '../plant/model.ts';
import { HistorianError, type HistorianReader, type HistorianWriter } from './historian.ts';

/** Passwords come only from the environment. */
export interface HistorianCredentials {
  readonly user?: string;
  readonly password?: string;
  /** PEM of the authority that signed the server's certificate, where that is not a public one. */
  readonly caFile?: string;
}

/** LINEWATT_HISTORIAN_USER, LINEWATT_HISTORIAN_PASSWORD and LINEWATT_HISTORIAN_CA_FILE. */
export function historianCredentials(env: Readonly<Record<string, string | undefined>>): HistorianCredentials {
  const {
    LINEWATT_HISTORIAN_USER: user,
    LINEWATT_HISTORIAN_PASSWORD: password,
    LINEWATT_HISTORIAN_CA_FILE: caFile,
  } = env;
  return {
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
    ...(caFile === undefined ? {} : { caFile }),
  };
}

export interface HistorianPlace {
  /** `sqlite:` (in the data directory), `sqlite:/path/to/file`, or `http(s)://host:8086/database`. */
  readonly url: string;
  readonly dataDir: string;
  readonly credentials?: HistorianCredentials;
}

/** A write is answered with a line at most; a list of databases takes a few kilobytes. */
const MOST_ANSWER_TO_A_WRITE = 1024 * 1024;

export async function openHistorianWriter(place: HistorianPlace, plant: () => Plant): Promise<HistorianWriter> {
  const file = sqliteFile(place);
  if (file !== null) {
    mkdirSync(dirname(file), { recursive: true });
    const { openSqliteWriter } = await import('./sqlite/writer.ts');
    return openSqliteWriter(file);
  }
  const [{ influxTarget }, { openInfluxWriter }] = await Promise.all([
    import('./influx/client.ts'),
    import('./influx/writer.ts'),
  ]);
  return openInfluxWriter(influxTarget(place.url, place.credentials ?? {}, MOST_ANSWER_TO_A_WRITE), plant);
}

/** Throws a retryable HistorianError while the SQLite file does not exist yet; InfluxDB is asked only by the first query. */
export async function openHistorianReader(place: HistorianPlace): Promise<HistorianReader> {
  const file = sqliteFile(place);
  if (file !== null) {
    const { openSqliteReader } = await import('./sqlite/reader.ts');
    return openSqliteReader(file);
  }
  const [{ influxTarget }, { openInfluxReader }] = await Promise.all([
    import('./influx/client.ts'),
    import('./influx/reader.ts'),
  ]);
  return openInfluxReader(influxTarget(place.url, place.credentials ?? {}));
}

function sqliteFile({ url, dataDir }: HistorianPlace): string | null {
  if (url.startsWith('sqlite:')) {
    const path = url.slice('sqlite:'.length);
    return path === '' ? join(dataDir, 'historian.sqlite') : resolve(path);
  }
  if (/^https?:/.test(url)) return null;
  throw new HistorianError('badUrl', `the historian URL "${url}" must begin with sqlite: or http(s)://`, {
    retryable: false,
  });
}
