import { mkdtempSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { openPlantHistory, type PlantHistoryWriter } from '#shared/store/plant-history.ts';
import { PLANT } from '../fixture.ts';
import { openPlantFile, type PlantFile } from './file.ts';

let dir: string;
let path: string;
let now: number;
let history: PlantHistoryWriter;
let plant: PlantFile;
let said: string[];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'linewatt-plant-'));
  path = join(dir, 'plant.yaml');
  writeFileSync(path, PLANT);
  now = 1000;
  said = [];
  history = openPlantHistory(':memory:');
  plant = openPlantFile(path, { history, clock: () => now, log: (line) => said.push(line), pollMs: 20 });
});
afterEach(() => {
  plant.close();
  history.close();
  rmSync(dir, { recursive: true });
});

const faster = PLANT.replace('idealCycleSeconds: 1,', 'idealCycleSeconds: 0.5,');
const cycle = (of: PlantFile['current']) => of.products.get('A')?.idealCycleSeconds?.[0]?.value;
const put = (text: string): void => {
  // As editors do it: the whole file at once.
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
};
const changed = () => new Promise((done) => plant.onChange(done));

it('follows the file, and still knows the versions before', async () => {
  now = 2000;
  put(faster);
  await changed();
  expect([cycle(plant.current), cycle(plant.at()), cycle(plant.at(1999)), cycle(plant.at(2000))]).toEqual([
    0.5, 0.5, 1, 0.5,
  ]);
  expect(plant.at(2500)).toBe(plant.current);
  now = 3000;
  put(PLANT);
  await changed();
  expect(history.versions().map((v) => v.appliedFrom)).toEqual([1000, 2000, 3000]);
  expect([cycle(plant.at(2500)), cycle(plant.at(3000))]).toEqual([0.5, 1]);
});

it('keeps the old one while the file is not valid, says where and what, and forgets it when it is right again', async () => {
  const before = plant.current;
  put(PLANT.replace('calendar: early', 'calendar: erly'));
  await vi.waitFor(() => expect(plant.refused).toMatch(/plant\.yaml:\d+: lines\[0\]\.calendar: .*"erly"/), 5000);
  expect(plant.current).toBe(before);
  expect(history.versions()).toHaveLength(1);
  put(PLANT);
  await vi.waitFor(() => expect(plant.refused).toBeNull(), 5000);
  expect(history.versions()).toHaveLength(1);
  expect(plant.current).toBe(before);
});

it('says that the file is gone, and that another site needs a restart', async () => {
  unlinkSync(path);
  await vi.waitFor(() => expect(plant.refused).toBe(`there is no file ${path}; check the path`), 5000);
  put(PLANT.replace('id: leeds', 'id: york'));
  await vi.waitFor(() => expect(plant.refused).toMatch(/another site/), 5000);
  expect(plant.current.site.id).toBe('leeds');
});

it('does not take a half-written file that happens to be valid', async () => {
  const seen: number[] = [];
  plant.onChange((next) => seen.push(next.tariffs.size));
  // Half of it is written, and the rest 100 ms later: less than the file must rest.
  writeFileSync(path, faster.slice(0, faster.indexOf('tariffs:')));
  await new Promise((done) => setTimeout(done, 100));
  writeFileSync(path, faster);
  await changed();
  expect(seen).toEqual([1]);
  expect(history.versions()).toHaveLength(2);
});

it('goes on when a version cannot be kept, and says so', async () => {
  history.close();
  put(faster);
  await changed();
  expect(cycle(plant.current)).toBe(0.5);
  expect(plant.notKept).toMatch(/not open/);
  expect(said.at(-1)).toMatch(/could not be kept/);
  history = openPlantHistory(':memory:');
});
