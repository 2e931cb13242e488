import { expect, it } from 'vitest';
import { addressOf, choicesOf, readQuestion, serverQuery, toggled } from './question.ts';

it('reads what the address says, and nothing that a report does not know', () => {
  expect(readQuestion({})).toEqual({
    name: 'tariff',
    scope: 'site',
    period: 'thisMonth',
    from: '',
    through: '',
    by: ['shift', 'band'],
  });
  const asked = readQuestion({ report: 'shift', from: '2026-06-01', by: 'day,band,machine', scope: 'line:filling' });
  expect(asked).toEqual({
    name: 'shift',
    scope: 'line:filling',
    period: '',
    from: '2026-06-01',
    through: '',
    by: ['day', 'machine'],
  });
  expect(readQuestion(addressOf(asked))).toEqual(asked);
  expect(serverQuery(asked)).toEqual({ scope: 'line:filling', from: '2026-06-01', by: 'day,machine' });
  expect(readQuestion({ report: 'nonsense' }).name).toBe('tariff');
});

it('takes one time at most, in the order of the choices', () => {
  const start = readQuestion({ by: 'shift,band' });
  expect(toggled(start, 'day').by).toEqual(['day', 'band']);
  expect(toggled(start, 'shift').by).toEqual(['band']);
  expect(toggled(toggled(start, 'machine'), 'band').by).toEqual(['shift', 'machine']);
  expect(choicesOf('stops')).toEqual({ times: [], splits: [] });
});
