import { stripTypeScriptTypes } from 'node:module';
import { describe, expect, it } from 'vitest';
import { installSwitchboard } from './switchboard.ts';
import { mutantsOf, weave } from './weave.ts';

const shown = (text: string) => mutantsOf('f.ts', text, 0).map((m) => `${m.original} -> ${m.replacement}`);

/** The value of `f(...args)` of a woven text with each mutant on in turn, after the one with none on. */
function values(text: string, ...args: readonly unknown[]): unknown[] {
  const mutants = mutantsOf('f.ts', text, 0);
  const { board, counted } = installSwitchboard(-1);
  counted.limit = 1000;
  const f = new Function(`${stripTypeScriptTypes(weave('f.ts', text, mutants, 'which'))}; return f;`)();
  return [-1, ...mutants.map((m) => m.id)].map((id) => {
    board.on = id;
    counted.turns = 0;
    try {
      return f(...args);
    } catch (error) {
      return String(error);
    }
  });
}

describe('mutants', () => {
  it('are small slips, and leave types, texts and imports alone', () => {
    expect(shown(`import { x } from './1.ts'; type A = 1 | 2; const s: 'a' = 'a' + x;`)).toEqual([]);
    expect(shown('const a = b < 2;')).toEqual(['b < 2 -> b <= 2', 'b < 2 -> b >= 2', '2 -> 3', '2 -> (1)']);
    expect(shown('const a = !b && c;')).toEqual(['!b && c -> !b || c', '!b -> b']);
    expect(shown('const a = b ?? c;')).toEqual(['b ?? c -> b', 'b ?? c -> c']);
    expect(shown('const a = Math.min(b, c);')).toEqual(['Math.min -> max']);
    expect(shown('const a = b.filter(c);')).toEqual(['b.filter(c) -> b']);
    expect(shown('const a = b?.filter(c).length;')).toEqual([]);
    expect(shown('const a = list[i] ?? 0;')).toEqual(['list[i] ?? 0 -> 0']);
    expect(shown('function f() { if (a) return b; g(); return c; }')).toEqual([
      'a -> !(a)',
      'return b; -> ',
      'g(); -> ',
    ]);
  });
});

describe('woven code', () => {
  it('means what the file means until a mutant is on, then what the mutant means', () => {
    expect(values('function f(a: number, b: number): number { return a + b; }', 5, 3)).toEqual([8, 2]);
    expect(values('function f(a: number[]) { return a?.some((x) => x > 1); }', [1, 2])).toEqual([
      true,
      false,
      true,
      true,
      false,
      true,
    ]);
    expect(values('function f(a) { if (a) return "x"; return "y"; }', true)).toEqual(['x', 'y', 'y']);
    expect(values('function f(a) { let n = a; if (a) n += 2; else n -= 1; return n; }', 5).slice(0, 3)).toEqual([
      7, 4, 5,
    ]);
  });

  it('nests mutants inside mutants', () => {
    expect(values('function f(a, b, c) { return (a + b) * c; }', 1, 2, 4)).toEqual([12, 0.75, -4]);
    expect(values('function f(a) { return a.map((x) => x * 2)\n  .filter((x) => x > 2); }', [1, 2])[0]).toEqual([4]);
  });

  it('stops a loop that a mutant lets turn for ever', () => {
    const found = values('function f(n) { let i = 0; while (i < n) i += 1; return i; }', 3);
    expect(found[0]).toBe(3);
    expect(found).toContain('RangeError: a loop that does not end');
  });

  it('keeps the lines of the file', () => {
    const text = 'const a =\n  b +\n  c;\nif (a)\n  d();\n';
    expect(weave('f.ts', text, mutantsOf('f.ts', text, 0), 'note').split('\n')).toHaveLength(text.split('\n').length);
  });
});
