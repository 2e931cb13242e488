import type { Quality, Sample } from '#shared/signal/sample.ts';
import type { Instant } from '#shared/time/instant.ts';

/*
 * Recorded samples in columns: about 32 bytes each, however long their text was.
 *
 * - `inOrder` gives the samples as known at an instant, by event time, each signal at most once an instant: of several with
 *   the same signal and time the later line counts; a repeated id is ignored.
 */
const QUALITIES: readonly Quality[] = ['good', 'uncertain', 'bad'];
const IS_NUMBER = 4;
const IS_TEXT = 8;
const NO_ID = 0xffff_ffff;

export class SampleTable {
  #size = 0;
  #t = new Float64Array(1024);
  #received = new Float64Array(1024);
  #signal = new Uint32Array(1024);
  #value = new Float64Array(1024);
  #flags = new Uint8Array(1024);
  #id = new Uint32Array(1024);
  readonly #texts: string[] = [];
  readonly #textIndex = new Map<string, number>();
  readonly #ids = new Map<string, number>();
  #last = Number.NEGATIVE_INFINITY;

  get size(): number {
    return this.#size;
  }

  /** Latest event time; -Infinity while empty. */
  get last(): Instant {
    return this.#last;
  }

  add(sample: Sample): void {
    const i = this.#size++;
    if (i === this.#t.length) this.#grow();
    this.#t[i] = sample.t;
    this.#received[i] = sample.received;
    this.#signal[i] = this.#text(sample.signal);
    let flags = QUALITIES.indexOf(sample.quality);
    if (typeof sample.value === 'number') {
      flags |= IS_NUMBER;
      this.#value[i] = sample.value;
    } else if (sample.value !== null) {
      flags |= IS_TEXT;
      this.#value[i] = this.#text(sample.value);
    }
    this.#flags[i] = flags;
    this.#id[i] = sample.id === undefined ? NO_ID : this.#idOf(sample.id);
    this.#last = Math.max(this.#last, sample.t);
  }

  *inOrder(asOf: Instant): Generator<Sample> {
    const rows = this.#rows(asOf);
    const latest = new Map<number, number>();
    for (let i = 0; i < rows.length; ) {
      const t = this.#t[rows[i] as number] as number;
      let end = i + 1;
      while (end < rows.length && this.#t[rows[end] as number] === t) end++;
      if (end > i + 1) {
        latest.clear();
        for (let k = i; k < end; k++) latest.set(this.#signal[rows[k] as number] as number, k);
        for (let k = i; k < end; k++) {
          const row = rows[k] as number;
          if (latest.get(this.#signal[row] as number) === k) yield this.#sample(row);
        }
      } else yield this.#sample(rows[i] as number);
      i = end;
    }
  }

  /** Rows known at `asOf`, first of each id, by time and then by line. */
  #rows(asOf: Instant): Uint32Array {
    const rows = new Uint32Array(this.#size);
    const seen = new Uint8Array(this.#ids.size);
    let count = 0;
    let ordered = true;
    let last = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < this.#size; i++) {
      if ((this.#received[i] as number) > asOf) continue;
      const id = this.#id[i] as number;
      if (id !== NO_ID) {
        if (seen[id] === 1) continue;
        seen[id] = 1;
      }
      const t = this.#t[i] as number;
      if (t < last) ordered = false;
      last = t;
      rows[count++] = i;
    }
    const known = rows.subarray(0, count);
    if (!ordered) known.sort((a, b) => (this.#t[a] as number) - (this.#t[b] as number) || a - b);
    return known;
  }

  #sample(row: number): Sample {
    const flags = this.#flags[row] as number;
    const value = this.#value[row] as number;
    return {
      t: this.#t[row] as number,
      signal: this.#texts[this.#signal[row] as number] as string,
      value: flags & IS_NUMBER ? value : flags & IS_TEXT ? (this.#texts[value] as string) : null,
      quality: QUALITIES[flags & 3] as Quality,
      received: this.#received[row] as number,
    };
  }

  #text(text: string): number {
    let index = this.#textIndex.get(text);
    if (index === undefined) {
      index = this.#texts.push(text) - 1;
      this.#textIndex.set(text, index);
    }
    return index;
  }

  #idOf(id: string): number {
    let index = this.#ids.get(id);
    if (index === undefined) {
      index = this.#ids.size;
      this.#ids.set(id, index);
    }
    return index;
  }

  #grow(): void {
    const size = this.#t.length * 2;
    const longer = <A extends Float64Array | Uint32Array | Uint8Array>(to: A, from: A): A => {
      to.set(from);
      return to;
    };
    this.#t = longer(new Float64Array(size), this.#t);
    this.#received = longer(new Float64Array(size), this.#received);
    this.#signal = longer(new Uint32Array(size), this.#signal);
    this.#value = longer(new Float64Array(size), this.#value);
    this.#flags = longer(new Uint8Array(size), this.#flags);
    this.#id = longer(new Uint32Array(size), this.#id);
  }
}
