import type { Sample } from '#shared/signal/sample.ts';
import type { Instant } from '#shared/time/instant.ts';

/*
 * What is known while nobody was listening: nothing.
 *
 * - After a loss, and before the first contact of all, every signal has a floor: the last contact (or the moment we began).
 * - The first value after that is what the source holds now. Its own timestamp counts if it is past the floor: the change
 *   happened at that instant, whoever listened. An older one says only that the value holds now, so it counts from its arrival.
 * - A loss that turns out to be bridged (the other side kept every change) is taken back: what held at the last contact held on.
 * - A machine whose state is told by a lost signal is unknown from the last contact on; later values of other signals do not end it.
 */
export interface ContactGuard {
  /** The sample to count: with its event time moved up to its arrival where the guard says so. */
  admit(sample: Sample): Sample;
  /** What was recorded earlier and is handed over now: it stays at its own time, and is no first value. */
  admitRecorded(sample: Sample): Sample;
  /** Samples that say "unknown from here on", one per lost signal that tells the state of a machine. */
  lose(signals: readonly string[], lastContact: Instant, now: Instant): Sample[];
  /** Samples that take those back, at the same instants: later lines win. */
  bridge(signals: readonly string[], now: Instant): Sample[];
}

/** `floors`: last contact per signal before this process began; a signal without one starts at `beganAt`. */
export function createContactGuard(
  tellsState: (signal: string) => boolean,
  beganAt: Instant,
  floors: ReadonlyMap<string, Instant> = new Map(),
): ContactGuard {
  const met = new Set<string>();
  const floorOf = new Map(floors);
  /** Latest by event time, of the signals that tell a state. */
  const lastState = new Map<string, Sample>();
  const lostAt = new Map<string, Instant>();
  const remember = (sample: Sample) => {
    const last = lastState.get(sample.signal);
    if (tellsState(sample.signal) && (!last || sample.t >= last.t)) lastState.set(sample.signal, sample);
  };
  return {
    admitRecorded(sample) {
      remember(sample);
      return sample;
    },
    admit(sample) {
      let admitted = sample;
      if (!met.has(sample.signal)) {
        met.add(sample.signal);
        const floor = floorOf.get(sample.signal) ?? beganAt;
        if (sample.t <= floor) admitted = { ...sample, t: Math.max(sample.received, floor + 1) };
      }
      remember(admitted);
      return admitted;
    },
    lose(signals, lastContact, now) {
      const unknown: Sample[] = [];
      for (const signal of signals) {
        // A second loss without anything between is the first one going on.
        const since = lostAt.get(signal);
        const nothingBetween = !met.has(signal) && since !== undefined && (lastState.get(signal)?.t ?? since) <= since;
        if (nothingBetween) continue;
        met.delete(signal);
        const t = Math.max(lastContact, (lastState.get(signal)?.t ?? Number.NEGATIVE_INFINITY) + 1);
        floorOf.set(signal, t);
        lostAt.set(signal, t);
        if (tellsState(signal)) unknown.push({ t, signal, value: null, quality: 'bad', received: now });
      }
      return unknown;
    },
    bridge(signals, now) {
      const again: Sample[] = [];
      for (const signal of signals) {
        const t = lostAt.get(signal);
        if (met.has(signal) || t === undefined) continue;
        met.add(signal);
        const last = lastState.get(signal);
        if (last) again.push({ ...last, t, received: now });
      }
      return again;
    },
  };
}
