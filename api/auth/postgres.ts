import pg from 'pg';
import { withCredentials } from '../ledger/postgres.ts';
import type { Row, Sql } from './sql.ts';

/** One lock for all writers of accounts and audit, whichever replica: the chain of the audit log has one end. */
const LOCK = 0x6c_77_61;

export interface PostgresPlace {
  readonly url: string;
  readonly credentials: { readonly user?: string; readonly password?: string };
}

export function openPostgresSql({ url, credentials }: PostgresPlace, log: (line: string) => void): Sql {
  const pool = new pg.Pool({
    connectionString: withCredentials(url, credentials),
    max: 4,
    connectionTimeoutMillis: 5000,
    // A database that is cut off answers nothing, and says so never.
    query_timeout: 10_000,
  });
  pool.on('error', (error) => log(`accounts: ${error.message}`));
  const over = (client: Pick<pg.Pool, 'query'>, transaction: Sql['transaction'] | null): Sql => {
    const self: Sql = {
      engine: 'postgres',
      all: async (text, values = []) => (await client.query<Row & pg.QueryResultRow>(numbered(text), [...values])).rows,
      run: async (text, values = []) => (await client.query(numbered(text), [...values])).rowCount ?? 0,
      transaction: transaction ?? ((work) => work(self)),
      close: () => pool.end(),
    };
    return self;
  };
  return over(pool, async (work) => {
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
      const result = await work(over(client as unknown as Pick<pg.Pool, 'query'>, null));
      await client.query('COMMIT');
      client.release();
      return result;
    } catch (error) {
      // A link that failed in between is not used again.
      await client.query('ROLLBACK').then(
        () => client.release(),
        () => client.release(true),
      );
      throw error;
    }
  });
}

/** `?` of our statements as the `$1` of PostgreSQL. */
function numbered(text: string): string {
  let n = 0;
  return text.replace(/\?/g, () => `$${++n}`);
}
