import type { Mutant } from './weave.ts';

/*
 * Mutants that no test can tell from the original, each with the reason why. They are listed by their text, not by line, and are
 * counted apart: the score is given with them and without them.
 */

export interface Equivalent {
  readonly file: string;
  readonly original: string;
  readonly replacement: string;
  /** Part of the line, where the text alone is not enough. */
  readonly within?: string;
  readonly why: string;
}

export const EQUIVALENT: readonly Equivalent[] = [];

/** Why nothing can tell this mutant; null where something should. `lineText`: the line that it is on. */
export function whyEquivalent(mutant: Mutant, lineText: string): string | null {
  const same = EQUIVALENT.find(
    (e) =>
      e.file === mutant.file &&
      e.original === mutant.original &&
      e.replacement === mutant.replacement &&
      (e.within === undefined || lineText.includes(e.within)),
  );
  return same?.why ?? null;
}
