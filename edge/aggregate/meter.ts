import type { MeterPiece } from '#shared/oee/facts.ts';
import type { Meter, RegisterConfig } from '#shared/plant/model.ts';
import { type Instant, MINUTE, minuteOf } from '#shared/time/instant.ts';
import { CounterEvents } from './counter-events.ts';
import { CounterSeries } from './counter-series.ts';
import type { BatchDraft } from './draft.ts';
import { Emitted } from './emitted.ts';
import type { MachineFold } from './machine.ts';
import { pieceKey, readPieceKey } from './pieces.ts';
import { type EnergySum, PowerSeries } from './power-series.ts';
import { qualityCode } from './series.ts';
import type { NumberSample } from './sinks.ts';
import { type MachineSpan, slotOf, unknownSpans } from './spans.ts';

export type RegisterName = 'importWh' | 'exportWh' | 'importVarh';
export const REGISTER_NAMES = ['importWh', 'exportWh', 'importVarh'] as const;

/**
 * One meter: its registers and its power, and the energy of each minute rendered from them.
 *
 * - A register's energy lies evenly between two accepted readings; before the first and after the last there is none.
 * - Where there is an importWh register, power readings are for display only.
 * - A minute without coverage has no row: missing is not zero.
 * - A step that counts 0 because nobody knows what it is (`pendingJump`, `preset`) does not cover its time.
 */
export class MeterFold {
  readonly id: string;
  readonly key: string;
  readonly registers: Readonly<Record<RegisterName, CounterSeries | null>>;
  readonly power: PowerSeries | null;
  readonly fed: readonly MachineFold[];
  readonly events: readonly CounterEvents[];
  readonly rows = new Emitted<MeterPiece>(meterKey, (minute, key) => voidMeterPiece(this.id, minute, key));
  heldFrom: Instant = Number.NEGATIVE_INFINITY;
  /** Minutes before it are closed. */
  renderedTo: Instant = Number.NEGATIVE_INFINITY;
  readonly #powerScale: number;
  readonly #scale: Readonly<Record<RegisterName, number>>;
  readonly #dirty = new Set<Instant>();
  readonly #cuts: readonly Instant[];
  /** Time that readings have reached: minutes from it on cannot have a row. */
  coveredTo: Instant = Number.NEGATIVE_INFINITY;

