import { describe, expect, it } from 'vitest';
import type { SourceConnection, SourceHost, SourceStatus, SourceType } from './source.ts';
import { SourceError } from './source.ts';
import { superviseSource } from './supervisor.ts';
import { nextWatermark } from './watermark.ts';

/** Timers that run when the test says so. */
function fakeClock() {
  let now = 0;
  const timers: { at: number; call: () => void }[] = [];
  return {
    now: () => now,
    after(ms: number, call: () => void) {
      const timer = { at: now + ms, call };
      timers.push(timer);
      return () => void timers.splice(timers.indexOf(timer) >>> 0, timers.includes(timer) ? 1 : 0);
    },
    pending: () => timers.map((t) => t.at - now),
    async advance(ms: number) {
      now += ms;
      for (const timer of timers.filter((t) => t.at <= now)) {
        timers.splice(timers.indexOf(timer), 1);
        timer.call();
      }
      await settled();
    },
  };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

interface Attempt {
  readonly host: SourceHost;
  succeed(): Promise<void>;
  fail(error: unknown): Promise<void>;
  close(error: SourceError | null): Promise<void>;
}

function setup() {
  const clock = fakeClock();
  const attempts: Attempt[] = [];
  const statuses: SourceStatus[] = [];
  const told: string[] = [];
  const type: SourceType = {
    type: 'fake',
    start: (_source, _items, host) =>
      new Promise<SourceConnection>((resolve, reject) => {
        let close: (error: SourceError | null) => void = () => {};
        const closed = new Promise<SourceError | null>((done) => {
          close = done;
        });
        attempts.push({
          host,
          succeed: async () => {
            resolve({ closed, stop: async () => close(null) });
            await settled();
          },
          fail: async (error) => {
            reject(error);
            await settled();
          },
          close: async (error) => {
            close(error);
            await settled();
          },
        });
      }),
  };
  const supervised = superviseSource(
    { id: 's', type: 'fake', options: {}, items: [] },
    async () => type,
    {
      readings: (batch) => told.push(`readings ${batch.length}`),
      alive: () => told.push('alive'),
      count: (name) => told.push(`count ${name}`),
      kept: async () => {},
      lost: (t, _why, signals) => told.push(`lost ${t} ${signals ?? 'all'}`),
      finding: (code) => told.push(code),
      clear: (code) => told.push(`no ${code}`),
      bridged: (signals) => told.push(`bridged ${signals}`),
      status: (status) => statuses.push(status),
    },
    clock,
    () => 0.5,
  );
  return { clock, attempts, statuses, told, supervised };
}
const gone = new SourceError('unreachable', 's: away', { retryable: true });

describe('the supervisor', () => {
  it('tries again with a growing pause, and says why', async () => {
    const { clock, attempts, supervised } = setup();
    await settled();
    const pauses: number[] = [];
    for (let i = 0; i < 6; i++) {
      await attempts[i]!.fail(gone);
      const [pause] = clock.pending();
      pauses.push(pause!);
      expect(supervised.status()).toMatchObject({ state: 'failed', message: 's: away' });
      await clock.advance(pause!);
    }
    expect(pauses).toEqual([250, 500, 1000, 2000, 2500, 2500]);
    await attempts[6]!.succeed();
    expect(supervised.status()).toMatchObject({ state: 'connected', message: null });
  });

  it('starts from a short pause again after a connection that held, and not after one that broke at once', async () => {
    const { clock, attempts } = setup();
    await settled();
    await attempts[0]!.succeed();
    await attempts[0]!.close(gone);
    await clock.advance(250);
    await attempts[1]!.succeed();
    await attempts[1]!.close(gone);
    expect(clock.pending()).toEqual([500]);
    await clock.advance(500);
    await attempts[2]!.succeed();
    await clock.advance(10_000);
    await attempts[2]!.close(gone);
    expect(clock.pending()).toEqual([250]);
  });

  it('asks seldom after a refusal, never after a mistake in the plant file', async () => {
    const refused = setup();
    await settled();
    await refused.attempts[0]!.fail(new SourceError('refused', 'no', { retryable: true }));
    expect(refused.clock.pending()).toEqual([30_000]);
    const wrong = setup();
    await settled();
    await wrong.attempts[0]!.fail(new SourceError('badConfig', 'no', { retryable: false }));
    expect(wrong.clock.pending()).toEqual([]);
    expect(wrong.supervised.status().state).toBe('failed');
  });

  it('is degraded while a part is lost, and well again when it reads', async () => {
    const { attempts, supervised, told } = setup();
    await settled();
    await attempts[0]!.succeed();
    attempts[0]!.host.lost(5, 'unit 2 does not answer', ['b']);
    expect(supervised.status()).toMatchObject({ state: 'degraded', message: 'unit 2 does not answer: b' });
    const reading = { signal: 'b', value: 1, quality: 'good', t: 1, received: 1 } as const;
    attempts[0]!.host.readings([reading]);
    expect(supervised.status().state).toBe('connected');
    expect(told).toEqual(['lost 5 b', 'readings 1']);
    expect(supervised.readings).toBe(1);
  });

  it('says nothing after stop, and stops a connection that comes too late', async () => {
    const { clock, attempts, supervised, told, statuses } = setup();
    await settled();
    const stopping = supervised.stop();
    await settled();
    await clock.advance(1000);
    await stopping;
    const before = statuses.length;
    await attempts[0]!.succeed();
    attempts[0]!.host.readings([]);
    attempts[0]!.host.alive(1);
    attempts[0]!.host.lost(1, 'x');
    expect(told).toEqual([]);
    expect(statuses.length).toBe(before);
    expect(clock.pending()).toEqual([]);
  });
});

describe('the watermark', () => {
  it('stays behind now and behind the slowest connected source, not for ever, and never goes back', () => {
    expect(nextWatermark(0, 100_000, [])).toBe(99_000);
    expect(nextWatermark(0, 100_000, [99_900, 98_000])).toBe(97_500);
    expect(nextWatermark(0, 100_000, [20_000])).toBe(94_000);
    expect(nextWatermark(98_500, 100_000, [98_000])).toBe(98_500);
    expect(nextWatermark(0, 100_000, [200_000])).toBe(99_000);
  });
});
