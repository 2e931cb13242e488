import type { Reading, SourceHost } from '#edge/core/source.ts';

/** A SourceHost that keeps all it is told, and lets a test wait for it instead of sleeping. */
export interface Recorder extends SourceHost {
  readonly batches: (readonly Reading[])[];
  readonly losses: { lastContact: number; why: string; signals: readonly string[] | undefined; at: number }[];
  readonly findings: { code: string; message: string; signal: string | undefined }[];
  readonly aliveCount: number;
  all(signal: string): Reading[];
  /** Resolves as soon as `holds` is true after something was told; rejects after `ms`. */
  until(what: string, holds: () => boolean, ms?: number): Promise<void>;
}

export function createRecorder(): Recorder {
  const batches: (readonly Reading[])[] = [];
  const losses: Recorder['losses'] = [];
  const findings: Recorder['findings'] = [];
  const waiting = new Set<() => void>();
  let aliveCount = 0;
  const told = () => {
    for (const check of [...waiting]) check();
  };
  return {
    batches,
    losses,
    findings,
    get aliveCount() {
      return aliveCount;
    },
    all: (signal) => batches.flat().filter((reading) => reading.signal === signal),
    readings(batch) {
      batches.push(batch);
      told();
    },
    alive() {
      aliveCount += 1;
      told();
    },
    lost(lastContact, why, signals) {
      losses.push({ lastContact, why, signals, at: Date.now() });
      told();
    },
    finding(code, message, signal) {
      findings.push({ code, message, signal });
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
