import { DatabaseSync } from 'node:sqlite';
import { WALL_DARK_MS, type WallPulse } from '#shared/contract/walls.ts';
import { DAY, HOUR, type Instant, MINUTE } from '#shared/time/instant.ts';

/*
 * Which walls there are, and which of them is dark.
 *
 * - A wall is known by the id that its browser keeps. It is dark when nothing was heard of it for WALL_DARK_MS, whatever the
 *   reason: switched off, asleep, a dead link, a page that hangs.
 * - Walls survive a restart of the api: one that does not come back is dark, not forgotten. The file is written at most every
 *   WRITE_MS a wall; a crash costs that much.
 * - A wall is forgotten when somebody says so, or after FORGOTTEN_MS without a pulse. One that was there for less than
 *   GLANCE_MS was somebody having a look: it is no dark wall, and forgotten after an hour. At most MOST_WALLS are kept, the ones
 *   heard last: ids come from outside.
 */
export interface Wall extends WallPulse {
  readonly name: string | null;
  readonly address: string;
  readonly firstSeenAt: Instant;
  /** Start of its present link. */
  readonly since: Instant;
  readonly lastPulseAt: Instant;
  readonly dark: boolean;
}

export interface WallRegister {
  pulse(
    wall: WallPulse,
    from: { readonly name: string | null; readonly address: string; readonly since: Instant },
  ): void;
  /** Dark ones first, then by page. */
  list(): Wall[];
  /** When a wall that shows the line was last seen; null: never. */
  seenAt(line: string): Instant | null;
  /** False: there was none. */
  forget(id: string): boolean;
  close(): void;
}

const WRITE_MS = 30_000;
const FORGOTTEN_MS = 90 * DAY;
const GLANCE_MS = 10 * MINUTE;
const GLANCE_FORGOTTEN_MS = HOUR;
const MOST_WALLS = 500;

type Kept = Omit<Wall, 'dark'>;

export function openWallRegister(file: string, clock: () => Instant): WallRegister {
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
    const wall = read(String(body));
    if (wall) walls.set(wall.id, wall);
  }

  const write = (wall: Kept): void => {
    insert.run(wall.id, JSON.stringify(wall));
    written.set(wall.id, wall.lastPulseAt);
  };
  const forget = (id: string): boolean => {
    written.delete(id);
    remove.run(id);
    return walls.delete(id);
  };
  const tidy = (now: Instant): void => {
    for (const { id, firstSeenAt, lastPulseAt } of walls.values()) {
      const stays = isGlance({ firstSeenAt, lastPulseAt }) ? GLANCE_FORGOTTEN_MS : FORGOTTEN_MS;
      if (now - lastPulseAt > stays) forget(id);
    }
    if (walls.size <= MOST_WALLS) return;
    const oldest = [...walls.values()].sort((a, b) => a.lastPulseAt - b.lastPulseAt)[0];
    if (oldest) forget(oldest.id);
  };

  return {
    pulse(said, { name, address, since }) {
      const now = clock();
      const before = walls.get(said.id);
      const wall: Kept = { ...said, name, address, since, firstSeenAt: before?.firstSeenAt ?? now, lastPulseAt: now };
      walls.set(said.id, wall);
      const due = now - (written.get(said.id) ?? Number.NEGATIVE_INFINITY) >= WRITE_MS;
      if (due || before?.page !== wall.page || before.since !== wall.since) write(wall);
      tidy(now);
    },
    list() {
      const now = clock();
      tidy(now);
      return [...walls.values()]
        .map((wall) => ({ ...wall, dark: now - wall.lastPulseAt >= WALL_DARK_MS }))
        .filter((wall) => !wall.dark || !isGlance(wall))
        .sort(
          (a, b) =>
            Number(b.dark) - Number(a.dark) || a.page.localeCompare(b.page, 'en') || a.firstSeenAt - b.firstSeenAt,
        );
    },
    seenAt(line) {
      let seen: Instant | null = null;
      for (const { lines, lastPulseAt } of walls.values()) {
        if (lines.includes(line) && (seen === null || lastPulseAt > seen)) seen = lastPulseAt;
      }
      return seen;
    },
    forget,
    close() {
      for (const wall of walls.values()) write(wall);
      db.close();
    },
  };
}

function isGlance({ firstSeenAt, lastPulseAt }: Pick<Kept, 'firstSeenAt' | 'lastPulseAt'>): boolean {
  return lastPulseAt - firstSeenAt < GLANCE_MS;
}

/** Null for a row of another version: the wall tells it again within ten seconds. */
function read(body: string): Kept | null {
  try {
    const wall: unknown = JSON.parse(body);
    const whole = typeof wall === 'object' && wall !== null && 'id' in wall && 'lines' in wall && 'lastPulseAt' in wall;
    return whole ? (wall as Kept) : null;
  } catch {
    return null;
  }
}
