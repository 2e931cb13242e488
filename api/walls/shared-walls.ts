import { SECOND } from '#shared/time/instant.ts';
import { column, type Sql } from '../auth/sql.ts';
import { type Kept, type WallShelf, wallOf } from './register.ts';

/*
 * Walls of several servers on one PostgreSQL: each hears those that hang at it, and all know all.
 *
 * - What was heard is written and what others heard is read every few seconds, which is often beside WALL_DARK_MS. The newer pulse
 *   of a wall wins, wherever it came in.
 * - A wall that another server forgot is gone here too, unless it was heard of here since.
 * - While the database is away each server knows its own.
 */
const EVERY_MS = 4 * SECOND;

export interface SharedWallsDeps {
  /** Closed with the shelf. */
  readonly sql: Sql;
  readonly log: (line: string) => void;
  /** Null: only when told to. */
  readonly everyMs?: number | null;
}

export interface SharedWalls extends WallShelf {
  /** Writes and reads once. */
  work(): Promise<void>;
}

export async function openSharedWalls({ sql, log, everyMs = EVERY_MS }: SharedWallsDeps): Promise<SharedWalls> {
  // In one step, because two servers may start at the same time.
  await sql.transaction(async (inside) => {
    await inside.run(
      'CREATE TABLE IF NOT EXISTS wall (id TEXT PRIMARY KEY, lastpulseat BIGINT NOT NULL, body TEXT NOT NULL)',
    );
  });
  const walls = new Map<string, Kept>();
  /** Heard of here, and not written yet. */
  const fresh = new Set<string>();
  const removed = new Set<string>();
  let isAway = false;
  let working: Promise<void> | null = null;

  async function write(): Promise<void> {
    for (const id of [...removed]) {
      await sql.run('DELETE FROM wall WHERE id = ?', [id]);
      removed.delete(id);
    }
    for (const id of [...fresh]) {
      const wall = walls.get(id);
      if (wall) {
        await sql.run(
          `INSERT INTO wall (id, lastpulseat, body) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE
           SET lastpulseat = excluded.lastpulseat, body = excluded.body WHERE wall.lastpulseat <= excluded.lastpulseat`,
          [id, wall.lastPulseAt, JSON.stringify(wall)],
        );
      }
      // What was heard while it was written is written with the next round.
      if (walls.get(id) === wall) fresh.delete(id);
    }
  }

  async function read(): Promise<void> {
    const before = new Set(walls.keys());
    const rows = await sql.all('SELECT body FROM wall');
    const there = new Set<string>();
    for (const row of rows) {
      const wall = wallOf(String(column(row, 'body')));
      if (!wall || removed.has(wall.id)) continue;
      there.add(wall.id);
      const here = walls.get(wall.id);
      if (!here || here.lastPulseAt < wall.lastPulseAt) walls.set(wall.id, wall);
    }
    for (const id of before) if (!there.has(id) && !fresh.has(id)) walls.delete(id);
  }

  const shelf: SharedWalls = {
    walls,
    put(wall) {
      removed.delete(wall.id);
      fresh.add(wall.id);
    },
    remove(id) {
      fresh.delete(id);
      removed.add(id);
    },
    async work() {
      working ??= write()
        .then(read)
        .then(
          () => {
            isAway = false;
          },
          (error: unknown) => {
            if (!isAway) log(`walls are not shared for now: ${error instanceof Error ? error.message : error}`);
            isAway = true;
          },
        )
        .finally(() => {
          working = null;
        });
      await working;
    },
    async close() {
      if (timer) clearInterval(timer);
      await working;
      await shelf.work();
      await sql.close();
    },
  };
  const timer = everyMs === null ? null : setInterval(() => void shelf.work(), everyMs);
  timer?.unref();
  await shelf.work();
  return shelf;
}
