import { type ShallowRef, shallowRef } from 'vue';
import type { Patch, Pulse, ScopeView, Snapshot, Topic } from '#shared/contract/socket.ts';
import type { WallPulse } from '#shared/contract/walls.ts';
import type { LinkFacts } from './freshness.ts';
import { mergePatch } from './merge-patch.ts';

/*
 * - One socket for the page. Every watched scope has one feed; it asks again by itself after a gap or a reconnect.
 * - Server time is the last `serverTime` heard plus the monotonic time since then.
 * - A view is replaced, never changed in place, so that a component redraws exactly what a patch touched.
 */
export interface LiveSocket {
  readonly connected: boolean;
  on(event: string, listener: (payload: never) => void): unknown;
  emit(event: string, payload: unknown): unknown;
  /** Drops a link that only seems to be open and opens it anew. */
  reopen(): void;
}

export interface Feed {
  readonly scope: string;
  readonly view: ShallowRef<ScopeView | null>;
  facts(): LinkFacts;
  /** Newest data by the server's clock, epoch ms. */
  dataAt(): number | null;
}

export interface Live {
  watch(scope: string, topics: readonly Topic[]): Feed;
  release(feed: Feed): void;
  /** Epoch ms by the server's clock; null before the first pulse or snapshot. */
  serverNow(): number | null;
  /** Tells the server that this wall is seen; nothing while the link is closed. */
  tellWall(pulse: WallPulse): void;
  /** The machine slept, or its clock jumped: what is on the screen counts as unheard until the server speaks again. */
  resync(): void;
  /** How often the link was tried again since it went. */
  attempts(): number;
  /** How long a link that calls itself open has told nothing, ms; 0 while it is closed or nothing is watched. */
  silentMs(): number;
  /** Why the server refused a watch, in its own words; null while it refused none. */
  readonly problem: ShallowRef<string | null>;
  /** Build that the server serves, as last heard. */
  readonly build: ShallowRef<string | null>;
}

interface OpenFeed extends Feed {
  readonly topics: Set<Topic>;
  users: number;
  seq: number | null;
  startedAt: number;
  /** Newest data and its age when the last pulse named this scope; undefined before one did. */
  newestMs: number | null | undefined;
  ageAtPulseMs: number | null | undefined;
}

export function createLive(socket: LiveSocket, monotonic: () => number): Live {
  const feeds = new Map<string, OpenFeed>();
  const build = shallowRef<string | null>(null);
  const problem = shallowRef<string | null>(null);
  let pulseAt: number | null = null;
  let closedAt: number | null = socket.connected ? null : monotonic();
  let serverMs: number | null = null;
  let serverAt = 0;
  let attempts = 0;
  let openedAt = monotonic();

  function hearTime(iso: string): void {
    const ms = Date.parse(iso);
    if (Number.isNaN(ms)) return;
    serverMs = ms;
    serverAt = monotonic();
  }

  function ask(feed: OpenFeed): void {
    feed.seq = null;
    if (socket.connected) socket.emit('watch', { scope: feed.scope, topics: [...feed.topics] });
  }

  socket.on('connect', () => {
    closedAt = null;
    attempts = 0;
    openedAt = monotonic();
    for (const feed of feeds.values()) ask(feed);
  });
  socket.on('disconnect', () => {
    closedAt ??= monotonic();
  });
  socket.on('connect_error', () => {
    closedAt ??= monotonic();
    attempts += 1;
  });
  socket.on('snapshot', (snapshot: Snapshot) => {
    const feed = feeds.get(snapshot.scope);
    hearTime(snapshot.serverTime);
    if (!feed) return;
    feed.seq = snapshot.seq;
    feed.view.value = snapshot.view;
  });
  socket.on('patch', (patch: Patch) => {
    const feed = feeds.get(patch.scope);
    if (!feed || feed.seq === null || !feed.view.value) return;
    if (patch.seq <= feed.seq) return;
    if (patch.seq !== feed.seq + 1) {
      ask(feed);
      return;
    }
    feed.seq = patch.seq;
    feed.view.value = mergePatch(feed.view.value, patch.patch) as ScopeView;
  });
  socket.on('pulse', (pulse: Pulse) => {
    pulseAt = monotonic();
    hearTime(pulse.serverTime);
    build.value = pulse.build;
    for (const feed of feeds.values()) {
      const newest = pulse.dataAt[feed.scope];
      if (newest === undefined) continue;
      const ms = newest === null ? Number.NaN : Date.parse(newest);
      feed.newestMs = Number.isNaN(ms) ? null : ms;
      feed.ageAtPulseMs = feed.newestMs === null || serverMs === null ? null : serverMs - feed.newestMs;
    }
  });

  socket.on('problem', (refusal: { readonly detail: string }) => {
    problem.value = refusal.detail;
  });

  return {
    build,
    problem,
    attempts: () => attempts,
    silentMs: () =>
      socket.connected && feeds.size > 0 ? monotonic() - Math.max(openedAt, pulseAt ?? Number.NEGATIVE_INFINITY) : 0,
    tellWall(pulse) {
      if (socket.connected) socket.emit('wall', pulse);
    },
    resync() {
      closedAt ??= monotonic();
      socket.reopen();
    },
    serverNow: () => (serverMs === null ? null : serverMs + (monotonic() - serverAt)),
    watch(scope, topics) {
      problem.value = null;
      const existing = feeds.get(scope);
      if (existing) {
        existing.users += 1;
        const known = existing.topics.size;
        for (const topic of topics) existing.topics.add(topic);
        if (existing.topics.size > known) ask(existing);
        return existing;
      }
      const feed: OpenFeed = {
        scope,
        view: shallowRef<ScopeView | null>(null),
        topics: new Set(topics),
        users: 1,
        seq: null,
        startedAt: monotonic(),
        newestMs: undefined,
        ageAtPulseMs: undefined,
        dataAt: () => feed.newestMs ?? null,
        facts: () => ({
          startedAt: feed.startedAt,
          hasView: feed.view.value !== null,
          pulseAt,
          closedAt,
          dataAgeAtPulseMs: feed.ageAtPulseMs,
        }),
      };
      feeds.set(scope, feed);
      ask(feed);
      return feed;
    },
    release(feed) {
      const open = feeds.get(feed.scope);
      if (!open) return;
      open.users -= 1;
      if (open.users > 0) return;
      feeds.delete(feed.scope);
      if (socket.connected) socket.emit('unwatch', { scope: feed.scope });
    },
  };
}
