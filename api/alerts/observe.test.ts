import { describe, expect, it } from 'vitest';
import type { MachineView } from '#shared/contract/socket.ts';
import type { AlertConfig } from '#shared/plant/model.ts';
import { parsePlant } from '#shared/plant/parse.ts';
import { DAY, MINUTE } from '#shared/time/instant.ts';
import { PLANT } from '../fixture.ts';
import { observe, type Sight } from './observe.ts';

const NOW = Date.parse('2026-06-02T09:00:00Z');
const { plant } = parsePlant(
  PLANT.replace(
    '{ id: packer, name: Packer,',
    '{ id: packer, name: Packer, conditions: [ { id: vibration, source: plc, node: "ns=1;s=v", unit: mm/s, warn: 4, alarm: 8 } ],',
  ),
  { file: 'plant.yaml', hash: 'h' },
);
const machine = (id: string, look: MachineView['look'], minutesAgo: number, oee: number | null = null): MachineView =>
  ({
    id,
    name: id === 'filler' ? 'Filler' : 'Packer',
    look,
    word: 'Down',
    detail: 'Jam',
    since: new Date(NOW - minutesAgo * MINUTE).toISOString(),
    figures: { seconds: { plannedProduction: 7200 }, kpi: { oee }, coverage: 1 },
  }) as unknown as MachineView;

const sight = (given: Partial<Sight> = {}): Sight => ({
  plant,
  now: NOW,
  view: {
    machines: { filler: machine('filler', 'down', 20, 0.4), packer: machine('packer', 'run', 3, 0.9) },
    lines: {
      filling: {
        name: 'Filling',
        figures: { seconds: { plannedProduction: 7200 }, kpi: { oee: 0.4 }, coverage: 1 },
      } as never,
    },
  },
  sources: [],
  certificates: [],
  condition: () => null,
  demand: () => null,
  recent: () => null,
  wallSeenAt: () => null,
  ...given,
});
const rule = (when: AlertConfig['when'], given: Partial<AlertConfig> = {}): AlertConfig => ({
  id: 'r',
  when,
  scope: 'site',
  notify: [],
  minutes: null,
  percent: null,
  days: null,
  value: null,
  ...given,
});
const levels = (of: AlertConfig, given: Partial<Sight> = {}) =>
  observe(of, sight(given)).map(({ about, level }) => `${about} ${level}`);

