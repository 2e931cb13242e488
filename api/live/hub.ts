import type { Patch, Pulse, ScopeView, Snapshot, Topic } from '#shared/contract/socket.ts';
import { type Instant, toIso } from '#shared/time/instant.ts';
import type { Counters } from '../metrics/counters.ts';
import { diff } from './merge-patch.ts';

/*
 * Who watches what, and what they were last told.
 *
 * - One room per scope and set of topics. Its view is worked out, compared and serialised once per tick, however many watch.
 * - `seq` of a room rises by one with each patch; a snapshot carries the seq that it stands at.
 * - A client joins its room in the same turn as its snapshot is sent, so it never misses a patch after it.
 * - A client whose send buffer is over the limit leaves its rooms and gets nothing, and one fresh snapshot of each when it
 *   has drained: nothing queues for it.
 */
export interface Views {
  /** Null for a scope that the plant does not have. The same parts are the same objects while nothing changed. */
  view(scope: string, topics: readonly Topic[]): ScopeView | null;
  dataAt(scope: string): Instant | null;
}

export interface Outlet {
  join(client: string, room: string): void;
  leave(client: string, room: string): void;
  /** Serialised once for all of them. */
  toRoom(room: string, event: string, payload: unknown): void;
  snapshot(clients: readonly string[], snapshot: Snapshot): void;
  /** Whatever the work sends to a client leaves in one write. */
  together(work: () => void): void;
  /** Bytes that wait to be sent to a client. */
  buffered(client: string): number;
}

export interface Hub {
  /** False: the scope is unknown. Watching a scope again replaces the watch and gives a new snapshot. */
  watch(client: string, scope: string, topics: readonly Topic[]): boolean;
  unwatch(client: string, scope: string): void;
  gone(client: string): void;
  /** Sends what changed since the last call to every room. */
  flush(): void;
  /** The same, with the pulse where one is due. To be called at least twice a second while anybody watches. */
  tick(build: string): void;
  /** Sends waiting snapshots; called in the turn after `watch`, and by `flush`. */
  sendSnapshots(): void;
  pulse(build: string): void;
  /** The plant changed: scopes may be gone or new, so every view starts afresh. */
  reset(): void;
  readonly clients: number;
  readonly rooms: number;
}

export interface HubOptions {
  readonly views: Views;
  readonly outlet: Outlet;
  readonly clock: () => Instant;
  readonly counters: Counters;
  /** Bytes waiting for a client above which it is slow. */
  readonly slowBytes?: number;
}

interface Room {
  readonly key: string;
  readonly scope: string;
  readonly topics: readonly Topic[];
  readonly members: Set<string>;
  /** Members that wait for a snapshot and are not in the outlet's room. */
  readonly waiting: Set<string>;
  view: ScopeView;
  seq: number;
}

const SLOW_BYTES = 1024 * 1024;
/** A pulse a second, and not a turn late because a timer was a hair early. */
const PULSE_MS = 950;

