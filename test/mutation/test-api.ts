import { expect } from 'vitest';

/*
 * What tests import from vitest, when they run here: `expect` is vitest's own; `describe`, `it` and `test` only collect, so that
 * one loaded test can be run again and again. Tests that import more than this cannot run here, and are named.
 */
export { expect };

type Body = (...args: unknown[]) => unknown;

export interface CollectedTest {
  readonly name: string;
  readonly body: () => unknown;
}

const collected: CollectedTest[] = [];
const path: string[] = [];

/** The tests collected since the last call, in the order of the text. */
export function takeCollected(): CollectedTest[] {
  return collected.splice(0);
}

export function describe(name: string, body: () => void): void {
  path.push(name);
  try {
    body();
  } finally {
    path.pop();
  }
}

export function it(name: string, first: Body | object, second?: Body | number): void {
  const body = typeof first === 'function' ? (first as Body) : (second as Body);
  collected.push({ name: [...path, name].join(' > '), body: () => body() });
}

/** One call of `make` for each row of a table, its cells as arguments. */
function eachOf<B extends Body>(make: (name: string, body: () => unknown) => void) {
  return (table: readonly unknown[]) =>
    (name: string, body: B): void => {
      table.forEach((row, i) => {
        const cells = Array.isArray(row) ? row : [row];
        make(`${name} #${i}`, () => body(...cells));
      });
    };
}

describe.skipIf = (skipped: boolean) => (skipped ? () => {} : describe);
describe.each = eachOf(describe);
it.each = eachOf(it);
it.skipIf = (skipped: boolean) => (skipped ? () => {} : it);

export { it as test };
