import { randomUUID } from 'node:crypto';
import type { ChannelConfig } from '#shared/plant/model.ts';
import { DAY, HOUR, type Instant, MINUTE, SECOND } from '#shared/time/instant.ts';
import { column, instantIn, type Row, type Sql, textIn } from '../auth/sql.ts';
import type { Counters } from '../metrics/counters.ts';
import { ALWAYS_ON_DUTY, type Duty } from '../replicas/duty.ts';
import type { Message } from './message.ts';

/*
 * What has to be sent, on disk, until it was taken.
 *
 * - A delivery is written before it is tried, so that none is lost with the process; one key makes one delivery.
 * - A failed one is tried again, later each time, also after a restart; after three days it is given up, and stays visible.
 * - Of several servers the one on duty sends; any may add.
 * - A receiver may see one twice (it took it and the answer was lost): the delivery's id is the same both times.
 */
export type DeliveryState = 'waiting' | 'sent' | 'failed';

export interface DeliveryView {
  readonly id: string;
  /** What it is about: `report:ID` or `alert:ID`. */
  readonly about: string;
  readonly channel: string;
  readonly subject: string;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly createdAt: Instant;
  readonly sentAt: Instant | null;
  readonly nextAt: Instant | null;
  readonly error: string | null;
}

export interface Outbox {
  /** False: there is one with this key already. */
  add(key: string, about: string, channel: string, message: Message): Promise<boolean>;
  /** Newest first. */
  list(limit: number, about?: string): Promise<readonly DeliveryView[]>;
  /** Tries one again now. False: there is no such delivery, or it was sent. */
  retry(id: string): Promise<boolean>;
  /** Tries what is due. */
  work(): Promise<void>;
  close(): Promise<void>;
}

export interface OutboxDeps {
  readonly sql: Sql;
  readonly channel: (id: string) => ChannelConfig | null;
  readonly send: (channel: ChannelConfig, id: string, message: Message) => Promise<void>;
  readonly clock: () => Instant;
  readonly counters: Counters;
  readonly log: (line: string) => void;
  /** Whether this server sends; a server alone does. */
  readonly duty?: Duty;
  /** Whether it looks for due deliveries by itself; tests turn the clock themselves. */
  readonly everyMs?: number | null;
}

const BACKOFF_MS = [10 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR] as const;
const GIVE_UP_MS = 3 * DAY;
const KEEP_MS = 90 * DAY;
const EVERY_MS = 2 * SECOND;

const TABLE = `CREATE TABLE IF NOT EXISTS delivery (
  id TEXT PRIMARY KEY, dedupe TEXT NOT NULL UNIQUE, about TEXT NOT NULL, channel TEXT NOT NULL, subject TEXT NOT NULL,
  message TEXT NOT NULL, state TEXT NOT NULL, attempts BIGINT NOT NULL, createdat BIGINT NOT NULL, sentat BIGINT,
  nextat BIGINT, error TEXT)`;

export async function openOutbox(deps: OutboxDeps): Promise<Outbox> {
  const { sql, channel, send, clock, counters, log, duty = ALWAYS_ON_DUTY, everyMs = EVERY_MS } = deps;
  // In one step, because two servers may start at the same time.
  await sql.transaction((inside) => inside.run(TABLE));
  await sql.run('DELETE FROM delivery WHERE createdat < ?', [clock() - KEEP_MS]);
  let working: Promise<void> | null = null;
  let closed = false;
  const timer = everyMs === null ? null : setInterval(() => void outbox.work(), everyMs);
  timer?.unref();

  async function trySending(row: Row): Promise<void> {
    const id = String(column(row, 'id'));
    const attempts = Number(column(row, 'attempts')) + 1;
    const createdAt = instantIn(row, 'createdat') ?? 0;
    const name = String(column(row, 'channel'));
    try {
      const to = channel(name);
      if (!to) throw new Error(`the plant file has no channel ${name} any more`);
      await send(to, id, JSON.parse(String(column(row, 'message'))) as Message);
      await sql.run(
        'UPDATE delivery SET state = ?, attempts = ?, sentat = ?, nextat = NULL, error = NULL WHERE id = ?',
        ['sent', attempts, clock(), id],
      );
      counters.count('deliveries', 'sent');
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const wait = BACKOFF_MS[Math.min(attempts, BACKOFF_MS.length) - 1] ?? HOUR;
      const givenUp = clock() - createdAt >= GIVE_UP_MS;
      await sql.run('UPDATE delivery SET state = ?, attempts = ?, nextat = ?, error = ? WHERE id = ?', [
        givenUp ? 'failed' : 'waiting',
        attempts,
        givenUp ? null : clock() + wait,
        why,
        id,
      ]);
      counters.count('deliveries', givenUp ? 'given_up' : 'failed');
      if (attempts === 1 || givenUp)
        log(`delivery over ${name} ${givenUp ? 'given up' : 'failed, tried again'}: ${why}`);
    }
  }

  async function round(): Promise<void> {
    if (!duty.held) return;
    const due = await sql.all(
      "SELECT * FROM delivery WHERE state = 'waiting' AND nextat <= ? ORDER BY nextat LIMIT 50",
      [clock()],
    );
    // One channel that hangs does not keep the others waiting.
    const byChannel = Map.groupBy(due, (row) => String(column(row, 'channel')));
    await Promise.all(
      [...byChannel.values()].map(async (rows) => {
        for (const row of rows) if (!closed && duty.held) await trySending(row);
      }),
    );
  }

  const outbox: Outbox = {
    async add(key, about, to, message) {
      const added = await sql.run(
        `INSERT INTO delivery (id, dedupe, about, channel, subject, message, state, attempts, createdat, nextat)
         VALUES (?, ?, ?, ?, ?, ?, 'waiting', 0, ?, ?) ON CONFLICT (dedupe) DO NOTHING`,
        [randomUUID(), key, about, to, message.subject, JSON.stringify(message), clock(), clock()],
      );
      return added > 0;
    },
    async list(limit, about) {
      const rows =
        about === undefined
          ? await sql.all('SELECT * FROM delivery ORDER BY createdat DESC, id LIMIT ?', [limit])
          : await sql.all('SELECT * FROM delivery WHERE about = ? ORDER BY createdat DESC, id LIMIT ?', [about, limit]);
      return rows.map(viewOf);
    },
    async retry(id) {
      const changed = await sql.run(
        "UPDATE delivery SET state = 'waiting', nextat = ?, createdat = ? WHERE id = ? AND state <> 'sent'",
        [clock(), clock(), id],
      );
      return changed > 0;
    },
    async work() {
      working ??= round()
        .catch((error: unknown) => log(`deliveries wait: ${error instanceof Error ? error.message : error}`))
        .finally(() => {
          working = null;
        });
      await working;
    },
    async close() {
      closed = true;
      if (timer) clearInterval(timer);
      await working;
    },
  };
  return outbox;
}

function viewOf(row: Row): DeliveryView {
  return {
    id: String(column(row, 'id')),
    about: String(column(row, 'about')),
    channel: String(column(row, 'channel')),
    subject: String(column(row, 'subject')),
    state: String(column(row, 'state')) as DeliveryState,
    attempts: Number(column(row, 'attempts')),
    createdAt: instantIn(row, 'createdat') ?? 0,
    sentAt: instantIn(row, 'sentat'),
    nextAt: instantIn(row, 'nextat'),
    error: textIn(row, 'error'),
  };
}
