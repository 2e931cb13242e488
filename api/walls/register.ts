import { WALL_DARK_MS } from '#shared/contract/wall-times.ts';
import type { WallPulse } from '#shared/contract/walls.ts';
import { DAY, HOUR, type Instant, MINUTE } from '#shared/time/instant.ts';

/*
 * Which walls there are, and which of them is dark.
 *
 * - A wall is known by the id that its browser keeps. It is dark when nothing was heard of it for WALL_DARK_MS, whatever the
 *   reason: switched off, asleep, a dead link, a page that hangs.
 * - Walls survive a restart of the api: one that does not come back is dark, not forgotten. Where they are kept, and what other
 *   servers on the same ledger know of them, is the shelf's business (wall-file.ts, shared-walls.ts).
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
  close(): void | Promise<void>;
}

/** What stands about a wall; whether it is dark depends on when one looks. */
export type Kept = Omit<Wall, 'dark'>;

/** Where walls are kept. */
export interface WallShelf {
  /** Walls known now; a shelf that others write to changes them between two calls. */
  readonly walls: Map<string, Kept>;
  /** It was heard of. */
  put(wall: Kept, before: Kept | undefined): void;
  remove(id: string): void;
  close(): void | Promise<void>;
}

const FORGOTTEN_MS = 90 * DAY;
const GLANCE_MS = 10 * MINUTE;
const GLANCE_FORGOTTEN_MS = HOUR;
const MOST_WALLS = 500;

export function createWallRegister(shelf: WallShelf, clock: () => Instant): WallRegister {
  const { walls } = shelf;
  const forget = (id: string): boolean => {
    if (!walls.delete(id)) return false;
    shelf.remove(id);
    return true;
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
      shelf.put(wall, before);
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
    close: shelf.close,
  };
}

function isGlance({ firstSeenAt, lastPulseAt }: Pick<Kept, 'firstSeenAt' | 'lastPulseAt'>): boolean {
  return lastPulseAt - firstSeenAt < GLANCE_MS;
}

/** Null for a row of another version: the wall tells it again within ten seconds. */
export function wallOf(body: string): Kept | null {
  try {
    const wall: unknown = JSON.parse(body);
    const whole = typeof wall === 'object' && wall !== null && 'id' in wall && 'lines' in wall && 'lastPulseAt' in wall;
    return whole ? (wall as Kept) : null;
  } catch {
    return null;
  }
}
