import type { Reading, SourceHost } from '#edge/core/source.ts';
import type { SourceDetails } from '#shared/contract/source-details.ts';

/** A SourceHost that keeps all it is told, and lets a test wait for it instead of sleeping. */
export interface Recorder extends SourceHost {
  readonly batches: (readonly Reading[])[];
  readonly losses: { lastContact: number; why: string; signals: readonly string[] | undefined; at: number }[];
  readonly findings: { code: string; message: string; signal: string | undefined }[];
  readonly cleared: { code: string; signal: string | undefined }[];
  readonly bridges: (readonly string[])[];
  readonly details: SourceDetails | null;
  readonly aliveCount: number;
  readonly heardCount: number;
  readonly counts: Readonly<Record<string, number>>;
  all(signal: string): Reading[];
  /** Resolves as soon as `holds` is true after something was told; rejects after `ms`. */
  until(what: string, holds: () => boolean, ms?: number): Promise<void>;
}

export function createRecorder(): Recorder {
  const batches: (readonly Reading[])[] = [];
  const losses: Recorder['losses'] = [];
  const findings: Recorder['findings'] = [];
  const cleared: Recorder['cleared'] = [];
  const bridges: (readonly string[])[] = [];
  let details: SourceDetails | null = null;
  const waiting = new Set<() => void>();
  let aliveCount = 0;
  let heardCount = 0;
  const counts: Record<string, number> = {};
  const told = () => {
    for (const check of [...waiting]) check();
  };
  return {
    batches,
    losses,
    findings,
    cleared,
    bridges,
    get details() {
      return details;
    },
    get aliveCount() {
      return aliveCount;
    },
    get heardCount() {
      return heardCount;
    },
    counts,
    all: (signal) => batches.flat().filter((reading) => reading.signal === signal),
    readings(batch) {
      batches.push(batch);
      told();
    },
    alive() {
      aliveCount += 1;
      told();
    },
    heard() {
      heardCount += 1;
      told();
    },
    count(name, by = 1) {
      counts[name] = (counts[name] ?? 0) + by;
      told();
    },
    kept: async () => {},
    lost(lastContact, why, signals) {
      losses.push({ lastContact, why, signals, at: Date.now() });
      told();
    },
    finding(code, message, signal) {
      findings.push({ code, message, signal });
      told();
    },
    clear(code, signal) {
      cleared.push({ code, signal });
      told();
    },
    bridged(signals) {
      bridges.push(signals);
      told();
    },
    describe(told_) {
      details = told_;
      told();
    },
    now: () => Date.now(),
    until(what, holds, ms = 10_000) {
      if (holds()) return Promise.resolve();
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(check);
          reject(new Error(`waited ${ms} ms for: ${what}`));
        }, ms);
        const check = () => {
          if (!holds()) return;
          waiting.delete(check);
          clearTimeout(timer);
          resolve();
        };
        waiting.add(check);
      });
    },
  };
}
