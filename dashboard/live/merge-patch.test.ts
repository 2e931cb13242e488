import { expect, it } from 'vitest';
import { mergePatch } from './merge-patch.ts';

it.each([
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [
    ['a', 'b'],
    ['c', 'd'],
    ['c', 'd'],
  ],
  [{ a: 'b' }, ['c'], ['c']],
  [{ a: 'foo' }, null, null],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: 'b', c: null }, { a: 'b' }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
])('%j with %j is %j (RFC 7396, appendix A)', (target, patch, result) => {
  expect(mergePatch(target, patch)).toEqual(result);
});

it('leaves its inputs alone and shares what did not change', () => {
  const target = { machines: { a: { look: 'run' }, b: { look: 'idle' } }, energy: { kWh: 1 } };
  const frozen = structuredClone(target);
  const merged = mergePatch(target, { machines: { a: { look: 'down' } } }) as typeof target;
  expect(target).toEqual(frozen);
  expect(merged.machines.a.look).toBe('down');
  expect(merged.machines.b).toBe(target.machines.b);
  expect(merged.energy).toBe(target.energy);
});

it('cannot be made to reach the prototype', () => {
  const merged = mergePatch({}, JSON.parse('{"__proto__": {"polluted": true}}')) as Record<string, unknown>;
  expect(merged['polluted']).toBeUndefined();
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});
