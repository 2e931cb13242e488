import { describe, expect, it } from 'vitest';
import { createCounters } from '#edge/core/counters.ts';
import type { Sink } from '#edge/core/sink.ts';
import { emptyBatch, type FactBatch } from '#shared/oee/facts.ts';
import { HistorianError } from '#shared/store/historian.ts';
import { type Pump, startPump } from './pump.ts';

const batchOf = (machine: string): FactBatch => ({
  ...emptyBatch(),
  intervals: [{ machine, start: 0, end: null, state: 'running', reason: null, revision: 1 }],
});
const nameOf = (batch: FactBatch) => batch.intervals[0]!.machine;
const settled = () => new Promise((resolve) => setImmediate(resolve));

function setup(names: readonly string[], write: (name: string) => Promise<void>) {
  const rows = names.map((name, i) => ({ seq: i + 1, batch: batchOf(name) }));
  const written: string[] = [];
  const aside: string[] = [];
  const acks: number[] = [];
  const timers: { ms: number; call: () => void }[] = [];
  const counters = createCounters();
  const sink: Sink = {
    name: 'historian',
    async write(batch) {
      await write(nameOf(batch));
      written.push(nameOf(batch));
    },
    async close() {},
  };
  const pump: Pump = startPump({
    sink,
    outbox: {
      next: (count) => rows.slice(0, count),
      ack(upTo) {
        acks.push(upTo);
        rows.splice(0, rows.findIndex((row) => row.seq === upTo) + 1);
      },
    },
    clock: {
      now: () => 0,
      after(ms, call) {
        const timer = { ms, call };
        timers.push(timer);
        return () => void timers.splice(timers.indexOf(timer), 1);
      },
    },
    random: () => 0.5,
    counters,
    log: () => {},
    setAside: (batch, why) => aside.push(`${nameOf(batch)}: ${why}`),
  });
  const fire = async () => {
    timers.shift()!.call();
    await settled();
  };
  return { pump, rows, written, aside, acks, timers, counters, fire };
}

describe('the pump from outbox to sink', () => {
  it('sends in order and acknowledges what is safe', async () => {
    const { written, acks, rows, pump } = setup(['a', 'b', 'c'], async () => {});
    await settled();
    expect(written).toEqual(['a', 'b', 'c']);
    expect(acks).toEqual([1, 2, 3]);
    rows.push({ seq: 4, batch: batchOf('d') });
    pump.wake();
    await settled();
    expect(written).toEqual(['a', 'b', 'c', 'd']);
  });

  it('keeps everything while the sink is away, with a growing pause, and goes on where it was', async () => {
    let away = true;
    const down = new HistorianError('unreachable', 'historian is away', { retryable: true });
    const { pump, written, acks, timers, counters, fire } = setup(['a', 'b'], async () => {
      if (away) throw down;
    });
    await settled();
    expect(acks).toEqual([]);
    expect(pump.trouble).toBe('historian is away');
    const pauses: number[] = [];
    for (let i = 0; i < 7; i++) {
      pauses.push(timers[0]!.ms);
      pump.wake();
      await settled();
      expect(timers).toHaveLength(1);
      await fire();
    }
    expect(pauses).toEqual([250, 500, 1000, 2000, 2000, 2000, 2000]);
    expect(counters.values()).toEqual({ historian_retries: 8 });
    away = false;
    await fire();
    expect(written).toEqual(['a', 'b']);
    expect(pump.trouble).toBeNull();
  });

  it('keeps facts also when the error is one that nobody thought of', async () => {
    const { acks, aside } = setup(['a'], async () => {
      throw new TypeError('oops');
    });
    await settled();
    expect(acks).toEqual([]);
    expect(aside).toEqual([]);
  });

  it('sets aside what the sink will never take, and does not stop for it', async () => {
    const { written, aside, acks, counters } = setup(['a', 'poison', 'c'], async (name) => {
      if (name === 'poison') throw new HistorianError('rejected', 'field type conflict', { retryable: false });
    });
    await settled();
    expect(written).toEqual(['a', 'c']);
    expect(aside).toEqual(['poison: field type conflict']);
    expect(acks).toEqual([1, 2, 3]);
    expect(counters.values()).toEqual({ historian_set_aside: 1 });
  });

  it('finishes what is in hand when it stops, and begins nothing more', async () => {
    let release: () => void = () => {};
    const { pump, written, acks } = setup(
      ['a', 'b'],
      () =>
        new Promise<void>((done) => {
          release = done;
        }),
    );
    const stopping = pump.stop();
    release();
    await stopping;
    expect(written).toEqual(['a']);
    expect(acks).toEqual([1]);
  });

  it('sends again what a full disk could not cross off, and goes on when it can', async () => {
    const { pump, rows, written, timers, fire } = setup([], async () => {});
    await settled();
    let isFull = true;
    rows.push({ seq: 1, batch: batchOf('a') });
    const splice = rows.splice.bind(rows);
    rows.splice = ((...args: [number, number]) => {
      if (isFull) throw new Error('database or disk is full');
      return splice(...args);
    }) as typeof rows.splice;
    pump.wake();
    await settled();
    expect(pump.trouble).toMatch(/disk is full/);
    expect(timers).toHaveLength(1);
    isFull = false;
    await fire();
    expect(written).toEqual(['a', 'a']);
    expect(pump.trouble).toBeNull();
    expect(rows).toHaveLength(0);
  });
});
