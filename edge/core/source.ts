import type { SourceDetails } from '#shared/contract/source-details.ts';
import type { Quality } from '#shared/signal/sample.ts';
import type { Instant } from '#shared/time/instant.ts';

/*
 * What a source is: a factory that opens a connection to one configured endpoint and pushes readings until stopped.
 * The supervisor owns backoff and status; a source reports and gives up early rather than retrying by itself.
 */

/** One subscribed address and the key under which its readings come back. */
export interface Item {
  /** The signal's name (`filler.state`). */
  readonly signal: string;
  readonly address: Readonly<Record<string, unknown>>;
  /** People wait to see it change: a source that has to look for changes looks for these more often. */
  readonly prompt?: boolean;
}

/** A raw value off the wire, before state and product maps. */
export interface Reading {
  readonly signal: string;
  readonly value: number | string | boolean | null;
  readonly quality: Quality;
  /** The source's own timestamp; where the protocol has none, the moment of the request. */
  readonly t: Instant;
  readonly received: Instant;
  /** Recorded earlier and handed over now (a buffered or retained value): it counts at `t`, and says nothing about now. */
  readonly recorded?: boolean;
}

export interface SourceStatus {
  readonly state: 'connecting' | 'connected' | 'degraded' | 'failed';
  /** A sentence for people: what is wrong and what to do. */
  readonly message: string | null;
  readonly since: Instant;
}

export interface SourceHost {
  /** Readings of one network message, in order. */
  readings(batch: readonly Reading[]): void;
  /** A subscription's proof of life (keep-alive, any publish): what it did not send has not changed, and is known up to `t`. */
  alive(t: Instant): void;
  /** The link works, which says nothing about values: a broker is there, whoever publishes to it may not be. */
  heard(t: Instant): void;
  /** Contact was lost; values after `lastContact` are unknown until the next reading. `signals` undefined: all of this source. */
  lost(lastContact: Instant, why: string, signals?: readonly string[]): void;
  /** Something people should see that does not stop the source (revised queue, bad node id). */
  finding(code: string, message: string, signal?: string): void;
  /** What such a finding said is no longer so. */
  clear(code: string, signal?: string): void;
  /**
   * The last loss is bridged for these signals: the other side kept every change and hands it over from here on, so what
   * held at the last contact held until the next reading. Told before those readings.
   */
  bridged(signals: readonly string[]): void;
  /** Who the other side is and how it is talked to; replaces what was told before. */
  describe(details: SourceDetails): void;
  /** Something dropped, repeated or refused, under a name that /metrics shows. */
  count(name: string, by?: number): void;
  /** Resolves when all readings handed over so far are on this machine's disk: the moment to acknowledge them. */
  kept(): Promise<void>;
  now(): Instant;
}

/** `start` resolves when items are subscribed; it rejects with a SourceError. `closed` settles when the link is gone. */
export interface SourceConnection {
  readonly closed: Promise<SourceError | null>;
  stop(): Promise<void>;
}

export interface SourceType {
  readonly type: string;
  /** Throws SourceError('badConfig') with a sentence that names the key. */
  start(
    source: { readonly id: string; readonly options: Readonly<Record<string, unknown>> },
    items: readonly Item[],
    host: SourceHost,
  ): Promise<SourceConnection>;
}

export class SourceError extends Error {
  readonly code: 'unreachable' | 'refused' | 'badConfig' | 'lost' | 'protocol';
  readonly retryable: boolean;
  constructor(code: SourceError['code'], message: string, options: { retryable: boolean; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.name = 'SourceError';
    this.code = code;
    this.retryable = options.retryable;
  }
}
