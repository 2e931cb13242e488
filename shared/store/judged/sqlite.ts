import { DatabaseSync } from 'node:sqlite';
import { HistorianError } from '../historian.ts';
import { fieldsOf, type JudgedWriter } from './shift-point.ts';

const NUMBERS = [
  'allSeconds',
  'runSeconds',
  'smallStopSeconds',
  'unplannedStopSeconds',
  'plannedStopSeconds',
  'unknownSeconds',
  'scheduleLossSeconds',
  'breakSeconds',
  'offShiftSeconds',
  'totalCount',
  'goodCount',
  'rejectCount',
  'unscheduledTotalCount',
  'unscheduledGoodCount',
  'idealSeconds',
  'idealGoodSeconds',
  'availability',
  'performance',
  'quality',
  'oee',
  'utilization',
  'teep',
  'ooe',
  'yield',
  'coverage',
  'end',
] as const;
const TEXTS = ['scope', 'site', 'area', 'line', 'machine', 'shift', 'date', 'basis'] as const;

/** Columns that a later version needs are added by a step at the end of this list; `user_version` counts those applied. */
const STEPS: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS shift (
     ${TEXTS.map((name) => `"${name}" TEXT`).join(', ')}, start INTEGER NOT NULL,
     ${NUMBERS.map((name) => `"${name}" REAL`).join(', ')},
     PRIMARY KEY (scope, start, shift)
   );`,
];

/**
 * Judged shifts in a file of their own: the historian's file has one writer, the edge.
 * @throws HistorianError for a file that cannot be written, or of a newer version.
 */
export function openSqliteJudged(path: string): JudgedWriter {
  const columns = [...TEXTS, 'start', ...NUMBERS].map((name) => `"${name}"`);
  let db: DatabaseSync;
  try {
    db = new DatabaseSync(path, { timeout: 5_000 });
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
    const held = Number(db.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
    if (held > STEPS.length) throw new Error(`it was written by a newer Linewatt (schema ${held}); start that version`);
    for (const [n, step] of STEPS.entries()) {
      if (n >= held) db.exec(`BEGIN IMMEDIATE; ${step} PRAGMA user_version = ${n + 1}; COMMIT;`);
    }
  } catch (cause) {
    throw new HistorianError('refused', `the file ${path} cannot be written: ${(cause as Error).message}`, {
      retryable: false,
      cause,
    });
  }
  const insert = db.prepare(
    `INSERT OR REPLACE INTO shift (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
  );
  return {
    async write(points) {
      db.exec('BEGIN IMMEDIATE');
      try {
        for (const point of points) {
          const fields = fieldsOf(point);
          const texts = TEXTS.map((name) => (name === 'basis' ? 'restated' : point[name]));
          insert.run(...texts, point.start, ...NUMBERS.map((name) => fields[name] ?? null));
        }
        db.exec('COMMIT');
      } catch (cause) {
        if (db.isTransaction) db.exec('ROLLBACK');
        throw new HistorianError('rejected', `the file ${path} refused shifts: ${(cause as Error).message}`, {
          retryable: true,
          cause,
        });
      }
    },
    close: async () => db.close(),
  };
}
