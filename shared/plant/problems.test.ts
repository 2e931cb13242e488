import { describe, expect, test } from 'vitest';
import { type Loose, problemsOf } from './fixture.ts';

/** A value that the typed fixture would not allow. */
const bad = (value: unknown) => value as Loose;
const first = (p: Loose) => p.lines![0]!.machines![0]!;

describe('problems say where and what to do', () => {
  const cases: [name: string, bend: (p: Loose) => void, problem: string][] = [
    [
      'unknown key',
      (p) => {
        first(p).idealCycleSecond = bad(1);
      },
      'lines[0].machines[0].idealCycleSecond: is not a known key; did you mean "idealCycleSeconds"?',
    ],
    [
      'unknown section',
      (p) => {
        p.machine = bad([]);
      },
      'machine: is not a known key',
    ],
    [
      'key of another source',
      (p) => {
        first(p).total!.register = bad(7);
      },
      'lines[0].machines[0].total.register: is not a known key',
    ],
    [
      'missing key',
      (p) => {
        delete first(p).total!.node;
      },
      'lines[0].machines[0].total.node: is missing',
    ],
    [
      'version',
      (p) => {
        p.version = bad(2);
      },
      'version: is 2; this Linewatt reads plant files of "version: 1"',
    ],
    [
      'zone',
      (p) => {
        p.site!.timezone = bad('Europe/Lodnon');
      },
      'site.timezone: is not a time zone of the IANA database: "Europe/Lodnon"; did you mean "Europe/London"?',
    ],
    [
      'zone named by city',
      (p) => {
        p.site!.timezone = bad('Chicago');
      },
      'site.timezone: is not a time zone of the IANA database: "Chicago"; did you mean "America/Chicago"?',
    ],
    [
      'currency',
      (p) => {
        p.site!.currency = bad('gbp');
      },
      'site.currency: is not a currency of ISO 4217: "gbp"; write its three letters, like GBP',
    ],
    [
      'time of day',
      (p) => {
        p.calendars!.day!.shifts![0]!.start = bad('6:00');
      },
      'calendars.day.shifts[0].start: must be a time of day in quotes, "HH:MM" from 00:00 to 23:59, not "6:00"',
    ],
    [
      'weekday',
      (p) => {
        p.calendars!.day!.shifts![0]!.days![0] = bad('monday');
      },
      'calendars.day.shifts[0].days[0]: must be one of mon, tue, wed, thu, fri, sat, sun, not "monday"',
    ],
    [
      'shift ids',
      (p) => {
        p.calendars!.day!.shifts![1] = p.calendars!.day!.shifts![0]!;
      },
      'calendars.day.shifts[1].id: there are two shifts "early" in this calendar',
    ],
    [
      'date that does not exist',
      (p) => {
        p.calendars!.day!.exceptions = bad([{ date: '2026-02-29', closed: true }]);
      },
      'calendars.day.exceptions[0].date: must be a date that exists, written YYYY-MM-DD, not "2026-02-29"',
    ],
    [
      'exception without effect',
      (p) => {
        p.calendars!.day!.exceptions = bad([{ date: '2026-03-01' }]);
      },
      'calendars.day.exceptions[0]: changes nothing',
    ],
    [
      'ideal cycle',
      (p) => {
        first(p).idealCycleSeconds = bad(0);
      },
      'lines[0].machines[0].idealCycleSeconds: must be more than 0, not 0',
    ],
    [
      'target in percent',
      (p) => {
        first(p).targetOee = bad(75);
      },
      'lines[0].machines[0].targetOee: must be a share from 0 to 1 (0.75 is 75 %), not 75',
    ],
    [
      'source',
      (p) => {
        first(p).total!.source = bad('plc2');
      },
      'lines[0].machines[0].total.source: there is no source "plc2"; did you mean "plc1"?',
    ],
    [
      'calendar',
      (p) => {
        p.lines![0]!.calendar = bad('dya');
      },
      'lines[0].calendar: there is no calendar "dya"; did you mean "day"?',
    ],
    [
      'constraint',
      (p) => {
        p.lines![0]!.constraint = bad('capper');
      },
      'lines[0].constraint: "capper" is no machine of this line',
    ],
    [
      'product of a map',
      (p) => {
        first(p).product!.map!['7'] = bad('BTL50');
      },
      'lines[0].machines[0].product.map["7"]: there is no product "BTL50"; did you mean "BTL500"?',
    ],
    [
      'reason of a map',
      (p) => {
        first(p).reason!.map!['17'] = bad('jamm');
      },
      'lines[0].machines[0].reason.map["17"]: there is no reason "jamm"; did you mean "jam"?',
    ],
    [
      'state of a map',
      (p) => {
        first(p).state = bad({ source: 'plc1', node: 'i=1', map: { 1: 'runing' } });
      },
      'lines[0].machines[0].state.map["1"]: must be one of running, idle, down, setup, maintenance, off, unknown, not "runing"; did you mean "running"?',
    ],
    [
      'machine id twice',
      (p) => {
        p.lines![1] = bad({ ...p.lines![0]!, id: 'second' });
      },
      'lines[1].machines[0].id: there is another machine "filler"',
    ],
    [
      'machine id = meter id',
      (p) => {
        p.meters![1]!.id = bad('filler');
      },
      'meters[1].id: is also the id of a machine',
    ],
    [
      'dot in an id',
      (p) => {
        p.meters![1]!.id = bad('m.filler');
      },
      'meters[1].id: must be letters, digits, - and _ only, not "m.filler"',
    ],
    [
      'condition named like a signal',
      (p) => {
        first(p).conditions = bad([{ id: 'total', source: 'plc1', node: 'i=1' }]);
      },
      'lines[0].machines[0].conditions[0].id: must not be the name of another signal',
    ],
    [
      'good alone',
      (p) => {
        delete first(p).total;
        first(p).good = first(p).reject!;
        delete first(p).reject;
      },
      'lines[0].machines[0].good: good cannot be read alone; add total or reject',
    ],
    [
      'three counters',
      (p) => {
        first(p).good = first(p).reject!;
      },
      'lines[0].machines[0].total: total and good and reject cannot be read together; one of them follows',
    ],
    [
      'a total beside cycles',
      (p) => {
        first(p).cycles = first(p).reject!;
        delete first(p).reject;
      },
      'lines[0].machines[0].total: total and cycles cannot be read together; the total follows from cycles and cavities',
    ],
    [
      'nothing known',
      (p) => {
        p.lines![0]!.machines![1] = bad({ id: 'blind' });
      },
      'lines[0].machines[1]: has no state, no counter and no meter that feeds it',
    ],
    [
      'state from counts without',
      (p) => {
        p.lines![0]!.machines![1] = bad({ id: 'blind', state: { from: 'counts', stoppedAfterSeconds: 9 } });
      },
      'lines[0].machines[1].state: comes from counts, but the machine has no counter',
    ],
    [
      'state from power without',
      (p) => {
        first(p).state = bad({ from: 'power', meter: 'm-main', runningAboveWatts: 9, idleAboveWatts: 1 });
      },
      'lines[0].machines[0].state.meter: meter "m-main" has no powerW',
    ],
    [
      'power thresholds',
      (p) => {
        first(p).state = bad({ from: 'power', meter: 'm-main', runningAboveWatts: 9, idleAboveWatts: 10 });
      },
      'lines[0].machines[0].state.idleAboveWatts: must not be above runningAboveWatts',
    ],
    [
      'unknown from',
      (p) => {
        first(p).state = bad({ from: 'magic' });
      },
      'lines[0].machines[0].state.from: must be one of signal, power, counts, not "magic"',
    ],
    [
      'parent',
      (p) => {
        p.meters![1]!.parent = bad('m-mian');
      },
      'meters[1].parent: there is no meter "m-mian"; did you mean "m-main"?',
    ],
    [
      'meter ring',
      (p) => {
        p.meters![0]!.parent = bad('m-filler');
      },
      'meters[0].parent: is below itself in the meter tree: m-main -> m-filler -> m-main',
    ],
    [
      'sum of an unknown meter',
      (p) => {
        p.meters![2] = bad({ id: 'rest', sum: ['m-main', '-m-x'] });
      },
      'meters[2].sum[1]: there is no meter "m-x"',
    ],
    [
      'sum of itself',
      (p) => {
        p.meters![2] = bad({ id: 'rest', sum: ['m-main', '-rest'] });
      },
      'meters[2].sum: adds the meter to itself',
    ],
    [
      'shares',
      (p) => {
        p.meters![1]!.feeds = bad([{ machine: 'filler', share: 0.6 }]);
      },
      'meters[1].feeds: shares must add up to 1, not 0.6',
    ],
    [
      'fed machine',
      (p) => {
        p.meters![1]!.feeds = bad('filer');
      },
      'meters[1].feeds: there is no machine "filer"; did you mean "filler"?',
    ],
    [
      'tariff meter',
      (p) => {
        p.tariffs![0]!.meter = bad('main');
      },
      'tariffs[0].meter: there is no meter "main"; did you mean "m-main"?',
    ],
    [
      'tariff without energy',
      (p) => {
        delete p.tariffs![0]!.bands;
      },
      'tariffs[0]: needs bands or prices',
    ],
    [
      'carbon overlap',
      (p) => {
        p.carbon = bad([
          { from: '2026-01-01T00:00Z', to: '2026-01-01T01:00Z', gramsPerKwh: 1 },
          { from: '2026-01-01T00:30Z', to: '2026-01-01T02:00Z', gramsPerKwh: 2 },
        ]);
      },
      'carbon[1]: overlaps another interval',
    ],
    [
      'alert limit',
      (p) => {
        p.alerts = bad([{ id: 'a', when: 'stopLongerThan' }]);
      },
      'alerts[0].minutes: is missing: stopLongerThan needs it',
    ],
    [
      'alert channel',
      (p) => {
        p.alerts = bad([{ id: 'a', when: 'conditionAbove', notify: ['night'] }]);
      },
      'alerts[0].notify[0]: there is no channel "night"',
    ],
    [
      'scope',
      (p) => {
        p.alerts = bad([{ id: 'a', when: 'conditionAbove', scope: 'machine:filer' }]);
      },
      'alerts[0].scope: there is no machine "filer"; did you mean "filler"?',
    ],
    [
      'line of two edges',
      (p) => {
        p.edges = bad({ a: { lines: ['filling'] }, b: { lines: ['filling'] } });
      },
      'edges.b.lines[0]: line "filling" belongs to edge "a" already',
    ],
    [
      'source type',
      (p) => {
        p.sources!.plc1!.type = bad('opc');
      },
      'sources.plc1.type: must say what it speaks: opcua, modbus, mqtt; did you mean "opcua"?',
    ],
    [
      'endpoint',
      (p) => {
        p.sources!.plc1!.endpoint = bad('10.0.0.5');
      },
      'sources.plc1.endpoint: must be an address like opc.tcp://10.0.0.5:4840',
    ],
    [
      'Modbus without register',
      (p) => {
        delete p.meters![1]!.importWh!.register;
      },
      'meters[1].importWh: needs a register (or a profile and a measure)',
    ],
    [
      'number as text',
      (p) => {
        p.meters![1]!.importWh!.maxKw = bad('60');
      },
      'meters[1].importWh.maxKw: must be a number, not "60"',
    ],
    [
      'empty value',
      (p) => {
        first(p).total!.modulus = bad(null);
      },
      'lines[0].machines[0].total.modulus: is empty; give a value or take the key out',
    ],
    [
      'version twice',
      (p) => {
        first(p).smallStopSeconds = bad([
          { validFrom: '2026-01-01', value: 1 },
          { validFrom: '2026-01-01', value: 2 },
        ]);
      },
      'lines[0].machines[0].smallStopSeconds[1].validFrom: is the same as that of another version',
    ],
    [
      'a mapping where a list is due',
      (p) => {
        p.meters = bad({});
      },
      'meters: must be a list',
    ],
  ];
  test.each(cases)('%s', (_, bend, problem) => {
    const found = problemsOf(bend);
    expect(found).toEqual(expect.arrayContaining([expect.stringContaining(problem)]));
    // One mistake is told once, and not again by whatever refers to it.
    expect(found.length).toBeLessThanOrEqual(2);
  });
});
