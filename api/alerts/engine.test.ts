import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE, SECOND } from '#shared/time/instant.ts';
import { type Alert, type AlertRule, createAlertEngine, type Level, levelOf, type Observation } from './engine.ts';
import { isQuiet } from './quiet.ts';

const RULE: AlertRule = { id: 'long', when: 'stopLongerThan', notify: ['m'], isQuiet: () => false };
const seen = (level: Level, about = 'machine:filler'): Observation => ({
  rule: 'long',
  about,
  level,
  since: null,
  headline: 'Filler: down',
  detail: '',
  value: 1,
  limit: 1,
  unit: 'min',
});
const engine = (kept: readonly Alert[] = []) => {
  let n = kept.length;
  return createAlertEngine(kept, () => `a${++n}`);
};
const events = (step: { notify: readonly { alert: Alert; event: string }[] }) =>
  step.notify.map(({ alert, event }) => `${event} ${alert.about}`);

describe('an alert', () => {
  it('rings once while its state lasts, and once when it is over', () => {
    const e = engine();
    expect(events(e.step([RULE], [seen('over')], 0))).toEqual(['opened machine:filler']);
    for (let t = 1; t < 100; t += 1)
      expect(events(e.step([RULE], [seen(t % 3 ? 'over' : 'between')], t * MINUTE))).toEqual([]);
    expect(events(e.step([RULE], [seen('under')], 100 * MINUTE))).toEqual(['closed machine:filler']);
    expect(e.open()).toEqual([]);
  });
  it('that comes back within two minutes is the same one, silently; later it is a new one', () => {
    const e = engine();
    e.step([RULE], [seen('over')], 0);
    e.step([RULE], [seen('under')], MINUTE);
    expect(events(e.step([RULE], [seen('over')], MINUTE + 119 * SECOND))).toEqual([]);
    expect(e.open().map((a) => [a.id, a.openedAt])).toEqual([['a1', 0]]);
    e.step([RULE], [seen('under')], 4 * MINUTE);
    expect(events(e.step([RULE], [seen('over')], 6 * MINUTE))).toEqual(['opened machine:filler']);
    expect(e.open()[0]?.id).toBe('a2');
  });
  it('waits for the end of quiet hours, unless it is over or acknowledged by then', () => {
    const night: AlertRule = { ...RULE, isQuiet: (t) => t < 8 * HOUR };
    const three = ['a', 'b', 'c'].map((about) => seen('over', about));
    const e = engine();
    expect(events(e.step([night], three, HOUR))).toEqual([]);
    e.step([night], [seen('under', 'a')], 2 * HOUR);
    const b = e.open().find((a) => a.about === 'b');
    expect(e.acknowledge(b?.id ?? '', 'kim', 3 * HOUR)?.acknowledgedBy).toBe('kim');
    expect(e.acknowledge(b?.id ?? '', 'sam', 3 * HOUR)).toBeNull();
    expect(events(e.step([night], [], 8 * HOUR))).toEqual(['opened c']);
  });
  it('stays while nothing is observed, and closes when its rule goes', () => {
    const e = engine();
    e.step([RULE], [seen('over')], 0);
    e.step([RULE], [], HOUR);
    expect(e.open()).toHaveLength(1);
    const { changed } = e.step([], [], 2 * HOUR);
    expect([e.open(), changed.map((a) => a.closedAt)]).toEqual([[], [2 * HOUR]]);
  });
});

describe('any course of any values, with restarts in between', () => {
  const LEVELS: readonly Level[] = ['over', 'between', 'under'];
  const course = fc.array(
    fc.record({
      level: fc.constantFrom(...LEVELS),
      seconds: fc.integer({ min: 1, max: 400 }),
      restart: fc.boolean(),
      quiet: fc.boolean(),
    }),
    { maxLength: 60 },
  );
  it('sends opened and closed in turn, opened no closer than two minutes, and a restart changes nothing', () => {
    fc.assert(
      fc.property(course, (steps) => {
        const run = (restarts: boolean): string[] => {
          let now = 0;
          let quiet = false;
          const rule: AlertRule = { ...RULE, isQuiet: () => quiet };
          let kept = new Map<string, Alert>();
          let made = 0;
          const fresh = () => createAlertEngine([...kept.values()], () => `a${++made}`);
          let e = fresh();
          const log: string[] = [];
          for (const step of steps) {
            now += step.seconds * SECOND;
            quiet = step.quiet;
            if (restarts && step.restart) {
              kept = new Map([...kept].filter(([, a]) => a.closedAt === null || now - a.closedAt < 2 * MINUTE));
              e = fresh();
            }
            const { changed, notify } = e.step([rule], [seen(step.level)], now);
            for (const alert of changed) kept.set(alert.id, alert);
            for (const { event, alert } of notify) log.push(`${now / SECOND} ${event} ${alert.openedAt / SECOND}`);
          }
          return log;
        };
        const log = run(true);
        expect(log).toEqual(run(false));
        const opened = log.filter((line) => line.includes('opened')).map((line) => line.split(' ').map(Number));
        // Each alert is announced at most once, whatever it does.
        expect(new Set(opened.map(([, , at]) => at)).size).toBe(opened.length);
      }),
      { numRuns: 300 },
    );
  });
  it('opens exactly as a second-by-second model says', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...LEVELS), { maxLength: 200 }), (levels) => {
        const e = engine();
        let open = false;
        levels.forEach((level, i) => {
          e.step([RULE], [seen(level)], i * SECOND);
          if (level === 'over') open = true;
          if (level === 'under') open = false;
          expect(e.open().length === 1).toBe(open);
        });
      }),
    );
  });
});

describe('limits', () => {
  it('leave room between on and off, in both directions, and unknown changes nothing', () => {
    expect([97, 96.99, 94, 93.9, null].map((v) => levelOf(v, 97, 94))).toEqual([
      'over',
      'between',
      'between',
      'under',
      'between',
    ]);
    expect([55, 55.1, 57, 57.1].map((v) => levelOf(v, 55, 57))).toEqual(['over', 'between', 'between', 'under']);
    expect([14.9, 15].map((v) => levelOf(v, 15, 15))).toEqual(['under', 'over']);
  });
  it('know quiet hours on the local clock, over midnight and on the day they began', () => {
    const quiet = [
      { days: ['fri' as const], from: '22:00', to: '06:00' },
      { days: ['sun' as const], from: null, to: null },
    ];
    const at = (text: string) => isQuiet('Europe/London', quiet, Date.parse(text));
    // 5 June 2026 is a Friday; London is an hour ahead of UTC.
    expect(['2026-06-05T20:59Z', '2026-06-05T21:00Z', '2026-06-06T04:59Z', '2026-06-06T05:00Z'].map(at)).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect(['2026-06-06T21:30Z', '2026-06-06T23:00Z', '2026-06-07T22:59Z', '2026-06-07T23:00Z'].map(at)).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect(isQuiet('Europe/London', [], 0)).toBe(false);
  });
});
