import type { CounterVerdict } from '#shared/oee/facts.ts';
import { type CounterRules, judge, ORDER_EVENT_MS, type RefereeState } from '#shared/signal/referee.ts';
import type { Instant } from '#shared/time/instant.ts';
import { BAD, type QualityCode, Series, UNCERTAIN } from './series.ts';

const NONE = -1;

/** What is booked over (from, t] at one reading; told when it changes. */
export type BookingChanged = (from: Instant, t: Instant) => void;

/**
 * The readings of one counter or register with what the referee books at each.
 *
 * - A late reading is judged where it belongs, and the readings after it again, until the referee's state is as it was.
 * - Readings are held from the pending one on, so that a verdict can still be changed when the next reading comes.
 * - `kind: delta`: each sample is what was counted up to its time; there is no baseline, and nothing is ever pending: one
 *   that is negative or too fast is a glitch, 0.
 */
export class CounterSeries extends Series<number> {
  readonly counted: number[] = [];
  readonly verdict: (CounterVerdict | null)[] = [];
  readonly provisional: boolean[] = [];
  /** Time and raw value it was counted from; NaN for the baseline and for readings that are not used. */
  readonly fromT: Instant[] = [];
  readonly fromRaw: number[] = [];
  /** A verdict came, changed or went since this was last set to false. */
  eventsChanged = false;
  /** State after each reading. `pending` is an ordinal, or -1. */
  readonly #acceptedT: number[] = [];
  readonly #acceptedRaw: number[] = [];
  readonly #pending: number[] = [];
  /** State before the first reading held. */
  #base: RefereeState = { accepted: null, pending: null };
  readonly #rules: CounterRules;
  readonly #isDelta: boolean;
  readonly #onChange: BookingChanged;
  readonly #orderEventNear: (t: Instant) => boolean;

  constructor(
    kind: 'cumulative' | 'delta',
    rules: CounterRules,
    onChange: BookingChanged,
    orderEventNear: (t: Instant) => boolean = () => false,
  ) {
    super();
    this.#isDelta = kind === 'delta';
    this.#rules = rules;
    this.#onChange = onChange;
    this.#orderEventNear = orderEventNear;
  }

  /** True where the sample changed anything. */
  read(t: Instant, raw: number, quality: QualityCode, received: Instant): boolean {
    const i = this.put(t, raw, quality, received);
    if (i < 0) return false;
    const last = this.length - 1;
    if (this.inserted) {
      if (i === last) this.#openSlot();
      else this.#openSlotAt(i);
    }
    this.#judgeFrom(i, i);
    return true;
  }

  /** Order events in [from, to] came or went. */
  orderEventsChanged(from: Instant, to: Instant): void {
    const first = this.firstFrom(from - ORDER_EVENT_MS);
    if (first < this.length) this.#judgeFrom(first, this.firstAfter(to + ORDER_EVENT_MS) - 1);
  }

  /** The reading that is pending just before `t`. */
  pendingBefore(t: Instant): Instant | null {
    const i = this.firstFrom(t) - 1;
    const ordinal = i >= 0 ? (this.#pending[i] as number) : NONE;
    return ordinal === NONE ? null : this.timeAt(ordinal - this.dropped);
  }

  /** The reading that one at `t` would be counted from. */
  acceptedBefore(t: Instant): Instant | null {
    const i = this.firstFrom(t) - 1;
    if (i < 0) return this.#base.accepted?.t ?? null;
    const accepted = this.#acceptedT[i] as number;
    return Number.isNaN(accepted) ? null : accepted;
  }

  /** Forgets readings before `t`, save a pending one and what came after it. */
  forget(t: Instant): void {
    let count = this.firstFrom(t);
    while (count > 0 && this.#pending[count - 1] !== NONE) {
      count = (this.#pending[count - 1] as number) - this.dropped;
    }
    this.since = Math.max(this.since, Math.min(t, this.t[Math.max(0, count)] ?? t));
    if (count <= 0) return;
    this.#base = this.#stateAfter(count - 1);
    this.dropFirst(count);
    for (const column of [
      this.counted,
      this.verdict,
      this.provisional,
      this.fromT,
      this.fromRaw,
      this.#acceptedT,
      this.#acceptedRaw,
      this.#pending,
    ]) {
      column.splice(0, count);
    }
  }

  get base(): RefereeState {
    return this.#base;
  }

  /** Puts a held state in force before any reading is held (restore, or a baseline older than what is held). */
  startFrom(state: RefereeState): void {
    this.#base = state;
    if (this.length > 0) this.#judgeFrom(0, this.length - 1);
  }

  #openSlot(): void {
    this.counted.push(0);
    this.verdict.push(null);
    this.provisional.push(false);
    this.fromT.push(Number.NaN);
    this.fromRaw.push(Number.NaN);
    this.#acceptedT.push(Number.NaN);
    this.#acceptedRaw.push(Number.NaN);
    this.#pending.push(NONE);
  }

  #openSlotAt(i: number): void {
    this.counted.splice(i, 0, 0);
    this.verdict.splice(i, 0, null);
    this.provisional.splice(i, 0, false);
    this.fromT.splice(i, 0, Number.NaN);
    this.fromRaw.splice(i, 0, Number.NaN);
    this.#acceptedT.splice(i, 0, Number.NaN);
    this.#acceptedRaw.splice(i, 0, Number.NaN);
    this.#pending.splice(i, 0, NONE);
    // Ordinals of the readings behind it rose by one.
    const ordinal = i + this.dropped;
    for (let j = i + 1; j < this.length; j += 1) {
      const pending = this.#pending[j] as number;
      if (pending >= ordinal) this.#pending[j] = pending + 1;
    }
  }

