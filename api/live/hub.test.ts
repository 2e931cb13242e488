import { beforeEach, describe, expect, it } from 'vitest';
import type { Patch, ScopeView, Snapshot } from '#shared/contract/socket.ts';
import { createCounters } from '../metrics/counters.ts';
import { createHub, type Hub } from './hub.ts';

type Message = { readonly to: string; readonly event: string; readonly payload: unknown };

/** Rooms as socket.io keeps them, and a log of what each client got. */
function outletOf() {
  const rooms = new Map<string, Set<string>>();
  const buffered = new Map<string, number>();
  const sent: Message[] = [];
  const serialised: string[] = [];
  return {
    sent,
    serialised,
    buffered,
    join: (client: string, room: string) => void rooms.set(room, (rooms.get(room) ?? new Set()).add(client)),
    leave: (client: string, room: string) => void rooms.get(room)?.delete(client),
    toRoom(room: string, event: string, payload: unknown) {
      serialised.push(event);
      for (const to of rooms.get(room) ?? []) sent.push({ to, event, payload });
    },
    snapshot(clients: readonly string[], payload: Snapshot) {
      serialised.push('snapshot');
      for (const to of clients) sent.push({ to, event: 'snapshot', payload });
    },
    together: (work: () => void) => work(),
  };
}

let count = 0;
let outlet = outletOf();
let hub: Hub;
const got = (client: string, event?: string) =>
  outlet.sent.filter((m) => m.to === client && (event === undefined || m.event === event)).map((m) => m.payload);

beforeEach(() => {
  count = 0;
  outlet = outletOf();
  hub = createHub({
    views: {
      view: (scope) => (scope === 'line:x' ? null : ({ count, scope } as unknown as ScopeView)),
      dataAt: () => 1000,
    },
    outlet: { ...outlet, buffered: (client) => outlet.buffered.get(client) ?? 0 },
    clock: () => 2000,
    counters: createCounters(),
    slowBytes: 100,
  });
});

const tick = () => {
  count += 1;
  hub.flush();
};

describe('a room', () => {
  it('gives a snapshot, then patches whose seq rises by one', () => {
    expect(hub.watch('a', 'site', ['oee'])).toBe(true);
    hub.sendSnapshots();
    for (let i = 0; i < 3; i++) tick();
    const [snapshot] = got('a', 'snapshot') as Snapshot[];
    const patches = got('a', 'patch') as Patch[];
    expect(patches.map((p) => p.seq - (snapshot?.seq ?? 0))).toEqual([1, 2, 3]);
    expect(patches.at(-1)?.patch).toEqual({ count: 3 });
  });

  it('gives a late comer a snapshot that stands where the others are', () => {
    hub.watch('a', 'site', ['oee']);
    hub.sendSnapshots();
    tick();
    hub.watch('b', 'site', ['oee']);
    tick();
    const [snapshot] = got('b', 'snapshot') as Snapshot[];
    expect(snapshot?.seq).toBe((got('a', 'patch') as Patch[]).at(-1)?.seq);
    expect(snapshot?.view).toMatchObject({ count: 2 });
    expect(got('b', 'patch')).toEqual([]);
    tick();
    expect((got('b', 'patch') as Patch[])[0]?.seq).toBe((snapshot?.seq ?? 0) + 1);
  });

  it('is serialised once for all that watch the same, in whatever order of topics', () => {
    for (let i = 0; i < 50; i++) hub.watch(`c${i}`, 'site', i % 2 ? ['oee', 'states'] : ['states', 'oee']);
    hub.sendSnapshots();
    tick();
    expect(outlet.serialised).toEqual(['snapshot', 'patch']);
    expect(outlet.sent).toHaveLength(100);
  });

  it('says nothing while nothing changes', () => {
    hub.watch('a', 'site', ['oee']);
    hub.sendSnapshots();
    hub.flush();
    hub.flush();
    expect(got('a', 'patch')).toEqual([]);
  });

  it('is not there for a scope that the plant does not have, and goes when nobody is left', () => {
    expect(hub.watch('a', 'line:x', ['oee'])).toBe(false);
    hub.watch('a', 'site', ['oee']);
    expect(hub.rooms).toBe(1);
    hub.gone('a');
    expect([hub.rooms, hub.clients]).toEqual([0, 0]);
  });

  it('watching again, after a gap, gives a fresh snapshot', () => {
    hub.watch('a', 'site', ['oee']);
    hub.sendSnapshots();
    tick();
    hub.watch('a', 'site', ['oee']);
    hub.sendSnapshots();
    expect(got('a', 'snapshot')).toHaveLength(2);
    tick();
    expect(got('a', 'patch')).toHaveLength(2);
  });
});

describe('a slow client', () => {
  it('gets no patches while it is behind, one snapshot when it has drained, and holds up nobody', () => {
    for (const client of ['slow', 'fast']) hub.watch(client, 'site', ['oee']);
    hub.sendSnapshots();
    outlet.buffered.set('slow', 1000);
    for (let i = 0; i < 5; i++) tick();
    hub.pulse('b');
    expect(got('slow', 'patch')).toEqual([]);
    expect(got('slow', 'pulse')).toEqual([]);
    expect(got('fast', 'patch')).toHaveLength(5);
    // Not quite empty yet: still nothing.
    outlet.buffered.set('slow', 1);
    tick();
    expect(got('slow')).toHaveLength(1);
    outlet.buffered.set('slow', 0);
    tick();
    const snapshots = got('slow', 'snapshot') as Snapshot[];
    expect(snapshots).toHaveLength(2);
    expect(snapshots[1]?.view).toMatchObject({ count: 7 });
    tick();
    expect((got('slow', 'patch') as Patch[])[0]?.seq).toBe((snapshots[1]?.seq ?? 0) + 1);
    hub.pulse('b');
    expect(got('slow', 'pulse')).toHaveLength(1);
  });
});

describe('pulse', () => {
  it('carries the age of exactly the scopes that a client watches', () => {
    hub.watch('a', 'site', ['oee']);
    hub.watch('b', 'site', ['oee']);
    hub.watch('b', 'line:y', ['oee']);
    hub.pulse('build-1');
    const at = '1970-01-01T00:00:01.000Z';
    const common = { serverTime: '1970-01-01T00:00:02.000Z', build: 'build-1' };
    expect(got('a', 'pulse')).toEqual([{ ...common, dataAt: { site: at } }]);
    expect(got('b', 'pulse')).toEqual([{ ...common, dataAt: { site: at, 'line:y': at } }]);
    hub.unwatch('b', 'line:y');
    hub.pulse('build-1');
    expect(got('b', 'pulse')[1]).toEqual({ ...common, dataAt: { site: at } });
  });
});
