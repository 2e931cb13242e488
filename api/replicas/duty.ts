import { randomUUID } from 'node:crypto';
import { SECOND } from '#shared/time/instant.ts';
import type { Sql } from '../auth/sql.ts';

/*
 * Which of several servers on one PostgreSQL does what must be done once: watch the alerts, send messages, make reports.
 *
 * - One row says who is on duty and until when, by the database's clock: clocks of servers that differ do no harm.
 * - Whoever is on duty renews it long before its end. A server that is killed, hangs or is cut off does not, and another takes
 *   it within `TAKEN_OVER_MS`. A server that stops gives it back at once.
 * - `held` ends a second early by a clock that never jumps, so that a server that slept does not go on where it was; what is
 *   written is checked once more in its own transaction (`holdsIn`).
 */
export interface Duty {
  readonly held: boolean;
  /** In a transaction: whether it is still ours. Other servers cannot take it before that transaction ends. */
  holdsIn(inside: Sql): Promise<boolean>;
  /** Takes it where it is free, renews it where it is ours. Never throws: what cannot be renewed runs out. */
  work(): Promise<void>;
  close(): Promise<void>;
}

const LASTS_MS = 6 * SECOND;
const EVERY_MS = 2 * SECOND;
const MARGIN_MS = SECOND;
/** From the death of one to the work of another, at most; a look of the new one is in it. */
export const TAKEN_OVER_MS = LASTS_MS + 2 * EVERY_MS;

/** The one server of an embedded ledger. */
export const ALWAYS_ON_DUTY: Duty = {
  held: true,
  holdsIn: async () => true,
  work: async () => {},
  close: async () => {},
};

export interface DutyDeps {
  /** PostgreSQL. */
  readonly sql: Sql;
  readonly log: (line: string) => void;
  /** Milliseconds that never jump; for tests. */
  readonly monotonic?: () => number;
  /** Null: only when told to. */
  readonly everyMs?: number | null;
}

const NAME = 'office';
const NOW = '(extract(epoch FROM clock_timestamp()) * 1000)::bigint';

export async function openDuty(deps: DutyDeps): Promise<Duty> {
  const { sql, log, monotonic = () => performance.now(), everyMs = EVERY_MS } = deps;
  await sql.transaction(async (inside) => {
    await inside.run(
      'CREATE TABLE IF NOT EXISTS duty (name TEXT PRIMARY KEY, holder TEXT NOT NULL, endsat BIGINT NOT NULL)',
    );
  });
  const holder = randomUUID();
  let heldUntil = Number.NEGATIVE_INFINITY;
  let wasHeld = false;
  let closed = false;
  let working: Promise<void> | null = null;
  const isHeld = (): boolean => !closed && monotonic() < heldUntil;

  async function round(): Promise<void> {
    const asked = monotonic();
    const taken = await sql.run(
      `INSERT INTO duty (name, holder, endsat) VALUES (?, ?, ${NOW} + ?)
       ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, endsat = excluded.endsat
       WHERE duty.holder = excluded.holder OR duty.endsat < ${NOW}`,
      [NAME, holder, LASTS_MS],
    );
    heldUntil = taken > 0 ? asked + LASTS_MS - MARGIN_MS : Number.NEGATIVE_INFINITY;
    if (isHeld() !== wasHeld)
      log(
        wasHeld
          ? 'another server watches alerts and sends messages now'
          : 'this server watches alerts and sends messages',
      );
    wasHeld = isHeld();
  }

  const duty: Duty = {
    get held() {
      return isHeld();
    },
    async holdsIn(inside) {
      const [row] = await inside.all('SELECT holder FROM duty WHERE name = ? FOR UPDATE', [NAME]);
      return isHeld() && row?.['holder'] === holder;
    },
    async work() {
      if (closed) return;
      working ??= round()
        // That the database is away is told by those who need it; without it the duty runs out.
        .catch(() => {})
        .finally(() => {
          working = null;
        });
      await working;
    },
    async close() {
      if (timer) clearInterval(timer);
      await working;
      closed = true;
      await sql.run('DELETE FROM duty WHERE name = ? AND holder = ?', [NAME, holder]).catch(() => {});
    },
  };
  const timer = everyMs === null ? null : setInterval(() => void duty.work(), everyMs);
  timer?.unref();
  await duty.work();
  return duty;
}