describe('what each rule sees', () => {
  it('a long stop: down, waiting and minor stops count, planned time and silence do not', () => {
    const long = rule('stopLongerThan', { minutes: 15 });
    expect(levels(long)).toEqual(['machine:filler over', 'machine:packer under']);
    const looks = (look: MachineView['look']) =>
      levels(
        { ...long, scope: 'machine:filler' },
        { view: { machines: { filler: machine('filler', look, 20) }, lines: {} } },
      );
    expect(
      (['idle', 'minor', 'setup', 'plan', 'run', 'unknown'] as const).map((l) => looks(l)[0]?.split(' ')[1]),
    ).toEqual(['over', 'over', 'under', 'under', 'under', 'between']);
    const [first] = observe(long, sight());
    expect([first?.headline, first?.detail, first?.value]).toEqual(['Filler: down for more than 15 min', 'Jam', 20]);
    expect(levels(long, { view: null })).toEqual([]);
  });
  it('OEE under its limit: a line as a line, not in the first half hour, and not from half of the data', () => {
    expect(levels(rule('oeeBelow', { percent: 55 }))).toEqual(['line:filling over']);
    expect(levels(rule('oeeBelow', { percent: 55, scope: 'machine:packer' }))).toEqual(['machine:packer under']);
    const of = (figures: object) => {
      const view = { machines: {}, lines: { filling: { name: 'Filling', figures } as never } };
      return levels(rule('oeeBelow', { percent: 55 }), { view });
    };
    expect(of({ seconds: { plannedProduction: 600 }, kpi: { oee: 0.1 }, coverage: 1 })).toEqual([
      'line:filling between',
    ]);
    expect(of({ seconds: { plannedProduction: 7200 }, kpi: { oee: 0.1 }, coverage: 0.5 })).toEqual([
      'line:filling between',
    ]);
  });
  it('a burst of scrap, of enough pieces', () => {
    const scrap = rule('scrapAbove', { percent: 5, scope: 'machine:filler' });
    const of = (total: number, reject: number) => levels(scrap, { recent: () => ({ total, reject }) });
    expect([of(100, 6), of(100, 5), of(100, 3), of(19, 19)].flat()).toEqual(
      ['over', 'between', 'under', 'between'].map((level) => `machine:filler ${level}`),
    );
    const asked: number[] = [];
    const recent = (_machine: string, minutes: number): null => {
      asked.push(minutes);
      return null;
    };
    levels({ ...scrap, minutes: 10 }, { recent });
    expect(asked).toEqual([10]);
  });
  it('demand heading over its limit, and not where it costs nothing', () => {
    const peak = rule('demandAboutToExceed', { percent: 97, scope: 'meter:m-main' });
    const of = (predictedKw: number | null, costs = true) =>
      levels(peak, {
        demand: () => ({ name: 'Main', predictedKw, limitKw: 100, endLabel: '10:00', costs, couldWait: ['Oven'] }),
      })[0];
    const [said] = observe(
      peak,
      sight({
        demand: () => ({
          name: 'Main',
          predictedKw: 99,
          limitKw: 100,
          endLabel: '10:00',
          costs: true,
          couldWait: ['Oven'],
        }),
      }),
    );
    expect(said?.detail).toBe('99 kW expected for the window that ends at 10:00; Oven could wait');
    expect([of(97), of(96), of(94), of(null), of(120, false)]).toEqual([
      'meter:m-main over',
      'meter:m-main between',
      'meter:m-main under',
      'meter:m-main between',
      'meter:m-main under',
    ]);
    expect(
      levels(peak, {
        demand: () => ({ name: 'Main', predictedKw: 1, limitKw: null, endLabel: '', costs: true, couldWait: [] }),
      }),
    ).toEqual([]);
  });
  it('a silent source, with whom to ask', () => {
    const source = { id: 'plc', owner: 'Maintenance', state: 'failed', message: 'refused', since: NOW - DAY };
    const silent = rule('sourceSilent', { minutes: 2, scope: 'source:plc' });
    const at = (lastReadingAt: number | null) => observe(silent, sight({ sources: [{ ...source, lastReadingAt }] }))[0];
    expect([at(NOW - 3 * MINUTE)?.level, at(NOW - MINUTE)?.level, at(null)?.level]).toEqual(['over', 'under', 'over']);
    expect(at(null)?.detail).toBe('refused; ask Maintenance');
    expect(levels({ ...silent, scope: 'source:other' }, { sources: [{ ...source, lastReadingAt: null }] })).toEqual([]);
  });
  it('a condition over its alarm, or the value of the rule', () => {
    const of = (value: number | null, given: Partial<AlertConfig> = {}) =>
      levels(rule('conditionAbove', given), { condition: () => value });
    expect([of(8), of(7.9), of(7.5), of(null), of(5, { value: 5 })].flat()).toEqual(
      ['over', 'between', 'under', 'between', 'over'].map((level) => `machine:packer.vibration ${level}`),
    );
  });
  it('certificates that end, ours and theirs', () => {
    const certificates = [
      { about: 'server', name: 'This server', expiresAt: NOW + 10 * DAY },
      { about: 'source:plc', name: 'plc', expiresAt: NOW - DAY },
    ];
    const list = observe(rule('certificateExpires', { days: 30 }), sight({ certificates }));
    expect(list.map((o) => [o.level, o.headline])).toEqual([
      ['over', 'This server: certificate ends in less than 30 days'],
      ['over', 'plc: certificate has expired'],
    ]);
    expect(levels(rule('certificateExpires', { days: 5 }), { certificates })).toEqual([
      'server under',
      'source:plc over',
    ]);
    expect(levels(rule('certificateExpires', { days: 5, scope: 'source:plc' }), { certificates })).toEqual([
      'source:plc over',
    ]);
  });
  it('a wall that went dark, and none that nobody ever opened', () => {
    const dark = rule('wallDark', { minutes: 5 });
    expect(levels(dark, { wallSeenAt: () => NOW - 6 * MINUTE })).toEqual(['wall:filling over']);
    expect(levels(dark, { wallSeenAt: () => NOW - 4 * MINUTE })).toEqual(['wall:filling under']);
    expect(levels(dark)).toEqual([]);
    expect(levels({ ...dark, scope: 'line:filling' })).toEqual(['wall:filling between']);
  });
});
