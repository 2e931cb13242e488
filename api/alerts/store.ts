import type { Instant } from '#shared/time/instant.ts';
import { column, instantIn, type Row, type Sql, textIn } from '../auth/sql.ts';
import { ALWAYS_ON_DUTY, type Duty } from '../replicas/duty.ts';
import type { Alert } from './engine.ts';

/*
 * Alerts on disk: open ones survive a restart, closed ones are the history.
 *
 * - Only the server on duty writes alerts. Anybody may acknowledge, at any server: that stands in a table of its own, where the
 *   first one wins and nothing that the watcher writes takes it away.
 */
export interface AlertStore {
  /** @throws OffDuty when another server has the watch by now; nothing is written then. */
  save(alerts: readonly Alert[]): Promise<void>;
  /** False: somebody was faster. */
  acknowledge(id: string, by: string, at: Instant): Promise<boolean>;
  /** Open ones, and those closed since an instant. */
  recent(closedSince: Instant): Promise<readonly Alert[]>;
  /** Newest first. */
  list(limit: number): Promise<readonly Alert[]>;
}

/** Another server watches the alerts now. */
export class OffDuty extends Error {
  constructor() {
    super('another server watches them now');
  }
}

const TABLES = [
  `CREATE TABLE IF NOT EXISTS alert (
    id TEXT PRIMARY KEY, openedat BIGINT NOT NULL, closedat BIGINT, content TEXT NOT NULL)`,
  'CREATE INDEX IF NOT EXISTS alert_opened ON alert (openedat)',
  'CREATE TABLE IF NOT EXISTS alert_taken (id TEXT PRIMARY KEY, takenat BIGINT NOT NULL, takenby TEXT NOT NULL)',
];
const ALERTS =
  'SELECT content, closedat, takenat, takenby FROM alert LEFT JOIN alert_taken ON alert_taken.id = alert.id';

export async function openAlertStore(sql: Sql, duty: Duty = ALWAYS_ON_DUTY): Promise<AlertStore> {
  // In one step, because two servers may start at the same time.
  await sql.transaction(async (inside) => {
    for (const table of TABLES) await inside.run(table);
  });
  return {
    async save(alerts) {
      if (alerts.length === 0) return;
      await sql.transaction(async (inside) => {
        if (!(await duty.holdsIn(inside))) throw new OffDuty();
        for (const alert of alerts) {
          await inside.run(
            `INSERT INTO alert (id, openedat, closedat, content) VALUES (?, ?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET closedat = excluded.closedat, content = excluded.content`,
            [alert.id, alert.openedAt, alert.closedAt, JSON.stringify(alert)],
          );
        }
      });
    },
    async acknowledge(id, by, at) {
      const added = await sql.run(
        'INSERT INTO alert_taken (id, takenat, takenby) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING',
        [id, at, by],
      );
      return added > 0;
    },
    async recent(closedSince) {
      const rows = await sql.all(`${ALERTS} WHERE closedat IS NULL OR closedat >= ?`, [closedSince]);
      return rows.map(alertOf);
    },
    async list(limit) {
      const rows = await sql.all(`${ALERTS} ORDER BY openedat DESC, alert.id LIMIT ?`, [limit]);
      return rows.map(alertOf);
    },
  };
}

function alertOf(row: Row): Alert {
  const kept = JSON.parse(String(column(row, 'content'))) as Alert;
  return {
    ...kept,
    closedAt: instantIn(row, 'closedat'),
    acknowledgedAt: instantIn(row, 'takenat') ?? kept.acknowledgedAt,
    acknowledgedBy: textIn(row, 'takenby') ?? kept.acknowledgedBy,
  };
}
