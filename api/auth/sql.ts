import { DatabaseSync } from 'node:sqlite';
import { UserError } from '#shared/contract/command.ts';

/*
 * The few things that accounts, sessions and audit ask of a database, so that SQLite and PostgreSQL serve the same statements.
 *
 * - Statements use `?` for values, and only what both understand: TEXT, BIGINT, ON CONFLICT.
 * - `transaction` takes the one write lock: what is read inside is still true when it commits.
 * - A process has one connection to a SQLite file: its calls stand in one row. Other processes wait at most five seconds.
 */
export type Value = string | number | null;
export type Row = Readonly<Record<string, unknown>>;

export interface Sql {
  readonly engine: 'sqlite' | 'postgres';
  all(text: string, values?: readonly Value[]): Promise<readonly Row[]>;
  /** Rows changed. */
  run(text: string, values?: readonly Value[]): Promise<number>;
  transaction<T>(work: (inside: Sql) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** A column by name; PostgreSQL writes unquoted names in small letters. */
export function column(row: Row, name: string): unknown {
  return row[name] ?? row[name.toLowerCase()] ?? null;
}

export function instantIn(row: Row, name: string): number | null {
  const value = column(row, name);
  return value === null ? null : Number(value);
}

export function textIn(row: Row, name: string): string | null {
  const value = column(row, name);
  return value === null ? null : String(value);
}

/** @throws UserError when the file cannot be opened. */
export function openSqliteSql(file: string): Sql {
  const db = open(file);
  const statements = new Map<string, ReturnType<DatabaseSync['prepare']>>();
  const prepare = (text: string) => {
    const held = statements.get(text) ?? db.prepare(text);
    statements.set(text, held);
    return held;
  };
  // One connection: what is asked while a transaction runs waits for its end.
  let queue: Promise<unknown> = Promise.resolve();
  const direct: Sql = {
    engine: 'sqlite',
    all: async (text, values = []) => prepare(text).all(...values),
    run: async (text, values = []) => Number(prepare(text).run(...values).changes),
    transaction: (work) => work(direct),
    close: async () => db.close(),
  };
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = queue.then(work, work);
    queue = result.catch(() => {});
    return result;
  };
  return {
    engine: 'sqlite',
    all: (text, values) => inTurn(() => direct.all(text, values)),
    run: (text, values) => inTurn(() => direct.run(text, values)),
    transaction: (work) =>
      inTurn(async () => {
        db.exec('BEGIN IMMEDIATE');
        try {
          const result = await work(direct);
          db.exec('COMMIT');
          return result;
        } catch (error) {
          if (db.isTransaction) db.exec('ROLLBACK');
          throw error;
        }
      }),
    close: () => inTurn(direct.close),
  };
}

function open(file: string): DatabaseSync {
  try {
    const db = new DatabaseSync(file, { timeout: 5000 });
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
    return db;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UserError(`the accounts in ${file} cannot be opened: ${why}. Check the data directory`);
  }
}
