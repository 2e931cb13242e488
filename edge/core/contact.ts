import type { Sample } from '#shared/signal/sample.ts';
import type { Instant } from '#shared/time/instant.ts';

/*
 * What is known while nobody was listening: nothing.
 *
 * - After a loss, and before the first contact of all, every signal has a floor: the last contact (or the moment we began).
 * - The first value after that is what the source holds now. Its own timestamp counts if it is past the floor: the change
 *   happened at that instant, whoever listened. An older one says only that the value holds now, so it counts from its arrival.
 * - A machine whose state is told by a lost signal is unknown from the last contact on; later values of other signals do not end it.
 */
export interface ContactGuard {
  /** The sample to count: with its event time moved up to its arrival where the guard says so. */
  admit(sample: Sample): Sample;
  /** Nothing came from this signal since the last loss, or at all: its first value may be as old as it likes. */
  isFirst(signal: string): boolean;
  /** Samples that say "unknown from here on", one per lost signal that tells the state of a machine. */
  lose(signals: readonly string[], lastContact: Instant, now: Instant): Sample[];
}

/** `floors`: last contact per signal before this process began; a signal without one starts at `beganAt`. */
export function createContactGuard(
  tellsState: (signal: string) => boolean,
  beganAt: Instant,
  floors: ReadonlyMap<string, Instant> = new Map(),
): ContactGuard {
  const met = new Set<string>();
  const floorOf = new Map(floors);
  const lastState = new Map<string, Instant>();
  return {
    admit(sample) {
      let admitted = sample;
      if (!met.has(sample.signal)) {
        met.add(sample.signal);
        const floor = floorOf.get(sample.signal) ?? beganAt;
        if (sample.t <= floor) admitted = { ...sample, t: Math.max(sample.received, floor + 1) };
      }
      if (tellsState(sample.signal)) {
        lastState.set(sample.signal, Math.max(lastState.get(sample.signal) ?? admitted.t, admitted.t));
      }
      return admitted;
    },
    isFirst: (signal) => !met.has(signal),
    lose(signals, lastContact, now) {
      const unknown: Sample[] = [];
      for (const signal of signals) {
        met.delete(signal);
        const t = Math.max(lastContact, (lastState.get(signal) ?? Number.NEGATIVE_INFINITY) + 1);
        floorOf.set(signal, t);
        if (tellsState(signal)) unknown.push({ t, signal, value: null, quality: 'bad', received: now });
      }
      return unknown;
    },
  };
}
