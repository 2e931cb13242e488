import pg from 'pg';
import { UserError } from '#shared/contract/command.ts';
import type { Entry } from '#shared/ledger/entry.ts';
import { entryOfRow } from '#shared/store/ledger-file.ts';
import type { Instant } from '#shared/time/instant.ts';
import { type Append, digestOf, type Ledger, LedgerUnavailable, rowOf, takenId, usedKey } from './ledger.ts';

/*
 * The ledger of several api replicas.
 *
 * - One writer at a time: an append holds the table's lock from its look at the newest entry to its commit, so `seq` has no
 *   gaps and a guard sees everything that was committed before.
 * - Every replica holds all entries in memory. It reads what others wrote when told to (`catchUp`, by the broker's ledger
 *   message) and every POLL_MS, so that a lost message costs seconds.
 * - While the database is away entries are refused with a sentence; what is known goes on being served.
 */
const POLL_MS = 2000;
const CONNECT_MS = 5000;
const SCHEMA_VERSION = 1;

export interface PostgresLedgerOptions {
  /** postgres://host:5432/database, without a password. */
  readonly url: string;
  /** From the environment. */
  readonly credentials: { readonly user?: string; readonly password?: string };
  readonly clock: () => Instant;
  readonly log: (line: string) => void;
  readonly pollMs?: number;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS linewatt_meta (version integer NOT NULL);
  CREATE TABLE IF NOT EXISTS entry (
    seq bigint PRIMARY KEY, id text NOT NULL UNIQUE, "recordedAt" bigint NOT NULL, writer text NOT NULL,
    content text NOT NULL, "idempotencyKey" text NOT NULL UNIQUE, digest text NOT NULL
  );
  CREATE OR REPLACE FUNCTION linewatt_append_only() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'append-only'; END $$;
  CREATE OR REPLACE TRIGGER entry_keep BEFORE UPDATE OR DELETE OR TRUNCATE ON entry
    FOR EACH STATEMENT EXECUTE FUNCTION linewatt_append_only();`;
const COLUMNS = 'seq, id, "recordedAt", writer, content';

/** @throws UserError when the database cannot be reached or used at the start. */
export async function openPostgresLedger(options: PostgresLedgerOptions): Promise<Ledger> {
  const { url, credentials, clock, log, pollMs = POLL_MS } = options;
  const shown = url.replace(/\/\/[^@/]*@/, '//');
  const pool = new pg.Pool({
    connectionString: withCredentials(url, credentials),
    max: 4,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: CONNECT_MS * 2,
    application_name: 'linewatt',
  });
  let message: string | null = null;
  let entries: readonly Entry[] = [];
  const listeners: ((entry: Entry) => void)[] = [];
  const away = (error: unknown): void => {
    const why = error instanceof Error ? error.message || error.name : String(error);
    if (message !== why) log(`the ledger ${shown} is away: ${why}`);
    message = why;
  };
  const back = (): void => {
    if (message !== null) log(`the ledger ${shown} is back`);
    message = null;
  };
  // An idle connection that the server closes is no news: the next query opens another.
  pool.on('error', away);

  const take = (rows: readonly Record<string, unknown>[]): void => {
    const known = entries.length;
    const fresh = rows
      .map((row) => entryOfRow({ ...row, seq: Number(row['seq']), recordedAt: Number(row['recordedAt']) }))
      .filter((entry) => entry.seq > known);
    if (fresh.length === 0) return;
    entries = [...entries, ...fresh];
    for (const entry of fresh) for (const listener of listeners) listener(entry);
  };
  const readNew = async (client: Pick<pg.Pool, 'query'>): Promise<void> => {
    const since = entries.length;
    const { rows } = await client.query(`SELECT ${COLUMNS} FROM entry WHERE seq > $1 ORDER BY seq`, [since]);
    take(rows);
  };

  try {
    const client = await pool.connect();
    try {
      // Two replicas may start at once on an empty database.
      await client.query('BEGIN; SELECT pg_advisory_xact_lock(7165733)');
      await client.query(SCHEMA);
      const { rows } = await client.query('SELECT max(version) AS version FROM linewatt_meta');
      const held = Number(rows[0]?.version ?? 0);
      if (held > SCHEMA_VERSION) {
        throw new UserError(`the ledger ${shown} was written by a newer Linewatt (schema ${held}); start that version`);
      }
      if (held === 0) await client.query('INSERT INTO linewatt_meta VALUES ($1)', [SCHEMA_VERSION]);
      await client.query('COMMIT');
    } finally {
      client.release(true);
    }
    await readNew(pool);
  } catch (error) {
    await pool.end();
    if (error instanceof UserError) throw error;
    const why = error instanceof Error ? error.message || error.name : String(error);
    throw new UserError(
      `the ledger ${shown} cannot be used: ${why}. Check the address, LINEWATT_LEDGER_USER and LINEWATT_LEDGER_PASSWORD`,
    );
  }
  const version = String((await pool.query('SHOW server_version')).rows[0]?.server_version ?? '').split(' ')[0] ?? '';

  let reading: Promise<void> | null = null;
  const catchUp = async (seq = Number.POSITIVE_INFINITY): Promise<void> => {
    if (seq <= entries.length) return;
    // One read at a time; whoever comes during one waits for the next, which sees what he was told of.
    if (reading) await reading.catch(() => {});
    reading ??= readNew(pool)
      .then(back, away)
      .finally(() => {
        reading = null;
      });
    await reading;
  };
  const poll = setInterval(() => void catchUp(), pollMs);

  const appendWith = async (client: pg.PoolClient, given: Append) => {
    await client.query('BEGIN');
    await client.query('LOCK TABLE entry IN SHARE ROW EXCLUSIVE MODE');
    await readNew(client);
    const { rows } = await client.query('SELECT seq, digest FROM entry WHERE "idempotencyKey" = $1', [
      given.idempotencyKey,
    ]);
    if (rows[0]) {
      const entry = entries[Number(rows[0].seq) - 1];
      if (rows[0].digest !== digestOf(given) || !entry) throw usedKey(given.idempotencyKey);
      await client.query('COMMIT');
      return { entry, repeated: true };
    }
    if (given.id !== undefined && entries.some((e) => e.id === given.id)) throw takenId(given.id);
    given.guard?.(entries);
    const row = rowOf(given, clock(), entries.at(-1));
    await client.query(
      'INSERT INTO entry (seq, id, "recordedAt", writer, content, "idempotencyKey", digest) VALUES ($1, $2, $3, $4, $5, $6, $7)',
      [row.seq, row.id, row.recordedAt, row.writer, row.content, row.idempotencyKey, row.digest],
    );
    await client.query('COMMIT');
    take([{ ...row }]);
    return { entry: entryOfRow({ ...row }), repeated: false };
  };

  return {
    async append(given) {
      let client: pg.PoolClient;
      try {
        client = await pool.connect();
      } catch (error) {
        away(error);
        throw unavailable();
      }
      try {
        const appended = await appendWith(client, given);
        client.release();
        back();
        return appended;
      } catch (error) {
        // What was not committed ends with its connection.
        client.release(true);
        if (!isDatabaseError(error)) throw error;
        away(error);
        throw unavailable();
      }
    },
    async byKey(key) {
      try {
        const { rows } = await pool.query('SELECT seq FROM entry WHERE "idempotencyKey" = $1', [key]);
        if (!rows[0]) return null;
        await catchUp(Number(rows[0].seq));
        return entries[Number(rows[0].seq) - 1] ?? null;
      } catch (error) {
        away(error);
        throw unavailable();
      }
    },
    entries: () => entries,
    get seq() {
      return entries.length;
    },
    engine: { engine: 'postgresql', version },
    get message() {
      return message;
    },
    onAppend: (listener) => void listeners.push(listener),
    catchUp,
    async close() {
      clearInterval(poll);
      await reading?.catch(() => {});
      await pool.end();
    },
  };

  function unavailable(): LedgerUnavailable {
    return new LedgerUnavailable(`the ledger ${shown} is away (${message}); nothing was saved, send it again`);
  }
}

/** The client takes them from the address alone, once it is given one. */
export function withCredentials(url: string, { user, password }: PostgresLedgerOptions['credentials']): string {
  const address = new URL(url);
  if (user !== undefined) address.username = encodeURIComponent(user);
  if (password !== undefined) address.password = encodeURIComponent(password);
  return address.href;
}

/** Whether the connection is in doubt; refusals of our own are not. */
function isDatabaseError(error: unknown): boolean {
  return error instanceof Error && ('code' in error || /connection|timeout|terminat/i.test(error.message));
}
