import { describe, expect, it } from 'vitest';
import { createAggregator } from '#edge/aggregate/aggregator.ts';
import { createContactGuard } from '#edge/core/contact.ts';
import type { StateInterval } from '#shared/oee/facts.ts';
import type { Sample } from '#shared/signal/sample.ts';
import { machine, plantOf } from '../../test/oracle/plant-builder.ts';

/* A loss and what became of it, in facts: the guard's samples through the aggregator, in the order in which they come. */
const at = (text: string) => Date.parse(`2026-06-01T${text}Z`);
const state = (time: string, value: string, received = time): Sample => ({
  t: at(time),
  signal: 'filler.state',
  value,
  quality: 'good',
  received: at(received),
});

function setup() {
  const aggregator = createAggregator(plantOf([machine('filler')]), {});
  const guard = createContactGuard((signal) => signal.endsWith('.state'), at('08:59:59'));
  const intervals = new Map<number, StateInterval>();
  return {
    guard,
    feed(samples: readonly Sample[]) {
      for (const sample of samples) aggregator.ingest(sample);
    },
    until(time: string) {
      aggregator.advance(at(time));
      for (const interval of aggregator.takeChanges().intervals) intervals.set(interval.start, interval);
      return [...intervals.values()]
        .filter(({ start, end }) => end === null || end > start)
        .sort((a, b) => a.start - b.start)
        .map(({ start, end, state: name }) =>
          [start, end]
            .map((t) => (t === null ? '' : new Date(t).toISOString().slice(11, 19)))
            .concat(name)
            .join(' '),
        );
    },
  };
}

describe('a loss in facts', () => {
  it('is unknown while it lasts, and was never there once it is bridged', () => {
    const { guard, feed, until } = setup();
    feed([guard.admit(state('09:00:00', 'running'))]);
    until('09:04:00');
    feed(guard.lose(['filler.state'], at('09:05:00'), at('09:05:03')));
    expect(until('09:06:00')).toEqual(['09:00:00 09:05:00 running', '09:05:00  unknown']);
    feed(guard.bridge(['filler.state'], at('09:06:05')));
    feed([guard.admit(state('09:05:20', 'down', '09:06:05')), guard.admit(state('09:05:40', 'running', '09:06:05'))]);
    expect(until('09:08:00')).toEqual(['09:00:00 09:05:20 running', '09:05:20 09:05:40 down', '09:05:40  running']);
  });

  it('stays a gap up to the first value after it where it is not', () => {
    const { guard, feed, until } = setup();
    feed([guard.admit(state('09:00:00', 'running'))]);
    feed(guard.lose(['filler.state'], at('09:05:00'), at('09:05:03')));
    feed([guard.admit(state('09:05:20', 'down', '09:06:05'))]);
    expect(until('09:08:00')).toEqual(['09:00:00 09:05:00 running', '09:05:00 09:05:20 unknown', '09:05:20  down']);
  });
});
