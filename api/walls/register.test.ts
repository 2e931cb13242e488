import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { WALL_DARK_MS } from '#shared/contract/wall-times.ts';
import type { WallPulse } from '#shared/contract/walls.ts';
import { DAY } from '#shared/time/instant.ts';
import { createWallRegister, type WallRegister } from './register.ts';
import { openWallFile } from './wall-file.ts';

let dir: string;
let now = 1_000_000;
let walls: WallRegister;
const open = (): WallRegister => createWallRegister(openWallFile(join(dir, 'walls.sqlite')), () => now);
const pulse = (id: string, lines = ['filling'], page = `/wall/${lines.join(',')}`): WallPulse => ({
  id,
  page,
  lines,
  build: 'b1',
  width: 1920,
  height: 1080,
  shows: 'live',
});
const from = { name: 'Hall 1', address: '10.0.0.7', since: 900_000 };
beforeEach(() => {
  now = 1_000_000;
  dir = mkdtempSync(join(tmpdir(), 'linewatt-walls-'));
  walls = open();
});
afterEach(() => {
  walls.close();
  rmSync(dir, { recursive: true });
});

it('calls a wall dark once its pulse stayed away, and lists dark ones first', () => {
  walls.pulse(pulse('wall-aaaa'), from);
  // It has hung there for more than a look.
  now += 600_000;
  walls.pulse(pulse('wall-aaaa'), from);
  now += WALL_DARK_MS - 1;
  walls.pulse(pulse('wall-bbbb', ['machining']), from);
  expect(walls.list().map((w) => [w.id, w.dark])).toEqual([
    ['wall-aaaa', false],
    ['wall-bbbb', false],
  ]);
  now += 1;
  expect(walls.list().map((w) => [w.id, w.dark])).toEqual([
    ['wall-aaaa', true],
    ['wall-bbbb', false],
  ]);
  expect(walls.list()[0]).toMatchObject({
    name: 'Hall 1',
    page: '/wall/filling',
    firstSeenAt: 1_000_000,
    since: 900_000,
  });
  walls.pulse(pulse('wall-aaaa'), from);
  expect(walls.list().some((w) => w.dark)).toBe(false);
});

it('knows dark walls after a restart: one that does not come back is not forgotten', () => {
  walls.pulse(pulse('wall-aaaa'), from);
  now += 900_000;
  walls.pulse(pulse('wall-aaaa'), from);
  walls.close();
  now += WALL_DARK_MS;
  walls = open();
  expect(walls.list()).toMatchObject([{ id: 'wall-aaaa', dark: true, lastPulseAt: 1_900_000 }]);
  expect(walls.seenAt('filling')).toBe(1_900_000);
  now += 91 * DAY;
  expect(walls.list()).toEqual([]);
});

it('calls no dark wall what was only a look, and forgets it after an hour', () => {
  walls.pulse(pulse('wall-aaaa'), from);
  expect(walls.list()).toMatchObject([{ dark: false }]);
  now += WALL_DARK_MS;
  expect(walls.list()).toEqual([]);
  expect(walls.forget('wall-aaaa')).toBe(true);
  walls.pulse(pulse('wall-aaaa'), from);
  now += 3_600_001;
  expect(walls.list()).toEqual([]);
  expect(walls.forget('wall-aaaa')).toBe(false);
});

it('says when a line was last on any wall', () => {
  expect(walls.seenAt('filling')).toBeNull();
  walls.pulse(pulse('wall-aaaa', ['filling', 'machining']), from);
  now += 60_000;
  walls.pulse(pulse('wall-bbbb', ['machining']), from);
  expect(walls.seenAt('filling')).toBe(1_000_000);
  expect(walls.seenAt('machining')).toBe(1_060_000);
  expect(walls.forget('wall-bbbb')).toBe(true);
  expect(walls.forget('wall-bbbb')).toBe(false);
  expect(walls.seenAt('machining')).toBe(1_000_000);
});

it('keeps at most five hundred, the ones heard last', () => {
  for (let i = 0; i < 505; i += 1) {
    now += 1;
    walls.pulse(pulse(`wall-${String(i).padStart(4, '0')}`), from);
  }
  const ids = walls.list().map((w) => w.id);
  expect(ids).toHaveLength(500);
  expect(ids).not.toContain('wall-0004');
  expect(ids).toContain('wall-0504');
});
