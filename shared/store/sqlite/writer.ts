import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { FactBatch } from '../../oee/facts.ts';
import { placeOf } from '../fact-key.ts';
import { HistorianError, type HistorianWriter } from '../historian.ts';
import { touchedDays } from '../touched-days.ts';
import { createMinutePruner } from './prune.ts';
import { migrate } from './schema.ts';

/**
 * The embedded historian's only writer. One batch is one transaction, and on the disk when `write` resolves: who handed it over
 * lets go of it then, and a power cut must not take it back.
 */
export function openSqliteWriter(path: string): HistorianWriter {
  const db = openForWriting(path);
  const statements = prepare(db);
  const pruner = createMinutePruner(db);
  return {
    async write(batch) {
      try {
        db.exec('BEGIN IMMEDIATE');
      } catch (cause) {
        throw new HistorianError('locked', `the historian ${path} is locked by another process; it is tried again`, {
          retryable: true,
          cause,
        });
      }
      try {
        insert(statements, batch);
        countDays(statements.day, batch);
        db.exec('COMMIT');
      } catch (cause) {
        // A full disk has ended the transaction by itself.
        if (db.isTransaction) db.exec('ROLLBACK');
        throw new HistorianError('rejected', `the historian ${path} refused a batch: ${(cause as Error).message}`, {
          retryable: /full|busy|locked|I\/O/i.test((cause as Error).message),
          cause,
        });
      }
    },
    async prune(before) {
      return pruner.bite(before);
    },
    async close() {
      db.close();
    },
  };
}

function openForWriting(path: string): DatabaseSync {
  try {
    const db = new DatabaseSync(path, { timeout: 10_000 });
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536;');
    migrate(db);
    return db;
  } catch (cause) {
    throw new HistorianError(
      'refused',
      `the historian file ${path} cannot be opened for writing: ${(cause as Error).message}; check the folder and its rights`,
      { retryable: false, cause },
    );
  }
}

type Statements = ReturnType<typeof prepare>;

function prepare(db: DatabaseSync) {
  return {
    interval: upsert(db, 'state_interval', ['machine', 'start'], ['end', 'state', 'reason', 'void', 'revision']),
    piece: upsert(
      db,
      'machine_minute',
      ['machine', 'minute', 'state', 'product', 'order', 'slot'],
      ['intervalStart', 'start', 'end', 'totalCount', 'goodCount', 'rejectCount', 'provisional', 'void', 'revision'],
    ),
    meterPiece: upsert(
      db,
      'meter_minute',
      ['meter', 'minute', 'machine', 'state', 'product', 'order', 'slot'],
      [
        'intervalStart',
        'start',
        'end',
        'energyWh',
        'exportWh',
        'varh',
        'coveredSeconds',
        'estimated',
        'void',
        'revision',
      ],
    ),
    // By the clock, so that a file that was begun anew never counts what an older one counted.
    day: db.prepare(
      `INSERT INTO machine_day (machine, day, revision) VALUES (?,?,?)
       ON CONFLICT (machine, day) DO UPDATE SET revision = max(revision + 1, excluded.revision)`,
    ),
    condition: upsert(
      db,
      'condition_minute',
      ['machine', 'minute', 'condition'],
      ['min', 'mean', 'max', 'last', 'coveredSeconds', 'void', 'revision'],
    ),
    counterEvent: upsert(
      db,
      'counter_event',
      ['signal', 't'],
      ['raw', 'previousT', 'previousRaw', 'verdict', 'counted', 'void', 'revision'],
    ),
    oee: db.prepare(
      `INSERT OR IGNORE INTO oee (scope, t, shift, date, availability, performance, quality, oee,
         plannedProductionSeconds, runSeconds, idealSeconds, idealGoodSeconds, totalCount, goodCount, rejectCount)
       VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`,
    ),
    history: db.prepare(
      `INSERT OR REPLACE INTO fact_history (kind, owner, t, key, knownFrom, knownTo, fact) VALUES (?,?,?,?,?,?,?)`,
    ),
  };
}

function upsert(db: DatabaseSync, table: string, key: string[], values: string[]): StatementSync {
  const quoted = [...key, ...values].map((c) => `"${c}"`);
  const set = values.map((c) => `"${c}" = excluded."${c}"`).join(', ');
  return db.prepare(
    `INSERT INTO ${table} (${quoted.join(', ')}) VALUES (${quoted.map(() => '?').join(', ')})
     ON CONFLICT (${key.map((c) => `"${c}"`).join(', ')}) DO UPDATE SET ${set} WHERE excluded.revision >= revision`,
  );
}

function insert(s: Statements, batch: FactBatch): void {
  for (const f of batch.intervals) {
    s.interval.run(f.machine, f.start, f.end, f.state, f.reason, bit(f.void), f.revision);
  }
  for (const f of batch.pieces) {
    s.piece.run(
      f.machine,
      f.minute,
      f.state,
      f.product,
      f.order,
      f.slot,
      f.intervalStart,
      f.start,
      f.end,
      f.totalCount,
      f.goodCount,
      f.rejectCount,
      bit(f.provisional),
      bit(f.void),
      f.revision,
    );
  }
  for (const f of batch.meterPieces) {
    s.meterPiece.run(
      f.meter,
      f.minute,
      f.machine,
      f.state,
      f.product,
      f.order,
      f.slot,
      f.intervalStart,
      f.start,
      f.end,
      f.energyWh,
      f.exportWh,
      f.varh,
      f.coveredSeconds,
      bit(f.estimated),
      bit(f.void),
      f.revision,
    );
  }
  for (const f of batch.conditions) {
    s.condition.run(
      f.machine,
      f.minute,
      f.condition,
      f.min,
      f.mean,
      f.max,
      f.last,
      f.coveredSeconds,
      bit(f.void),
      f.revision,
    );
  }
  for (const f of batch.counterEvents) {
    s.counterEvent.run(f.signal, f.t, f.raw, f.previousT, f.previousRaw, f.verdict, f.counted, bit(f.void), f.revision);
  }
  for (const p of batch.oee) {
    s.oee.run(
      p.scope,
      p.t,
      p.shift,
      p.date,
      p.availability,
      p.performance,
      p.quality,
      p.oee,
      p.plannedProductionSeconds,
      p.runSeconds,
      p.idealSeconds,
      p.idealGoodSeconds,
      p.totalCount,
      p.goodCount,
      p.rejectCount,
    );
  }
  for (const h of batch.history) {
    const place = placeOf(h);
    s.history.run(h.kind, place.owner, place.t, place.key, h.knownFrom, h.knownTo, JSON.stringify(h.fact));
  }
}

function countDays(statement: StatementSync, batch: FactBatch): void {
  const now = Date.now();
  for (const [owner, days] of touchedDays(batch)) for (const day of days) statement.run(owner, day, now);
}

function bit(flag: boolean | undefined): number {
  return flag === true ? 1 : 0;
}