  /** Judges readings from `first` on: at least up to `until`, then until the referee's state is what it was. */
  #judgeFrom(first: number, until: number): void {
    const n = this.length;
    // What the first one settled until now may be open again.
    const unsettled = first > 0 ? (this.#pending[first - 1] as number) : NONE;
    const i = unsettled === NONE ? first : unsettled - this.dropped;
    let acceptedT = Number.NaN;
    let acceptedRaw = Number.NaN;
    let pending = NONE;
    if (i > 0) {
      acceptedT = this.#acceptedT[i - 1] as number;
      acceptedRaw = this.#acceptedRaw[i - 1] as number;
      pending = this.#pending[i - 1] as number;
    } else if (this.#base.accepted) {
      acceptedT = this.#base.accepted.t;
      acceptedRaw = this.#base.accepted.raw;
    }
    for (let j = i; j < n; j += 1) {
      const t = this.timeAt(j);
      const raw = this.valueAt(j);
      const doubtful = this.quality[j] === UNCERTAIN;
      if (this.quality[j] === BAD) {
        this.#book(j, 0, null, false, Number.NaN, Number.NaN);
      } else if (this.#isDelta) {
        const fits = raw >= 0 && (Number.isNaN(acceptedT) || this.#withinRate(raw, t - acceptedT));
        this.#book(j, fits ? raw : 0, fits ? null : 'glitch', doubtful, acceptedT, 0);
        acceptedT = t;
        acceptedRaw = 0;
      } else if (Number.isNaN(acceptedT)) {
        this.#book(j, 0, null, false, Number.NaN, Number.NaN);
        acceptedT = t;
        acceptedRaw = raw;
      } else if (pending === NONE && raw >= acceptedRaw && this.#withinRate(raw - acceptedRaw, t - acceptedT)) {
        this.#book(j, raw - acceptedRaw, null, doubtful, acceptedT, acceptedRaw);
        acceptedT = t;
        acceptedRaw = raw;
      } else {
        const accepted = { t: acceptedT, raw: acceptedRaw };
        const p = pending === NONE ? -1 : pending - this.dropped;
        const held = p < 0 ? null : { t: this.timeAt(p), raw: this.valueAt(p) };
        const backwards = raw < acceptedRaw;
        const near = backwards && this.#orderEventNear(t);
        const reading = { t, raw };
        const { state, booking, settled } = judge({ accepted, pending: held }, reading, this.#rules, near);
        if (settled && p >= 0) {
          const doubtfulThen = this.quality[p] === UNCERTAIN;
          this.#book(p, settled.counted, settled.verdict, doubtfulThen, settled.from?.t, settled.from?.raw);
        }
        const { counted, verdict, provisional, from } = booking;
        this.#book(j, counted, verdict, provisional || doubtful, from?.t, from?.raw);
        acceptedT = state.accepted?.t ?? Number.NaN;
        acceptedRaw = state.accepted?.raw ?? Number.NaN;
        pending = state.pending ? j + this.dropped : NONE;
      }
      const same =
        Object.is(this.#acceptedT[j], acceptedT) &&
        Object.is(this.#acceptedRaw[j], acceptedRaw) &&
        this.#pending[j] === pending;
      this.#acceptedT[j] = acceptedT;
      this.#acceptedRaw[j] = acceptedRaw;
      this.#pending[j] = pending;
      // A reading still pending here was just booked as such; what settled it has to be said again.
      if (same && pending === NONE && j >= until && j > i) break;
    }
  }

  #withinRate(counted: number, elapsedMs: number): boolean {
    const max = this.#rules.maxPerSecond;
    return max === null || counted <= (max * elapsedMs) / 1000;
  }

  #book(
    j: number,
    counted: number,
    verdict: CounterVerdict | null,
    provisional: boolean,
    fromT: number | undefined,
    fromRaw: number | undefined,
  ): void {
    const from = fromT ?? Number.NaN;
    const raw = fromRaw ?? Number.NaN;
    if (
      this.counted[j] === counted &&
      this.verdict[j] === verdict &&
      this.provisional[j] === provisional &&
      Object.is(this.fromT[j], from) &&
      Object.is(this.fromRaw[j], raw)
    ) {
      return;
    }
    if (verdict !== null || this.verdict[j] !== null) this.eventsChanged = true;
    const t = this.timeAt(j);
    const oldFrom = this.fromT[j] as number;
    this.counted[j] = counted;
    this.verdict[j] = verdict;
    this.provisional[j] = provisional;
    this.fromT[j] = from;
    this.fromRaw[j] = raw;
    const earliest = Number.isNaN(oldFrom) ? from : Number.isNaN(from) ? oldFrom : Math.min(from, oldFrom);
    this.#onChange(Number.isNaN(earliest) ? t : earliest, t);
  }

  #stateAfter(i: number): RefereeState {
    const t = this.#acceptedT[i] as number;
    const raw = this.#acceptedRaw[i] as number;
    return { accepted: Number.isNaN(t) ? null : { t, raw }, pending: null };
  }
}
