import { expect, it } from 'vitest';
import { simulate } from './simulation.ts';

/* A few random days on every run; `npm run simulate -- --seeds 1000` does more. */
const SEEDS = Array.from({ length: 12 }, (_, n) => n + 1);

it.each(SEEDS)('a random plant and day, seed %i, is the same three ways', async (seed) => {
  expect(await simulate(seed)).toEqual([]);
});
