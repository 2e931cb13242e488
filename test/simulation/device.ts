import { type Item, type Reading, SourceError, type SourceHost, type SourceType } from '#edge/core/source.ts';
import type { Sample } from '#shared/signal/sample.ts';
import { type Instant, SECOND } from '#shared/time/instant.ts';
import type { Random } from '../scenarios/faults.ts';
import type { VirtualTime } from './virtual-clock.ts';

/*
 * A machine's server on the far side of a network that the seed spoils.
 *
 * - Values change at their own time, whoever listens. A subscriber gets them each second, and a keep-alive where nothing
 *   changed; what it missed while it was away waits in a queue of bounded length, oldest out first.
 * - A new subscription begins with the value that holds now, with its own old timestamp, as OPC UA servers do.
 * - The network delays messages, and where the device is a broker also turns their order round and brings some twice.
 */
export interface Device {
  readonly source: SourceType;
  /** Nothing gets through from now until `heal`; the subscriber learns of it `noticedAfterMs` later. */
  cut(noticedAfterMs: number): void;
  heal(): void;
}

interface Subscriber {
  readonly items: readonly Item[];
  readonly host: SourceHost;
  readonly close: (error: SourceError | null) => void;
  lastHeard: Instant;
  open: boolean;
}

export interface DeviceOptions {
  readonly time: VirtualTime;
  readonly random: Random;
  /** What happens, by time. */
  readonly changes: readonly Sample[];
  /** Values that wait for one who is away. */
  readonly queueLength: number;
  readonly isBroker: boolean;
  readonly until: Instant;
}

export function createDevice({ time, random, changes, queueLength, isBroker, until }: DeviceOptions): Device {
  let reachable = true;
  let subscriber: Subscriber | null = null;
  let known = false;
  const current = new Map<string, Sample>();
  let queue: Sample[] = [];
  let next = 0;

  function happen(): void {
    for (let change = changes[next]; change && change.t <= time.now; change = changes[next]) {
      next += 1;
      current.set(change.signal, change);
      if (known) queue.push(change);
    }
    if (queue.length > queueLength) queue = queue.slice(-queueLength);
  }

  function publish(): void {
    happen();
    const to = subscriber;
    if (!to?.open || !reachable) return;
    const batch = queue;
    queue = [];
    send(to, batch);
    if (isBroker && batch.length > 0 && random() < 0.2) send(to, batch);
  }

  function send(to: Subscriber, batch: readonly Sample[]): void {
    // Of one connection messages arrive in order; a broker's may overtake each other.
    const delay = isBroker ? Math.floor(random() * 5) * SECOND : 0;
    time.at(time.now + delay, () => {
      if (!to.open || !reachable) {
        // Lost on the way: a server that got no acknowledgement sends it again.
        queue = [...batch, ...queue].slice(-queueLength);
        return;
      }
      to.lastHeard = to.host.now();
      if (batch.length === 0) to.host.alive(to.lastHeard);
      else to.host.readings(batch.map((sample) => readingOf(sample, to.host.now())));
    });
  }

  for (let t = Math.ceil(time.now / SECOND) * SECOND; t <= until; t += SECOND) time.at(t, publish);

  return {
    source: {
      type: 'simulated',
      async start(_source, items, host) {
        if (!reachable) throw new SourceError('unreachable', 'nobody answers', { retryable: true });
        const { promise: closed, resolve: close } = Promise.withResolvers<SourceError | null>();
        const own: Subscriber = { items, host, close, lastHeard: host.now(), open: true };
        if (subscriber) subscriber.open = false;
        subscriber = own;
        happen();
        const isNew = !known || random() < 0.3;
        known = true;
        if (isNew) queue = [...current.values()];
        return {
          closed,
          async stop() {
            own.open = false;
            close(null);
          },
        };
      },
    },
    cut(noticedAfterMs) {
      reachable = false;
      const lost = subscriber;
      if (!lost?.open) return;
      time.at(time.now + noticedAfterMs, () => {
        if (!lost.open) return;
        lost.open = false;
        lost.host.lost(lost.lastHeard, 'silence');
        lost.close(new SourceError('lost', 'the connection ended', { retryable: true }));
      });
    },
    heal() {
      reachable = true;
    },
  };
}

function readingOf({ signal, value, quality, t }: Sample, received: Instant): Reading {
  return { signal, value: quality === 'bad' ? null : value, quality, t, received };
}