  constructor(meter: Meter, fed: readonly MachineFold[], cuts: readonly Instant[]) {
    this.id = meter.id;
    this.key = `meter:${meter.id}`;
    this.#powerScale = meter.powerW?.scale ?? 1;
    this.fed = fed;
    this.#cuts = cuts;
    this.registers = {
      importWh: this.#register(meter.importWh),
      exportWh: this.#register(meter.exportWh),
      importVarh: this.#register(meter.importVarh),
    };
    this.#scale = {
      importWh: meter.importWh?.scale ?? 1,
      exportWh: meter.exportWh?.scale ?? 1,
      importVarh: meter.importVarh?.scale ?? 1,
    };
    this.power =
      meter.powerW && !meter.importWh ? new PowerSeries(meter.powerW.integration, meter.powerW.maxGapSeconds) : null;
    this.events = REGISTER_NAMES.flatMap((name) => {
      const series = this.registers[name];
      return series ? [new CounterEvents(`${meter.id}.${name}`, series)] : [];
    });
  }

  #register(config: RegisterConfig | null): CounterSeries | null {
    if (!config) return null;
    const { modulus, jitter, maxKw, scale } = config;
    // kW -> Wh a second -> raw units a second.
    const maxPerSecond = maxKw === null ? null : maxKw / 3.6 / scale;
    return new CounterSeries('cumulative', { modulus, jitter, maxPerSecond }, (from, t) => this.markSpan(from, t));
  }

  takeRegister(name: RegisterName, sample: NumberSample): void {
    this.registers[name]?.read(sample.t, sample.value, qualityCode(sample.quality), sample.received);
  }

  takePower(sample: NumberSample): void {
    const changed = this.power?.read(sample.t, sample.value, qualityCode(sample.quality), sample.received);
    if (changed) this.markSpan(changed.from, changed.to);
  }

  /** Energy of closed minutes in [from, to) may have changed. */
  markSpan(from: Instant, to: Instant): void {
    if (to > this.coveredTo) this.coveredTo = to;
    if (from >= this.renderedTo) return;
    for (let m = Math.max(minuteOf(from), this.heldFrom); m < Math.min(to, this.renderedTo); m += MINUTE) {
      this.#dirty.add(m);
    }
  }

  /** A fed machine's pieces of a closed minute changed. */
  markMinute(minute: Instant): void {
    if (minute >= this.heldFrom && minute < this.coveredTo) this.#dirty.add(minute);
  }

  emit(closedTo: Instant, from: Instant, take: number, out: BatchDraft): void {
    const first = Math.max(this.renderedTo, from);
    if (Number.isFinite(first))
      for (let m = first; m < Math.min(closedTo, this.coveredTo); m += MINUTE) this.#dirty.add(m);
    else this.#markAll(closedTo);
    this.renderedTo = Math.max(this.renderedTo, closedTo);
    for (const minute of [...this.#dirty].sort(ascending)) {
      if (minute < from) continue;
      const rows = this.render(minute, Number.POSITIVE_INFINITY, 1);
      this.rows.replace(minute, rows, take, out.meterPieces);
    }
    this.#dirty.clear();
    for (const events of this.events) events.emit(closedTo, take, out.counterEvents);
  }

  /** The first time facts are taken: everything that readings cover so far. */
  #markAll(closedTo: Instant): void {
    let first = Number.POSITIVE_INFINITY;
    for (const name of REGISTER_NAMES) first = Math.min(first, this.registers[name]?.t[0] ?? first);
    first = Math.min(first, this.power?.firstT ?? first);
    if (!Number.isFinite(first)) return;
    for (let m = minuteOf(first); m < Math.min(closedTo, this.coveredTo); m += MINUTE) this.#dirty.add(m);
  }

  render(minute: Instant, to: Instant, revision: number): MeterPiece[] {
    const end = Math.min(minute + MINUTE, to);
    const rows: MeterPiece[] = [];
    this.#pushAll(rows, '', minute, unknownSpans(minute, end, this.#cuts), revision);
    if (rows.length === 0) return rows;
    for (const machine of this.fed) this.#pushAll(rows, machine.id, minute, machine.spansOf(minute, end), revision);
    return rows;
  }

  #pushAll(
    rows: MeterPiece[],
    machine: string,
    minute: Instant,
    spans: readonly MachineSpan[],
    revision: number,
  ): void {
    for (const [i, span] of spans.entries()) this.#push(rows, machine, minute, span, slotOf(spans, i), revision);
  }

  #push(rows: MeterPiece[], machine: string, minute: Instant, span: MachineSpan, slot: number, revision: number): void {
    const { start, end, intervalStart, state, product, order } = span;
    const main = sum();
    if (this.registers.importWh) integrate(this.registers.importWh, start, end, main);
    else this.power?.integrate(start, end, main);
    const exported = sum();
    if (this.registers.exportWh) integrate(this.registers.exportWh, start, end, exported);
    const reactive = sum();
    if (this.registers.importVarh) integrate(this.registers.importVarh, start, end, reactive);
    const hasImport = this.registers.importWh !== null || this.power !== null;
    const coveredMs = hasImport ? main.coveredMs : Math.max(exported.coveredMs, reactive.coveredMs);
    const anything = coveredMs + exported.coveredMs + reactive.coveredMs;
    if (anything === 0) return;
    const estimated = main.estimated || exported.estimated || reactive.estimated;
    rows.push({
      meter: this.id,
      machine,
      minute,
      state,
      product,
      order,
      slot,
      intervalStart,
      start,
      end,
      energyWh: this.power ? (main.positive * this.#powerScale) / MS_PER_HOUR : main.positive * this.#scale.importWh,
      exportWh: this.registers.exportWh
        ? exported.positive * this.#scale.exportWh
        : this.power
          ? (main.negative * this.#powerScale) / MS_PER_HOUR
          : 0,
      varh: reactive.positive * this.#scale.importVarh,
      coveredSeconds: coveredMs / 1000,
      ...(estimated ? { estimated: true } : null),
      revision,
    });
  }

  /** The earliest instant from which readings, rows and spans are still needed. */
  neededFrom(hotFrom: Instant, oldest: Instant): Instant {
    let from = hotFrom;
    for (const name of REGISTER_NAMES) {
      from = Math.min(from, minuteOf(this.registers[name]?.acceptedBefore(hotFrom) ?? from));
    }
    from = Math.min(from, minuteOf(this.power?.reach(hotFrom) ?? from));
    return Math.max(from, oldest);
  }

  forget(from: Instant): void {
    if (from <= this.heldFrom) return;
    this.heldFrom = from;
    for (const name of REGISTER_NAMES) this.registers[name]?.forget(from);
    this.power?.forget(from);
    this.rows.forget(from);
    for (const events of this.events) events.forget();
  }
}

const MS_PER_HOUR = 3_600_000;

/** Adds raw units that a register booked over [from, to), and what it covers of it. */
function integrate(series: CounterSeries, from: Instant, to: Instant, into: EnergySum): void {
  for (let j = series.firstAfter(from); j < series.length; j += 1) {
    const t0 = series.fromT[j] as number;
    if (Number.isNaN(t0) || !COVERS.has(series.verdict[j] ?? null)) continue;
    if (t0 >= to) return;
    const t1 = series.timeAt(j);
    const overlap = Math.min(t1, to) - Math.max(t0, from);
    if (overlap <= 0) continue;
    into.coveredMs += overlap;
    into.positive += ((series.counted[j] as number) * overlap) / (t1 - t0);
    into.estimated ||= t1 - t0 > MINUTE;
  }
}

const COVERS: ReadonlySet<CounterSeries['verdict'][number]> = new Set([
  null,
  'rollover',
  'reset',
  'resetAtOrder',
  'jitter',
  'pendingReset',
] as const);

function sum(): EnergySum {
  return { positive: 0, negative: 0, coveredMs: 0, estimated: false };
}

function meterKey(p: MeterPiece): string {
  return `${p.machine}\u0001${pieceKey(p)}`;
}

function voidMeterPiece(meter: string, minute: Instant, key: string): MeterPiece {
  const end = key.indexOf('\u0001');
  const none = { energyWh: 0, exportWh: 0, varh: 0, coveredSeconds: 0, revision: 1 };
  const span = { intervalStart: minute, start: minute, end: minute };
  return { meter, machine: key.slice(0, end), minute, ...readPieceKey(key.slice(end + 1)), ...span, ...none };
}

function ascending(a: number, b: number): number {
  return a - b;
}
