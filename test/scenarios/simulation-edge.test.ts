import { availableParallelism } from 'node:os';
import { expect, it } from 'vitest';
import { runSeeds } from '../simulation/run-seeds.ts';

/*
 * A thousand worlds on every run: the edge on a virtual clock with a real journal and a real historian, in which everything
 * goes wrong that the seed says (test/simulation/world.ts). One again: npm run simulate -- --seed 42
 */
const SEEDS = Array.from({ length: 1000 }, (_, n) => n + 1);

/** Each must really have been met, or the thousand prove nothing. */
const MET = [
  'power cut: torn commit',
  'power cut: before insert',
  'power cut: after insert',
  'power cut: before commit',
  'power cut: after commit',
  'power cut: between statements',
  'append refused',
  'append cut',
  'readings held',
  'disk full',
  'commits refused',
  'network cut',
  'clock jump',
  'sink slow',
  'sink away',
  'sink forgetful',
];

it('loses nothing and counts nothing twice in a thousand worlds', { timeout: 600_000 }, async () => {
  const { failed, events } = await runSeeds(SEEDS, Math.max(2, availableParallelism()));
  const told = failed.map(({ seed, problems }) => `npm run simulate -- --seed ${seed}: ${problems[0]}`);
  expect(told).toEqual([]);
  for (const event of MET) expect({ event, often: (events[event] ?? 0) >= 10 }).toEqual({ event, often: true });
  expect(events['samples']).toBeGreaterThan(50_000);
});