export function createHub({ views, outlet, clock, counters, slowBytes = SLOW_BYTES }: HubOptions): Hub {
  const rooms = new Map<string, Room>();
  /** client -> scope -> room */
  const watches = new Map<string, Map<string, Room>>();
  const slow = new Set<string>();
  let pulsedAt: Instant = Number.NEGATIVE_INFINITY;

  const leave = (client: string, room: Room): void => {
    room.members.delete(client);
    room.waiting.delete(client);
    outlet.leave(client, room.key);
    if (room.members.size === 0) rooms.delete(room.key);
  };

  const leavePulse = (client: string): void => {
    const key = pulseKey(watches.get(client));
    if (key !== null) outlet.leave(client, key);
  };
  const joinPulse = (client: string): void => {
    const key = pulseKey(watches.get(client));
    if (key !== null && !slow.has(client)) outlet.join(client, key);
  };

  const sendSnapshots = (): void => {
    for (const room of rooms.values()) {
      // A client whose last snapshot has not left yet waits for the next turn, however often it asks.
      const ready = [...room.waiting].filter((client) => !slow.has(client) && outlet.buffered(client) <= slowBytes);
      if (ready.length === 0) continue;
      const snapshot: Snapshot = { scope: room.scope, seq: room.seq, serverTime: toIso(clock()), view: room.view };
      outlet.snapshot(ready, snapshot);
      counters.count('snapshots', '', ready.length);
      for (const client of ready) {
        room.waiting.delete(client);
        outlet.join(client, room.key);
      }
    }
  };

  const checkSlow = (): void => {
    for (const [client, watched] of watches) {
      const bytes = outlet.buffered(client);
      if (slow.has(client)) {
        if (bytes > 0) continue;
        slow.delete(client);
        joinPulse(client);
      } else if (bytes > slowBytes) {
        counters.count('slow_clients');
        leavePulse(client);
        slow.add(client);
        for (const room of watched.values()) {
          outlet.leave(client, room.key);
          room.waiting.add(client);
        }
      }
    }
  };

  const hub: Hub = {
    watch(client, scope, topics) {
      const sorted = [...new Set(topics)].sort();
      const key = `${scope}|${sorted.join(',')}`;
      let room = rooms.get(key);
      if (!room) {
        const view = views.view(scope, sorted);
        if (!view) return false;
        room = { key, scope, topics: sorted, members: new Set(), waiting: new Set(), view, seq: 0 };
        rooms.set(key, room);
      }
      leavePulse(client);
      const watched = watches.get(client) ?? new Map<string, Room>();
      watches.set(client, watched);
      const before = watched.get(scope);
      room.members.add(client);
      if (before && before !== room) leave(client, before);
      outlet.leave(client, room.key);
      watched.set(scope, room);
      room.waiting.add(client);
      joinPulse(client);
      return true;
    },
    unwatch(client, scope) {
      const watched = watches.get(client);
      const room = watched?.get(scope);
      if (!watched || !room) return;
      leavePulse(client);
      watched.delete(scope);
      leave(client, room);
      if (watched.size === 0) watches.delete(client);
      joinPulse(client);
    },
    gone(client) {
      leavePulse(client);
      for (const room of watches.get(client)?.values() ?? []) leave(client, room);
      watches.delete(client);
      slow.delete(client);
    },
    flush() {
      outlet.together(() => {
        checkSlow();
        for (const room of rooms.values()) {
          const next = views.view(room.scope, room.topics);
          if (!next) continue;
          const patch = diff(room.view, next);
          room.view = next;
          if (patch === undefined) continue;
          room.seq += 1;
          if (room.members.size === room.waiting.size) continue;
          const body: Patch = { scope: room.scope, seq: room.seq, patch };
          outlet.toRoom(room.key, 'patch', body);
          counters.count('patches');
        }
        sendSnapshots();
      });
    },
    tick(build) {
      outlet.together(() => {
        hub.flush();
        const now = clock();
        // A clock that was set back must not silence the pulse.
        if (now >= pulsedAt && now - pulsedAt < PULSE_MS) return;
        pulsedAt = now;
        hub.pulse(build);
      });
    },
    sendSnapshots,
    pulse(build) {
      const serverTime = toIso(clock());
      const told = new Set<string>();
      const at = new Map<string, string | null>();
      for (const watched of watches.values()) {
        const key = pulseKey(watched);
        if (key === null || told.has(key)) continue;
        told.add(key);
        const dataAt: Record<string, string | null> = {};
        for (const scope of watched.keys()) {
          let newest = at.get(scope);
          if (newest === undefined) {
            const t = views.dataAt(scope);
            newest = t === null ? null : toIso(t);
            at.set(scope, newest);
          }
          dataAt[scope] = newest;
        }
        const body: Pulse = { serverTime, build, dataAt };
        outlet.toRoom(key, 'pulse', body);
      }
    },
    reset() {
      for (const room of [...rooms.values()]) {
        const view = views.view(room.scope, room.topics);
        if (view) {
          room.view = view;
          room.seq += 1;
          for (const client of room.members) {
            outlet.leave(client, room.key);
            room.waiting.add(client);
          }
          continue;
        }
        for (const client of [...room.members]) hub.unwatch(client, room.scope);
      }
      sendSnapshots();
    },
    get clients() {
      return watches.size;
    },
    get rooms() {
      return rooms.size;
    },
  };
  return hub;
}

/** Clients that watch the same scopes share one pulse. */
function pulseKey(watched: ReadonlyMap<string, unknown> | undefined): string | null {
  return watched && watched.size > 0 ? `pulse ${[...watched.keys()].sort().join(' ')}` : null;
}
