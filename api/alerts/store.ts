import type { Instant } from '#shared/time/instant.ts';
import { column, instantIn, type Row, type Sql } from '../auth/sql.ts';
import type { Alert } from './engine.ts';

/** Alerts on disk: open ones survive a restart, closed ones are the history. */
export interface AlertStore {
  save(alerts: readonly Alert[]): Promise<void>;
  /** Open ones, and those closed since an instant. */
  recent(closedSince: Instant): Promise<readonly Alert[]>;
  /** Newest first. */
  list(limit: number): Promise<readonly Alert[]>;
}

const TABLE = `CREATE TABLE IF NOT EXISTS alert (
  id TEXT PRIMARY KEY, openedat BIGINT NOT NULL, closedat BIGINT, content TEXT NOT NULL)`;

export async function openAlertStore(sql: Sql): Promise<AlertStore> {
  await sql.run(TABLE);
  await sql.run('CREATE INDEX IF NOT EXISTS alert_opened ON alert (openedat)');
  return {
    async save(alerts) {
      if (alerts.length === 0) return;
      await sql.transaction(async (inside) => {
        for (const alert of alerts) {
          await inside.run(
            `INSERT INTO alert (id, openedat, closedat, content) VALUES (?, ?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET closedat = excluded.closedat, content = excluded.content`,
            [alert.id, alert.openedAt, alert.closedAt, JSON.stringify(alert)],
          );
        }
      });
    },
    async recent(closedSince) {
      const rows = await sql.all('SELECT content, closedat FROM alert WHERE closedat IS NULL OR closedat >= ?', [
        closedSince,
      ]);
      return rows.map(alertOf);
    },
    async list(limit) {
      const rows = await sql.all('SELECT content, closedat FROM alert ORDER BY openedat DESC, id LIMIT ?', [limit]);
      return rows.map(alertOf);
    },
  };
}

function alertOf(row: Row): Alert {
  return { ...(JSON.parse(String(column(row, 'content'))) as Alert), closedAt: instantIn(row, 'closedat') };
}
