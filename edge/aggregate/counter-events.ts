import type { CounterEvent } from '#shared/oee/facts.ts';
import type { Instant } from '#shared/time/instant.ts';
import type { CounterSeries } from './counter-series.ts';
import { Emitted, type PackedEmitted } from './emitted.ts';

/** The counter events of one signal: every step that is not a plausible increase. */
export class CounterEvents {
  readonly signal: string;
  readonly #series: CounterSeries;
  readonly emitted: Emitted<CounterEvent>;

  constructor(signal: string, series: CounterSeries) {
    this.signal = signal;
    this.#series = series;
    this.emitted = new Emitted<CounterEvent>(
      () => '',
      (t) => voidEvent(signal, t),
    );
  }

  /** Events up to `closedTo` that are new or changed. */
  emit(closedTo: Instant, take: number, out: CounterEvent[]): void {
    const series = this.#series;
    if (!series.eventsChanged) return;
    const now = new Set<Instant>();
    const end = series.firstAfter(closedTo);
    for (let i = 0; i < end; i += 1) {
      const verdict = series.verdict[i] ?? null;
      if (verdict === null) continue;
      const t = series.timeAt(i);
      now.add(t);
      const from = series.fromT[i] as number;
      const event: CounterEvent = {
        signal: this.signal,
        t,
        raw: series.valueAt(i),
        previousT: Number.isNaN(from) ? t : from,
        previousRaw: Number.isNaN(from) ? 0 : (series.fromRaw[i] as number),
        verdict,
        counted: series.counted[i] as number,
        revision: 1,
      };
      this.emitted.replace(t, [event], take, out);
    }
    for (const t of [...this.emitted.groups()]) {
      if (!now.has(t)) this.emitted.replace(t, [], take, out);
    }
    series.eventsChanged = series.verdict.some((verdict, i) => i >= end && verdict !== null);
  }

  pack(): PackedEmitted {
    return this.emitted.pack();
  }

  /** Takes for sent what an earlier life sent. */
  unpack(packed: PackedEmitted): void {
    this.emitted.unpack(packed);
    this.#series.eventsChanged = true;
  }

  /** Takes over what an earlier life of this counter really sent. */
  adopt(before: CounterEvents, heldFrom: Instant): void {
    this.emitted.adopt(before.emitted, heldFrom);
    this.#series.eventsChanged = true;
  }

  /** Forgets events whose readings are held no more. */
  forget(): void {
    this.emitted.forget(this.#series.t[0] ?? Number.POSITIVE_INFINITY);
  }
}

function voidEvent(signal: string, t: Instant): CounterEvent {
  return { signal, t, raw: 0, previousT: t, previousRaw: 0, verdict: 'glitch', counted: 0, revision: 1 };
}
