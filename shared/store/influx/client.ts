import { readFileSync } from 'node:fs';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { InfluxDB } from 'influx';
import { HistorianError } from '../historian.ts';

const REQUEST_TIMEOUT_MS = 30_000;
/** Above the client's own time limit, which begins anew with each byte. */
const CALL_PATIENCE_MS = 120_000;

export interface InfluxTarget {
  readonly client: InfluxDB;
  /**
   * One call of the client that surely ends: the client itself waits for ever for the rest of an answer whose connection was
   * cut, and then nothing would be sent again.
   */
  call<T>(work: () => Promise<T>): Promise<T>;
  readonly database: string;
  /** For messages: without credentials. */
  readonly label: string;
}

/**
 * `http(s)://host:port/database`; user and password only from `credentials` (the environment), never from the URL.
 * `mostAnswerBytes`: a longer answer is a failure.
 */
export function influxTarget(
  url: string,
  credentials: { user?: string; password?: string; caFile?: string },
  mostAnswerBytes: number | null = null,
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
  const cuts = new Set<(error: Error) => void>();
  const cut = (error: Error): void => {
    for (const fail of cuts) fail(error);
  };
  const client = new InfluxDB({
    protocol: https ? 'https' : 'http',
    host: parsed.hostname,
    port: Number(parsed.port) || (https ? 443 : 8086),
    database,
    ...(credentials.user === undefined ? {} : { username: credentials.user }),
    ...(credentials.password === undefined ? {} : { password: credentials.password }),
    options: {
      ...(https && credentials.caFile !== undefined ? { ca: readAuthority(credentials.caFile) } : {}),
      ...(mostAnswerBytes === null ? {} : { agent: frugalAgent(https, mostAnswerBytes, cut) }),
    },
    pool: { maxRetries: 0, requestTimeout: REQUEST_TIMEOUT_MS },
  });
  return {
    client,
    database,
    label: `${parsed.protocol}//${parsed.host}/${database}`,
    async call(work) {
      const { promise: ended, reject } = Promise.withResolvers<never>();
      const timer = setTimeout(
        () => reject(new Error(`no whole answer in ${CALL_PATIENCE_MS / 1000} s`)),
        CALL_PATIENCE_MS,
      );
      cuts.add(reject);
      try {
        return await Promise.race([work(), ended]);
      } finally {
        clearTimeout(timer);
        cuts.delete(reject);
      }
    },
  };
}

/**
 * An agent whose connections end when an answer is longer than expected: who only writes needs no answer, and must not be
 * filled with one. A connection per request, so that each answer is counted by itself.
 */
function frugalAgent(https: boolean, mostBytes: number, cut: (error: Error) => void): HttpAgent | HttpsAgent {
  const agent = https ? new HttpsAgent({ keepAlive: false }) : new HttpAgent({ keepAlive: false });
  const open = agent.createConnection.bind(agent);
  agent.createConnection = (options, done) => {
    const socket = open(options, done);
    let bytes = 0;
    socket?.on('data', (chunk: Uint8Array) => {
      bytes += chunk.length;
      if (bytes <= mostBytes) return;
      socket.destroy();
      cut(new Error(`the answer is longer than ${mostBytes} bytes`));
    });
    return socket;
  };
  return agent;
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
