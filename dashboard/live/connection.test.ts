import { beforeEach, describe, expect, it } from 'vitest';
import { createLive, type Live, type LiveSocket } from './connection.ts';
import { freshnessAt } from './freshness.ts';

class FakeSocket implements LiveSocket {
  connected = false;
  readonly sent: { event: string; payload: unknown }[] = [];
  readonly #listeners = new Map<string, (payload: never) => void>();
  on(event: string, listener: (payload: never) => void): void {
    this.#listeners.set(event, listener);
  }
  reopened = 0;
  reopen(): void {
    this.reopened += 1;
  }
  emit(event: string, payload: unknown): void {
    this.sent.push({ event, payload });
  }
  receive(event: string, payload: unknown = undefined): void {
    if (event === 'connect') this.connected = true;
    if (event === 'disconnect') this.connected = false;
    this.#listeners.get(event)?.(payload as never);
  }
}

const SERVER = '2026-06-01T10:00:00.000Z';
let socket: FakeSocket;
let now: number;
let live: Live;
const snapshot = (seq: number, view: unknown): unknown => ({ scope: 'site', seq, serverTime: SERVER, view });
const pulse = (dataAt: string | null): unknown => ({ serverTime: SERVER, build: 'b1', dataAt: { site: dataAt } });

beforeEach(() => {
  socket = new FakeSocket();
  now = 1_000;
  live = createLive(socket, () => now);
});

describe('a watched scope', () => {
  it('is asked for once the link is open, and again after every reconnect', () => {
    live.watch('site', ['states']);
    expect(socket.sent).toEqual([]);
    socket.receive('connect');
    socket.receive('disconnect');
    socket.receive('connect');
    expect(socket.sent).toEqual([
      { event: 'watch', payload: { scope: 'site', topics: ['states'] } },
      { event: 'watch', payload: { scope: 'site', topics: ['states'] } },
    ]);
  });
  it('takes patches in order', () => {
    const feed = live.watch('site', ['states']);
    socket.receive('connect');
    socket.receive('snapshot', snapshot(7, { a: 1, b: { c: 2 } }));
    socket.receive('patch', { scope: 'site', seq: 8, patch: { b: { c: 3 } } });
    expect(feed.view.value).toEqual({ a: 1, b: { c: 3 } });
  });
  it('asks again after a gap and takes no patch until the fresh snapshot', () => {
    const feed = live.watch('site', ['states']);
    socket.receive('connect');
    socket.receive('snapshot', snapshot(7, { a: 1 }));
    socket.receive('patch', { scope: 'site', seq: 9, patch: { a: 9 } });
    socket.receive('patch', { scope: 'site', seq: 10, patch: { a: 10 } });
    expect(feed.view.value).toEqual({ a: 1 });
    expect(socket.sent.filter((message) => message.event === 'watch')).toHaveLength(2);
    socket.receive('snapshot', snapshot(10, { a: 10 }));
    socket.receive('patch', { scope: 'site', seq: 11, patch: { a: 11 } });
    expect(feed.view.value).toEqual({ a: 11 });
  });
  it('ignores a patch that it already has', () => {
    const feed = live.watch('site', ['states']);
    socket.receive('connect');
    socket.receive('snapshot', snapshot(7, { a: 1 }));
    socket.receive('patch', { scope: 'site', seq: 7, patch: { a: 0 } });
    expect(feed.view.value).toEqual({ a: 1 });
    expect(socket.sent).toHaveLength(1);
  });
  it('is asked for with more topics when another view needs them, and let go with the last', () => {
    const first = live.watch('site', ['states']);
    socket.receive('connect');
    const second = live.watch('site', ['states', 'demand']);
    expect(socket.sent.at(-1)).toEqual({ event: 'watch', payload: { scope: 'site', topics: ['states', 'demand'] } });
    live.release(first);
    expect(socket.sent.at(-1)?.event).toBe('watch');
    live.release(second);
    expect(socket.sent.at(-1)).toEqual({ event: 'unwatch', payload: { scope: 'site' } });
  });
});

describe('age of what is shown', () => {
  it('follows the monotonic clock and the last server time, never the wall clock', () => {
    const feed = live.watch('site', ['states']);
    socket.receive('connect');
    socket.receive('snapshot', snapshot(1, {}));
    socket.receive('pulse', pulse('2026-06-01T09:59:59.000Z'));
    now += 4_000;
    expect(live.serverNow()).toBe(Date.parse(SERVER) + 4_000);
    expect(freshnessAt(now, feed.facts())).toEqual({ state: 'late', ageMs: 5_000 });
    now += 6_000;
    expect(freshnessAt(now, feed.facts())).toMatchObject({ state: 'stale', cause: 'server', ageMs: 11_000 });
  });
  it('turns stale five seconds after the link went, and live again with the next pulse', () => {
    const feed = live.watch('site', ['states']);
    socket.receive('connect');
    socket.receive('snapshot', snapshot(1, {}));
    socket.receive('pulse', pulse(SERVER));
    socket.receive('disconnect');
    socket.receive('connect_error');
    socket.receive('connect_error');
    expect(live.attempts()).toBe(2);
    now += 5_000;
    expect(freshnessAt(now, feed.facts())).toMatchObject({ state: 'stale', cause: 'link' });
    socket.receive('connect');
    socket.receive('snapshot', snapshot(1, {}));
    socket.receive('pulse', pulse(SERVER));
    expect(freshnessAt(now, feed.facts())).toEqual({ state: 'live' });
    expect(live.attempts()).toBe(0);
  });
  it('counts how long an open link has told nothing, from when it opened or from the last pulse', () => {
    expect(live.silentMs()).toBe(0);
    live.watch('site', ['states']);
    socket.receive('connect');
    now += 6_000;
    expect(live.silentMs()).toBe(6_000);
    socket.receive('pulse', pulse(SERVER));
    now += 2_000;
    expect(live.silentMs()).toBe(2_000);
    socket.receive('disconnect');
    expect(live.silentMs()).toBe(0);
    now += 60_000;
    socket.receive('connect');
    expect(live.silentMs()).toBe(0);
  });
  it('hears the build and why a watch was refused', () => {
    live.watch('line:nope', ['states']);
    socket.receive('connect');
    socket.receive('problem', { detail: 'this plant has no line:nope' });
    socket.receive('pulse', pulse(SERVER));
    expect(live.problem.value).toBe('this plant has no line:nope');
    expect(live.build.value).toBe('b1');
  });
});
