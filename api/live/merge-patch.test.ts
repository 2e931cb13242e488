import fc from 'fast-check';
import { expect, it } from 'vitest';
import { diff, share } from './merge-patch.ts';

/** RFC 7396, word by word. */
function apply(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const out: Record<string, unknown> =
    typeof target === 'object' && target !== null && !Array.isArray(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete out[key];
    else out[key] = apply(out[key], value);
  }
  return out;
}

/** A merge patch cannot tell null from missing, so views that differ only in that are the same. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, v]) => v !== null)
      .map(([k, v]) => [k, withoutNulls(v)]),
  );
}

const key = fc.constantFrom('a', 'b', 'c', 'd');
const leaf = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom('x', 'y', null, true));
const view = fc.letrec((tie) => ({
  node: fc.dictionary(key, fc.oneof({ maxDepth: 3 }, leaf, fc.array(leaf, { maxLength: 3 }), tie('node')), {
    noNullPrototype: true,
  }),
})).node;

it('a snapshot with the patches applied is the fresh view', () => {
  fc.assert(
    fc.property(fc.array(view, { minLength: 2, maxLength: 5 }), (views) => {
      let shown: unknown = views[0];
      for (const [i, next] of views.slice(1).entries()) {
        const patch = diff(views[i], next);
        if (patch !== undefined) shown = apply(shown, JSON.parse(JSON.stringify(patch)));
        expect(withoutNulls(shown)).toEqual(withoutNulls(next));
      }
    }),
    { numRuns: 500 },
  );
});

it('says nothing where nothing changed', () => {
  fc.assert(fc.property(view, (v) => diff(v, structuredClone(v)) === undefined));
});

it('sharing changes no value, and keeps the old object where all is equal', () => {
  fc.assert(
    fc.property(view, view, (a, b) => {
      const expected = structuredClone(b);
      expect(share(a, b)).toEqual(expected);
      expect(share(a, structuredClone(a))).toBe(a);
    }),
  );
});
