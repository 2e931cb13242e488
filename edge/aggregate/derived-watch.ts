import type { MachinePiece } from '#shared/oee/facts.ts';
import { type Instant, MINUTE } from '#shared/time/instant.ts';
import type { MachineCounters } from './pieces.ts';

/**
 * Looks out for a derived count below zero: more good pieces than were made, or more rejects. Two counters that are read a
 * moment apart give a negative minute now and then, which the minutes beside it make good; three minutes below zero do not.
 */
export class DerivedWatch {
  readonly #derived: 'goodCount' | 'rejectCount' | null;
  #sums: { readonly minute: Instant; readonly sum: number }[] = [];

  constructor({ total, cycles, good, reject }: MachineCounters) {
    const hasTotal = total !== null || cycles !== null;
    this.#derived = !hasTotal || (good && reject) ? null : good ? 'rejectCount' : reject ? 'goodCount' : null;
  }

  /** A minute that closes for the first time. Returns the minute before it where that one's count stays below zero. */
  note(minute: Instant, rows: readonly MachinePiece[]): Instant | null {
    const derived = this.#derived;
    if (!derived) return null;
    const sum = rows.reduce((all, row) => all + row[derived], 0);
    this.#sums = [...this.#sums.filter((s) => s.minute >= minute - 2 * MINUTE), { minute, sum }];
    const before = this.#sums.find((s) => s.minute === minute - MINUTE);
    const around = this.#sums.reduce((all, s) => all + s.sum, 0);
    return before && before.sum < 0 && around < 0 ? before.minute : null;
  }
}
