import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import type { CounterEvent, CounterVerdict, OeePoint, ReplacedFact, StateInterval } from '../../oee/facts.ts';
import type { MachineState } from '../../state/state.ts';
import { dayOf, type Instant } from '../../time/instant.ts';
import { asKnown, counterEventPlace, intervalPlace } from '../fact-key.ts';
import { type FactQuery, HistorianError, type HistorianReader } from '../historian.ts';
import { trimToStretches } from '../stretches.ts';
import { CONDITIONS, METER_PIECES, PIECES, type Table } from './tables.ts';

type Row = Record<string, SQLOutputValue>;

/** Opens the file read-only: the api can never change a fact. Throws a retryable HistorianError while it does not exist. */
export function openSqliteReader(path: string): HistorianReader {
  const db = openForReading(path);
  const replaced = <F>(
    kind: ReplacedFact['kind'],
    owners: readonly string[] | null,
    query: FactQuery,
    wide = false,
  ): F[] => {
    if (query.asOf === undefined) return [];
    const rows = db
      .prepare(
        `SELECT fact FROM fact_history WHERE kind = ? AND (? IS NULL OR owner IN (SELECT value FROM json_each(?)))
         AND t >= ? AND t < ? AND knownFrom <= ? AND knownTo > ?`,
      )
      .all(
        kind,
        owners ? 1 : null,
        JSON.stringify(owners ?? []),
        wide ? Number.MIN_SAFE_INTEGER : query.from,
        wide ? Number.MAX_SAFE_INTEGER : query.to,
        query.asOf,
        query.asOf,
      );
    return rows.map((r) => JSON.parse(String(r.fact)) as F);
  };
  /** One range read per owner, so that the primary key is used; with `asOf`, replaced rows stand in for present ones. */
  const ranges = <F extends { readonly void?: boolean }>(
    table: Table<F>,
    owners: readonly string[],
    query: FactQuery,
  ): F[] => {
    const live = query.asOf === undefined ? 'AND void = 0' : '';
    const statement = db.prepare(
      `SELECT ${table.columns} FROM ${table.name} WHERE ${table.owner} = ? AND minute >= ? AND minute < ? ${live}`,
    );
    statement.setReturnArrays(true);
    const out: F[] = [];
    for (const id of owners) {
      for (const row of statement.all(id, query.from, query.to) as unknown as SQLOutputValue[][])
        out.push(table.read(row));
    }
    return asKnown(out, replaced<F>(table.kind, owners, query), table.place).sort(table.order);
  };
  async function extent(): Promise<{ from: Instant; to: Instant } | null> {
    const row = db
      .prepare(
        // From one owner to the next by the key: DISTINCT would read every row.
        `WITH RECURSIVE
             machines (id) AS (SELECT min(machine) FROM machine_minute UNION ALL
               SELECT (SELECT min(machine) FROM machine_minute WHERE machine > id) FROM machines WHERE id IS NOT NULL),
             meters (id) AS (SELECT min(meter) FROM meter_minute UNION ALL
               SELECT (SELECT min(meter) FROM meter_minute WHERE meter > id) FROM meters WHERE id IS NOT NULL)
           SELECT min(lo) AS lo, max(hi) AS hi FROM (
             SELECT (SELECT min(minute) FROM machine_minute WHERE machine = id) AS lo,
                    (SELECT max(minute) FROM machine_minute WHERE machine = id) AS hi FROM machines
             UNION ALL
             SELECT (SELECT min(minute) FROM meter_minute WHERE meter = id),
                    (SELECT max(minute) FROM meter_minute WHERE meter = id) FROM meters)`,
      )
      .get();
    const lo = row?.lo;
    const hi = row?.hi;
    return typeof lo === 'number' && typeof hi === 'number' ? { from: lo, to: hi } : null;
  }
  return {
    async pieces(machines, query) {
      return ranges(PIECES, machines, query);
    },
    async meterPieces(meters, query) {
      return ranges(METER_PIECES, meters, query);
    },
    async conditions(machines, query) {
      return ranges(CONDITIONS, machines, query);
    },
    async intervals(machines, query) {
      const out: StateInterval[] = [];
      const was = replaced<StateInterval>('interval', machines, query, true);
      for (const machine of machines) {
        const present = intervalsAround(db, machine, query);
        const mine = was.filter((i) => i.machine === machine);
        const ordered = asKnown(present, mine, intervalPlace).sort((a, b) => a.start - b.start);
        out.push(...trimToStretches(ordered, query.from, query.to));
      }
      return out;
    },
    async counterEvents(query) {
      const rows = db.prepare('SELECT * FROM counter_event WHERE t >= ? AND t < ?').all(query.from, query.to);
      const known = asKnown(
        rows.map(readCounterEvent),
        replaced<CounterEvent>('counterEvent', null, query),
        counterEventPlace,
      );
      return known.sort((a, b) => a.t - b.t || (a.signal < b.signal ? -1 : 1));
    },
    async oeePoints(scopes, query) {
      const statement = db.prepare('SELECT * FROM oee WHERE scope = ? AND t >= ? AND t < ? ORDER BY t');
      return scopes.flatMap((scope) =>
        statement.all(scope, query.from, query.to).map((r) => ({ ...r }) as unknown as OeePoint),
      );
    },
    async factRevisions(machines, from, to) {
      // An older file gets the table when the edge opens it for writing.
      if (!db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'machine_day'").get()) return null;
      const statement = db.prepare(
        'SELECT day, revision FROM machine_day WHERE machine = ? AND day >= ? AND day <= ? ORDER BY day',
      );
      return new Map(
        machines.map((machine) => {
          const rows = statement.all(machine, dayOf(from), dayOf(to));
          return [machine, new Map(rows.map(({ day, revision }) => [Number(day), Number(revision)]))];
        }),
      );
    },
    extent,
    async prunedBefore() {
      // An older file gets the table when the edge opens it for writing.
      if (!db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'retention'").get()) return null;
      const before = db.prepare('SELECT prunedBefore FROM retention').get()?.prunedBefore;
      return typeof before === 'number' ? before : null;
    },
    async fill() {
      const row = db
        .prepare('SELECT page_count * page_size AS bytes FROM pragma_page_count(), pragma_page_size()')
        .get();
      return { bytes: Number(row?.bytes), oldestMinute: (await extent())?.from ?? null };
    },
    async engine() {
      const row = db.prepare('SELECT sqlite_version() AS v').get();
      return { engine: 'sqlite', version: String(row?.v) };
    },
    async close() {
      db.close();
    },
  };
}

function openForReading(path: string): DatabaseSync {
  try {
    const db = new DatabaseSync(path, { readOnly: true, timeout: 10_000 });
    db.prepare('SELECT count(*) FROM fact_history').get();
    return db;
  } catch (cause) {
    throw new HistorianError('unreachable', `the historian file ${path} is not there yet; the edge creates it`, {
      retryable: true,
      cause,
    });
  }
}

/** Present intervals that may touch [from, to) or its stretches: walked outward until a running one bounds them. */
function intervalsAround(db: DatabaseSync, machine: string, query: FactQuery): StateInterval[] {
  const inside = db
    .prepare(
      `SELECT * FROM state_interval WHERE machine = ? AND start < ?
         AND start >= coalesce((SELECT max(start) FROM state_interval WHERE machine = ? AND start <= ? AND void = 0), ?)`,
    )
    .all(machine, query.to, machine, query.from, query.from)
    .map(readInterval);
  const first = inside[0]?.start ?? query.from;
  const before = walk(
    db
      .prepare('SELECT * FROM state_interval WHERE machine = ? AND start < ? AND void = 0 ORDER BY start DESC')
      .iterate(machine, first),
  );
  const after = walk(
    db
      .prepare('SELECT * FROM state_interval WHERE machine = ? AND start >= ? AND void = 0 ORDER BY start')
      .iterate(machine, query.to),
  );
  return [...before, ...inside, ...after];
}

function walk(rows: Iterable<Row>): StateInterval[] {
  const out: StateInterval[] = [];
  for (const row of rows) {
    const interval = readInterval(row);
    out.push(interval);
    if (interval.state === 'running') break;
  }
  return out;
}

function header(row: Row): { revision: number; void?: boolean } {
  return row.void === 1 ? { revision: Number(row.revision), void: true } : { revision: Number(row.revision) };
}

function readInterval(row: Row): StateInterval {
  const end = row.end;
  const reason = row.reason;
  return {
    machine: String(row.machine),
    start: row.start as Instant,
    end: typeof end === 'number' ? end : null,
    state: row.state as MachineState,
    reason: typeof reason === 'string' ? reason : null,
    ...header(row),
  };
}

function readCounterEvent(row: Row): CounterEvent {
  return {
    signal: String(row.signal),
    t: row.t as number,
    raw: row.raw as number,
    previousT: row.previousT as number,
    previousRaw: row.previousRaw as number,
    verdict: row.verdict as CounterVerdict,
    counted: row.counted as number,
    ...header(row),
  };
}
