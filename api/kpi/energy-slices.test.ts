import { afterAll, beforeAll, expect, it } from 'vitest';
import { at, type Fixture, makeFixture } from '../fixture.ts';
import { slicesOf } from './bounds.ts';

let site: Fixture;
beforeAll(async () => {
  site = await makeFixture();
});
afterAll(() => site.close());

it('works the same slices out once when several questions ask for them at once, and answers each right', async () => {
  const { kpi, plant } = site.deps;
  const lines = [...plant.current.lines.values()];
  const yesterday = slicesOf(plant.current, lines, at(-23 * 60), at(-60));
  const part = slicesOf(plant.current, lines, at(-23 * 60), at(-60)).slice(1, 3);
  let read = 0;
  const { ofMeters } = kpi.facts;
  Object.assign(kpi.facts, {
    ofMeters: (...args: Parameters<typeof ofMeters>) => {
      read += 1;
      return ofMeters(...args);
    },
  });
  const sum = (list: readonly { cells: readonly { kWh: number }[] }[]): number =>
    list.reduce((all, slice) => all + slice.cells.reduce((kWh, cell) => kWh + cell.kWh, 0), 0);
  const alone = sum(await kpi.energy.of('m-main', yesterday));
  const once = read;
  kpi.reset();
  read = 0;
  const answers = await Promise.all([
    kpi.energy.of('m-main', yesterday),
    kpi.energy.of('m-main', yesterday),
    kpi.energy.of('m-main', part),
  ]);
  // The third cuts its runs elsewhere, so that one of them may be read apart.
  expect(read).toBeLessThan(2 * once);
  expect(sum(answers[0])).toBeCloseTo(alone, 9);
  expect(sum(answers[1])).toBeCloseTo(alone, 9);
  expect(sum(answers[2])).toBeCloseTo(sum(answers[0].slice(1, 3)), 9);
  expect(alone).toBeCloseTo(22 * 60 * 0.5, 6);
});
