import type { SourceDetails } from '#shared/contract/source-details.ts';
import type { Instant } from '#shared/time/instant.ts';
import { createBackoff } from './backoff.ts';
import { type Clock, within } from './clock.ts';
import {
  type Item,
  type Reading,
  type SourceConnection,
  SourceError,
  type SourceHost,
  type SourceStatus,
  type SourceType,
} from './source.ts';

/*
 * Keeps one source connected.
 *
 * - A source reports and gives up; connecting again is decided here only, with a pause that doubles up to 2.5 s, so that five
 *   seconds after the trouble has ended data flows again.
 * - One SourceType for all attempts: it may remember what a new connection can take up again.
 * - What cannot get better by itself (a refusal, a key in the plant file) is asked again every 30 s, or not at all.
 * - After `stop` nothing is reported any more, whatever the source still says.
 */

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 2500;
/** A connection that lasted this long was a good one: the next attempt comes at once again. */
const STEADY_MS = 10_000;
const REFUSED_PAUSE_MS = 30_000;
/** An attempt under way ends by itself, unseen; stopping does not wait for it longer than this. */
const STOP_PATIENCE_MS = 1000;

export interface SourceTask {
  readonly id: string;
  readonly type: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly items: readonly Item[];
}

/** What the supervisor tells onwards; the source is named by the caller's closure. */
export interface SupervisorEvents {
  readings(batch: readonly Reading[]): void;
  alive(t: Instant): void;
  lost(lastContact: Instant, why: string, signals?: readonly string[]): void;
  finding(code: string, message: string, signal?: string): void;
  clear(code: string, signal?: string): void;
  bridged(signals: readonly string[]): void;
  count(name: string, by?: number): void;
  kept(): Promise<void>;
  status(status: SourceStatus): void;
}

export interface Supervised {
  status(): SourceStatus;
  readonly readings: number;
  readonly lastReadingAt: Instant | null;
  /** Last time anything was heard: readings or keep-alives. */
  readonly lastContactAt: Instant | null;
  /** What the source last told about the other side. */
  readonly details: SourceDetails | null;
  stop(): Promise<void>;
}

export function superviseSource(
  task: SourceTask,
  loadType: (type: string) => Promise<SourceType | null>,
  events: SupervisorEvents,
  clock: Clock,
  random: () => number,
): Supervised {
  const backoff = createBackoff({ firstMs: FIRST_PAUSE_MS, mostMs: LONGEST_PAUSE_MS, random });
  let status: SourceStatus = { state: 'connecting', message: null, since: clock.now() };
  let connection: SourceConnection | null = null;
  let cancelRetry: () => void = () => {};
  let stopped = false;
  let starting: Promise<void> = Promise.resolve();
  let readings = 0;
  let lastReadingAt: Instant | null = null;
  let lastContactAt: Instant | null = null;
  let details: SourceDetails | null = null;
  let type: SourceType | null = null;

  function become(state: SourceStatus['state'], message: string | null): void {
    if (stopped || (status.state === state && status.message === message)) return;
    status = { state, message, since: status.state === state ? status.since : clock.now() };
    events.status(status);
  }

  function contact(t: Instant): void {
    lastContactAt = Math.max(lastContactAt ?? t, t);
  }

  /** Each connection has a host of its own, which falls silent with it. */
  function hostOf(isOpen: () => boolean): SourceHost {
    const lostSignals = new Set<string>();
    const settle = () => become(lostSignals.size === 0 ? 'connected' : 'degraded', degradedMessage(lostSignals));
    return {
      readings(batch) {
        if (stopped || !isOpen()) return;
        const received = clock.now();
        contact(received);
        readings += batch.length;
        lastReadingAt = received;
        if (lostSignals.size > 0) {
          for (const { signal } of batch) lostSignals.delete(signal);
          settle();
        }
        events.readings(batch);
      },
      alive(t) {
        if (stopped || !isOpen()) return;
        contact(t);
        events.alive(t);
      },
      heard(t) {
        if (!stopped && isOpen()) contact(t);
      },
      lost(lastContact, why, signals) {
        if (stopped) return;
        events.lost(lastContact, why, signals);
        if (!signals) return;
        for (const signal of signals) lostSignals.add(signal);
        become('degraded', `${why}: ${[...lostSignals].join(', ')}`);
      },
      finding(code, message, signal) {
        if (!stopped) events.finding(code, message, signal);
      },
      clear(code, signal) {
        if (!stopped) events.clear(code, signal);
      },
      bridged(signals) {
        if (stopped || !isOpen()) return;
        for (const signal of signals) lostSignals.delete(signal);
        events.bridged(signals);
        settle();
      },
      describe(told) {
        if (!stopped) details = told;
      },
      count: (name, by) => events.count(name, by),
      kept: () => events.kept(),
      now: () => clock.now(),
    };
  }

  function retry(error: SourceError): void {
    become('failed', error.message);
    if (stopped || (!error.retryable && error.code === 'badConfig')) return;
    const pauseMs = error.code === 'refused' || !error.retryable ? REFUSED_PAUSE_MS : backoff.next();
    cancelRetry = clock.after(pauseMs, () => {
      starting = connect();
    });
  }

  async function connect(): Promise<void> {
    if (stopped) return;
    if (status.state !== 'failed') become('connecting', null);
    let open = true;
    try {
      type ??= await loadType(task.type);
      if (!type) throw unknownType(task);
      const opened = await type.start(
        { id: task.id, options: task.options },
        task.items,
        hostOf(() => open),
      );
      if (stopped) return await opened.stop();
      connection = opened;
      contact(clock.now());
      if (status.state !== 'degraded') become('connected', null);
      const connectedAt = clock.now();
      void opened.closed.then((error) => {
        open = false;
        connection = null;
        if (stopped) return;
        if (clock.now() - connectedAt >= STEADY_MS) backoff.reset();
        retry(error ?? new SourceError('lost', `${task.id}: the connection ended`, { retryable: true }));
      });
    } catch (error) {
      open = false;
      retry(asSourceError(task.id, error));
    }
  }

  starting = connect();
  return {
    status: () => status,
    get readings() {
      return readings;
    },
    get lastReadingAt() {
      return lastReadingAt;
    },
    get lastContactAt() {
      return lastContactAt;
    },
    get details() {
      return details;
    },
    async stop() {
      stopped = true;
      cancelRetry();
      await connection?.stop();
      await within(clock, STOP_PATIENCE_MS, starting);
    },
  };
}

function degradedMessage(lost: ReadonlySet<string>): string | null {
  return lost.size === 0 ? null : `no answer for ${[...lost].join(', ')}`;
}

function unknownType(task: SourceTask): SourceError {
  const message = `${task.id}: this version cannot read sources of type "${task.type}"`;
  return new SourceError('badConfig', message, { retryable: false });
}

function asSourceError(id: string, error: unknown): SourceError {
  if (error instanceof SourceError) return error;
  const text = error instanceof Error ? error.message : String(error);
  return new SourceError('protocol', `${id}: ${text}`, { retryable: true, cause: error });
}
