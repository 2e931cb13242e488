import { readFileSync } from 'node:fs';
import { InfluxDB } from 'influx';
import { HistorianError } from '../historian.ts';

export interface InfluxTarget {
  readonly client: InfluxDB;
  readonly database: string;
  /** For messages: without credentials. */
  readonly label: string;
}

/** `http(s)://host:port/database`; user and password only from `credentials` (the environment), never from the URL. */
export function influxTarget(
  url: string,
  credentials: { user?: string; password?: string; caFile?: string },
): InfluxTarget {
  const parsed = URL.parse(url);
  const database = parsed?.pathname.replace(/^\/+|\/+$/g, '') ?? '';
  if (!parsed || database === '' || database.includes('/')) {
    throw new HistorianError('badUrl', `the historian URL "${url}" needs the form http://host:8086/database`, {
      retryable: false,
    });
  }
  if (parsed.username !== '' || parsed.password !== '') {
    throw new HistorianError(
      'badUrl',
      'the historian URL must not hold a password; set LINEWATT_HISTORIAN_USER and LINEWATT_HISTORIAN_PASSWORD',
      { retryable: false },
    );
  }
  const https = parsed.protocol === 'https:';
  const client = new InfluxDB({
    protocol: https ? 'https' : 'http',
    host: parsed.hostname,
    port: Number(parsed.port) || (https ? 443 : 8086),
    database,
    ...(credentials.user === undefined ? {} : { username: credentials.user }),
    ...(credentials.password === undefined ? {} : { password: credentials.password }),
    ...(https && credentials.caFile !== undefined ? { options: { ca: readAuthority(credentials.caFile) } } : {}),
    pool: { maxRetries: 0, requestTimeout: 30_000 },
  });
  return { client, database, label: `${parsed.protocol}//${parsed.host}/${database}` };
}

function readAuthority(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new HistorianError(
      'badUrl',
      `the certificate authority ${file} (LINEWATT_HISTORIAN_CA_FILE) cannot be read: ${(cause as Error).message}`,
      { retryable: false, cause },
    );
  }
}

/** 4xx is final (the batch must be told apart), anything else may pass with time. */
export function influxError(target: InfluxTarget, cause: unknown): HistorianError {
  const message = cause instanceof Error ? cause.message : String(cause);
  const status = httpStatus(cause);
  if (status === 401 || status === 403) {
    return new HistorianError('refused', `InfluxDB at ${target.label} refused the user: ${message}`, {
      retryable: true,
      cause,
    });
  }
  if (/database not found/.test(message)) {
    return new HistorianError(
      'refused',
      `InfluxDB at ${target.label} has no such database, and this user may not make it; linewatt enrol does`,
      { retryable: true, cause },
    );
  }
  if (status !== null && status >= 400 && status < 500) {
    return new HistorianError('rejected', `InfluxDB at ${target.label} rejected points: ${message}`, {
      retryable: false,
      cause,
    });
  }
  return new HistorianError('unreachable', `InfluxDB at ${target.label} does not answer: ${message}`, {
    retryable: true,
    cause,
  });
}

/** Status of the answer that an error of the client came from; null where there was no answer. */
export function httpStatus(cause: unknown): number | null {
  if (typeof cause !== 'object' || cause === null) return null;
  const res = (cause as { res?: { statusCode?: unknown } }).res;
  return typeof res?.statusCode === 'number' ? res.statusCode : null;
}
