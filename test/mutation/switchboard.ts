/* Woven code asks here which mutant is on. One per thread; the woven text reads it from the global object when it is loaded. */

export interface Switchboard {
  /** Id of the mutant that is on; -1: none. */
  on: number;
  /** Notes that the place of a mutant was passed; false, so that it stays off. */
  note(id: number): false;
  /** One turn of a loop. Throws RangeError when there are no more. */
  turn(): void;
}

/** Ids that were passed and loop turns that were made since the last `restart`. */
export interface Counted {
  readonly passed: Set<number>;
  turns: number;
  /** Turns that are allowed; unlimited at first. */
  limit: number;
}

export function installSwitchboard(on: number): { board: Switchboard; counted: Counted } {
  const counted: Counted = { passed: new Set(), turns: 0, limit: Number.POSITIVE_INFINITY };
  const board: Switchboard = {
    on,
    note(id) {
      counted.passed.add(id);
      return false;
    },
    turn() {
      if (++counted.turns > counted.limit) throw new RangeError('a loop that does not end');
    },
  };
  Object.assign(globalThis, { $mutation: board });
  return { board, counted };
}
