import { DatabaseSync } from 'node:sqlite';
import type { Instant } from '#shared/time/instant.ts';
import { type Kept, type WallShelf, wallOf } from './register.ts';

/** Each wall is written at most this often; a crash costs that much. */
const WRITE_MS = 30_000;

/** Walls of a server alone, in a file of its own. */
export function openWallFile(file: string): WallShelf {
  const db = new DatabaseSync(file);
  db.exec(
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; CREATE TABLE IF NOT EXISTS wall (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT',
  );
  const insert = db.prepare(
    'INSERT INTO wall (id, body) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body',
  );
  const remove = db.prepare('DELETE FROM wall WHERE id = ?');
  const walls = new Map<string, Kept>();
  const written = new Map<string, Instant>();
  for (const { body } of db.prepare('SELECT body FROM wall').all()) {
    const wall = wallOf(String(body));
    if (wall) walls.set(wall.id, wall);
  }
  const write = (wall: Kept): void => {
    insert.run(wall.id, JSON.stringify(wall));
    written.set(wall.id, wall.lastPulseAt);
  };
  return {
    walls,
    put(wall, before) {
      const due = wall.lastPulseAt - (written.get(wall.id) ?? Number.NEGATIVE_INFINITY) >= WRITE_MS;
      if (due || before?.page !== wall.page || before.since !== wall.since) write(wall);
    },
    remove(id) {
      written.delete(id);
      remove.run(id);
    },
    close() {
      for (const wall of walls.values()) write(wall);
      db.close();
    },
  };
}
