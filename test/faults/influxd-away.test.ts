import { expect, it } from 'vitest';
import { HOUR, MINUTE } from '#shared/time/instant.ts';
import { historianAway } from './historian-away.ts';

it('catches up an hour while live facts go on, in order, and loses nothing', { timeout: 90_000 }, async () => {
  const away = await historianAway(HOUR, 20 * MINUTE);
  process.stdout.write(`an hour of plant time caught up ${away.seconds.toFixed(1)} s after influxd came back\n`);
  expect(away.differences).toEqual([]);
  expect(away.waiting).toBeGreaterThanOrEqual(60);
  expect(away.minutesBeside).toBeGreaterThan(0);
  expect(away.facts).toBeGreaterThan(14 * 89);
});
