import type { ConditionMinute } from '#shared/oee/facts.ts';
import { type Instant, MINUTE, minuteOf } from '#shared/time/instant.ts';
import { Emitted } from './emitted.ts';
import { qualityCode } from './series.ts';
import type { NumberSample } from './sinks.ts';
import { StepSeries } from './step-series.ts';

/**
 * One condition of a machine (vibration, temperature): a value that holds until the next reading. A bad reading is
 * missing until the next good one. A minute without any value has no row.
 */
export class ConditionFold {
  readonly series = new StepSeries<number | null>(null, { keep: false, value: null });
  readonly rows = new Emitted<ConditionMinute>(
    () => '',
    (minute) => this.#row(minute, 0, 0, 0, 0, 0),
  );
  heldFrom: Instant = Number.NEGATIVE_INFINITY;
  renderedTo: Instant = Number.NEGATIVE_INFINITY;
  readonly key: string;
  readonly machine: string;
  readonly id: string;
  readonly #dirty = new Set<Instant>();

  constructor(machine: string, id: string) {
    this.key = `condition:${machine}.${id}`;
    this.machine = machine;
    this.id = id;
  }

  take(sample: NumberSample): void {
    const changed = this.series.set(sample.t, sample.value, qualityCode(sample.quality), sample.received);
    if (!changed || changed.from >= this.renderedTo) return;
    // It holds until the next sample.
    const to = Math.min(changed.to, this.renderedTo);
    for (let m = Math.max(minuteOf(changed.from), this.heldFrom); m < to; m += MINUTE) this.#dirty.add(m);
  }

  emit(closedTo: Instant, from: Instant, take: number, out: ConditionMinute[]): void {
    const known = this.series.before !== null ? this.heldFrom : minuteOf(this.series.t[0] ?? Number.POSITIVE_INFINITY);
    const first = Math.max(this.renderedTo, known, from);
    if (Number.isFinite(first)) for (let m = first; m < closedTo; m += MINUTE) this.#dirty.add(m);
    this.renderedTo = Math.max(this.renderedTo, closedTo);
    for (const minute of [...this.#dirty].sort(ascending)) {
      if (minute < from) continue;
      const row = this.render(minute);
      this.rows.replace(minute, row ? [row] : [], take, out);
    }
    this.#dirty.clear();
  }

  render(minute: Instant): ConditionMinute | null {
    const { series } = this;
    const end = minute + MINUTE;
    let [min, max, weighted, coveredMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
    let last: number | null = null;
    let value = series.at(minute);
    let start = minute;
    for (let i = series.firstAfter(minute); start < end; i += 1) {
      const next = i < series.length ? Math.min(end, series.timeAt(i)) : end;
      if (value !== null) {
        min = Math.min(min, value);
        max = Math.max(max, value);
        weighted += value * (next - start);
        coveredMs += next - start;
        last = value;
      }
      start = next;
      if (next < end) value = series.force[i] as number | null;
    }
    if (last === null) return null;
    return this.#row(minute, min, weighted / coveredMs, max, last, coveredMs / 1000);
  }

  #row(minute: Instant, min: number, mean: number, max: number, last: number, coveredSeconds: number): ConditionMinute {
    return { machine: this.machine, condition: this.id, minute, min, mean, max, last, coveredSeconds, revision: 1 };
  }

  forget(from: Instant): void {
    if (from <= this.heldFrom) return;
    this.heldFrom = from;
    this.series.forget(from);
    this.rows.forget(from);
  }
}

function ascending(a: number, b: number): number {
  return a - b;
}
