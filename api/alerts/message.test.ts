import { expect, it } from 'vitest';
import { parsePlant } from '#shared/plant/parse.ts';
import { PLANT } from '../fixture.ts';
import type { Alert } from './engine.ts';
import { messageOf } from './message.ts';

const plantIn = (locale: string) => {
  const text = `${PLANT.replace('locale: en-GB', `locale: ${locale}`)}names: { Filler: { pl: Nalewak }, Jam: { pl: Zator } }\n`;
  return parsePlant(text, { hash: 'h' }).plant;
};
const SINCE = Date.parse('2026-06-02T06:00:00Z');
const ALERT: Alert = {
  id: 'a1',
  rule: 'long',
  about: 'machine:filler',
  when: 'stopLongerThan',
  openedAt: SINCE + 300_000,
  closedAt: null,
  since: SINCE,
  headline: 'Filler: down for more than 5 min',
  detail: 'Jam',
  said: {
    headline: {
      key: 'stop.longer',
      values: { machine: { name: 'Filler' }, state: { key: 'state.down' }, minutes: { n: 5, digits: 0 } },
    },
    detail: [{ key: 'as.named', values: { text: { name: 'Jam' } } }],
  },
  value: 5,
  limit: 5,
  unit: 'min',
  acknowledgedAt: null,
  acknowledgedBy: null,
  notifiedAt: null,
};

it('is in the language of the site, to people and to programs', () => {
  const { subject, text, payload } = messageOf(plantIn('pl-PL'), ALERT, 'opened', 'http://here');
  expect(subject).toBe('Leeds works: Nalewak: awaria od ponad 5 min');
  expect(text.split('\n').slice(0, 6)).toEqual([
    'Nalewak: awaria od ponad 5 min',
    'Zator',
    '',
    'Od 2026-06-02 07:00.',
    'Otwarte alarmy: http://here/alerts',
    'Co robić: http://here/api/v1/runbooks/stop-longer-than.md',
  ]);
  expect(payload).toMatchObject({ language: 'pl', headline: 'Nalewak: awaria od ponad 5 min', when: 'stopLongerThan' });
});

it('says in that language that it is over', () => {
  const { subject, text } = messageOf(plantIn('de-AT'), { ...ALERT, closedAt: SINCE + 600_000 }, 'closed', null);
  expect(subject).toBe('Leeds works: vorbei: Filler: Störung seit mehr als 5 min');
  expect(text).toContain('Von 2026-06-02 07:05 bis 2026-06-02 07:10.');
});

it('is English where no page speaks the language of the site, and keeps its sentence where that is all there is', () => {
  const { said: _, ...old } = ALERT;
  expect(messageOf(plantIn('cs-CZ'), ALERT, 'opened', null).subject).toBe(
    'Leeds works: Filler: down for more than 5 min',
  );
  expect(messageOf(plantIn('pl-PL'), old, 'opened', null).text).toMatch(
    /^Filler: down for more than 5 min\nJam\n\nOd /,
  );
});
