import { InfluxDB } from 'influx';
import { HistorianError } from '../historian.ts';

export interface InfluxTarget {
  readonly client: InfluxDB;
  readonly database: string;
  /** For messages: without credentials. */
  readonly label: string;
}

/** `http(s)://host:port/database`; user and password only from `credentials` (the environment), never from the URL. */
export function influxTarget(url: string, credentials: { user?: string; password?: string }): InfluxTarget {
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
    pool: { maxRetries: 0, requestTimeout: 30_000 },
  });
  return { client, database, label: `${parsed.protocol}//${parsed.host}/${database}` };
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

function httpStatus(cause: unknown): number | null {
  if (typeof cause !== 'object' || cause === null) return null;
  const res = (cause as { res?: { statusCode?: unknown } }).res;
  return typeof res?.statusCode === 'number' ? res.statusCode : null;
}
