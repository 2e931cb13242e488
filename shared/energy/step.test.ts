import { describe, expect, it } from 'vitest';
import { findStep } from './step.ts';

/** Standard normal numbers from a fixed generator. */
function noise(n: number, seed: number): number[] {
  let state = seed;
  const uniform = (): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return (state + 0.5) / 2_147_483_648;
  };
  return Array.from({ length: n }, () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()));
}

describe('a step in residuals', () => {
  it('of two deviations is found soon, in both directions, where it began', () => {
    for (const sign of [1, -1]) {
      const residuals = noise(60, 7).map((z, i) => 10 * z + (i >= 30 ? 20 * sign : 0));
      const step = findStep(residuals, 10);
      expect(step?.at).toBeGreaterThanOrEqual(28);
      expect(step?.at).toBeLessThanOrEqual(32);
      expect(step?.foundAt).toBeLessThan(38);
      expect((step?.size ?? 0) * sign).toBeGreaterThan(10);
    }
  });
  it('is rarely seen in noise alone', () => {
    const runs = Array.from({ length: 200 }, (_, k) => findStep(noise(42, 1000 + 17 * k), 1));
    expect(runs.filter((step) => step !== null).length).toBeLessThan(30);
  });
  it('is not told where nothing scatters', () => {
    expect(findStep([0, 0, 5], 0)).toBeNull();
    expect(findStep([], 1)).toBeNull();
  });
});
