import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Mutant } from './weave.ts';

/*
 * Mutants that no test can tell from the original, in equivalent.txt: the file, below it a reason, below that the mutants it is
 * true of, as `original -> replacement`, with ` @ ` and a part of the line where the text alone is not enough. By text and not by
 * line, so that the list outlives edits elsewhere in the file.
 */

interface Equivalent {
  readonly file: string;
  readonly why: string;
  readonly original: string;
  readonly replacement: string;
  readonly within: string;
}

const EQUIVALENT = read(readFileSync(join(import.meta.dirname, 'equivalent.txt'), 'utf8'));

function read(text: string): Equivalent[] {
  const found: Equivalent[] = [];
  let file = '';
  let why = '';
  for (const line of text.split('\n').filter((l) => l.trim() !== '')) {
    const content = line.trim();
    if (!line.startsWith(' ')) file = content;
    else if (!line.startsWith('    ')) why = content;
    else {
      const [mutant = '', within = ''] = content.split(' @ ');
      const [original = '', replacement] = mutant.split(' -> ');
      if (replacement === undefined) throw new Error(`equivalent.txt: no " -> " in "${content}"`);
      found.push({ file, why, original, replacement: replacement === '(nothing)' ? '' : replacement, within });
    }
  }
  return found;
}

/** Why nothing can tell this mutant; null where something should. `lineText`: the line that it is on. */
export function whyEquivalent(mutant: Mutant, lineText: string): string | null {
  const same = EQUIVALENT.find(
    (e) =>
      e.file === mutant.file &&
      e.original === mutant.original &&
      e.replacement === mutant.replacement &&
      lineText.includes(e.within),
  );
  return same?.why ?? null;
}
