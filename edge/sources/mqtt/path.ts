/*
 * JSON paths, as much of them as plants use: `$`, `$.a.b`, `$['a b']`, `$.list[0]`, `$.samples[*].value`.
 *
 * - Only own properties are followed: `__proto__` and `constructor` lead nowhere unless the payload really has such keys.
 */

/** A key, an index, or every element of a list. */
export type Step = string | number | '*all*';
const ALL: Step = '*all*';

const STEP = /\.([^.[\]\s'"]+)|\[(\d+)\]|\[(\*)\]|\[(?:'([^']*)'|"([^"]*)")\]/y;

/** Null where the text is no path, or has more than one `[*]`. */
export function parsePath(text: string): readonly Step[] | null {
  if (!text.startsWith('$')) return null;
  const steps: Step[] = [];
  let at = 1;
  while (at < text.length) {
    STEP.lastIndex = at;
    const match = STEP.exec(text);
    if (!match) return null;
    const [whole, key, index, star, single, double] = match;
    if (star !== undefined) steps.push(ALL);
    else if (index !== undefined) steps.push(Number(index));
    else steps.push(key ?? single ?? double ?? '');
    at += whole.length;
  }
  return steps.filter((step) => step === ALL).length > 1 ? null : steps;
}

export function isList(path: readonly Step[]): boolean {
  return path.includes(ALL);
}

/** `undefined` where the path leads nowhere. `element` is taken at `[*]`. */
export function follow(value: unknown, path: readonly Step[], element = 0): unknown {
  let here = value;
  for (const step of path) {
    if (here === null || typeof here !== 'object') return undefined;
    const key = step === ALL ? element : step;
    if (typeof key === 'number' && !Array.isArray(here)) return undefined;
    if (!Object.hasOwn(here, key)) return undefined;
    here = (here as Record<string | number, unknown>)[key];
  }
  return here;
}

/** Length of the list that `[*]` of this path runs over; 0 where there is none. */
export function lengthOf(value: unknown, path: readonly Step[]): number {
  const list = follow(value, path.slice(0, path.indexOf(ALL)));
  return Array.isArray(list) ? list.length : 0;
}
