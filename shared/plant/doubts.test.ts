import { expect, test } from 'vitest';
import { doubtsWhen, type Loose } from './fixture.ts';

const bad = (value: unknown) => value as Loose;
const first = (p: Loose) => p.lines![0]!.machines![0]!;
const shift = (id: string, start: string, end: string, breaks: unknown[] = []) => ({
  id,
  days: ['mon', 'tue'],
  start,
  end,
  breaks,
});

test.each<[name: string, bend: (p: Loose) => void, doubt: string]>([
  [
    'an owner',
    (p) => {
      delete p.sources!.plc1!.owner;
    },
    'sourceWithoutOwner: source "plc1" has no owner',
  ],
  [
    'an unused source',
    (p) => {
      p.sources!.uns = bad({ type: 'mqtt', url: 'mqtts://b', owner: 'x' });
    },
    'sourceUnused: source "uns"',
  ],
  [
    'no security',
    (p) => {
      delete p.sources!.plc1!.securityMode;
    },
    'securityNone: source "plc1" is read with SecurityMode None',
  ],
  [
    'old security',
    (p) => {
      p.sources!.plc1!.securityPolicy = bad('Basic256');
    },
    'securityOutdated: source "plc1" uses Basic256',
  ],
  [
    'a copied line',
    (p) => {
      first(p).reject!.node = bad('ns=2;s=Total');
    },
    'sameAddress: filler.reject reads the same address as filler.total',
  ],
  [
    'overlap',
    (p) => {
      p.calendars!.day!.shifts = bad([shift('a', '06:00', '14:10'), shift('b', '14:00', '22:00')]);
    },
    'shiftsOverlap: shifts "a" and "b" overlap by 10 min',
  ],
  [
    'gap',
    (p) => {
      p.calendars!.day!.shifts = bad([shift('a', '06:00', '13:45'), shift('b', '14:00', '22:00')]);
    },
    'shiftsGap: between shifts "a" and "b" are 15 min',
  ],
  [
    'gap over midnight',
    (p) => {
      p.calendars!.day!.shifts = bad([shift('a', '14:00', '23:50'), shift('b', '00:00', '06:00')]);
    },
    'shiftsGap: between shifts "a" and "b" are 10 min',
  ],
  [
    'a break that never happens',
    (p) => {
      p.calendars!.day!.shifts = bad([shift('a', '06:00', '14:00', [{ start: '15:00', minutes: 10 }])]);
    },
    'breakOutsideShift: the break at 15:00 lies outside shift "a"',
  ],
  [
    'a break over the end',
    (p) => {
      p.calendars!.day!.shifts = bad([shift('a', '22:00', '06:00', [{ start: '05:50', minutes: 20 }])]);
    },
    'breakOutsideShift: the break at 05:50 reaches beyond the end',
  ],
  [
    'a version in the middle of a day',
    (p) => {
      p.calendars!.day = bad([
        { validFrom: '2026-01-01', value: p.calendars!.day },
        { validFrom: '2026-06-01T12:00:00Z', value: p.calendars!.day },
      ]);
    },
    'calendarVersionMidDay: a version of calendar "day"',
  ],
  [
    'an unused calendar',
    (p) => {
      p.calendars!.night = bad({ shifts: [] });
    },
    'calendarUnused: no line uses calendar "night"',
  ],
  [
    'an empty line',
    (p) => {
      p.lines![1] = bad({ id: 'empty', calendar: 'day', machines: [] });
    },
    'lineWithoutMachines: line "empty"',
  ],
  [
    'the constraint',
    (p) => {
      p.lines![0]!.machines![1] = bad({
        ...first(p),
        id: 'packer',
        idealCycleSeconds: 12,
        piecesPerCount: 12,
        total: { source: 'plc1', node: 'i=1', maxPerSecond: 1 },
        reject: undefined,
        product: undefined,
        reason: undefined,
        state: undefined,
      });
    },
    'constraintNotSlowest: the constraint is "filler", but "packer" has the longer ideal cycle (1 s against 0.6 s a piece)',
  ],
  [
    'no ideal cycle',
    (p) => {
      delete first(p).idealCycleSeconds;
      delete p.products![0]!.idealCycleSeconds;
    },
    'idealCycleMissing: "filler"',
  ],
  [
    'no state',
    (p) => {
      delete first(p).state;
    },
    'stateMissing: "filler" counts but has no state',
  ],
  [
    'a cap',
    (p) => {
      first(p).performanceCap = bad(1);
    },
    'performanceCap: "filler" caps its performance at 100 %',
  ],
  [
    'no limit of a counter',
    (p) => {
      delete first(p).total!.maxPerSecond;
    },
    'counterWithoutLimit: without maxPerSecond any jump forward is counted as pieces: filler.total',
  ],
  [
    'no limit of a meter',
    (p) => {
      delete p.meters![0]!.importWh!.maxKw;
    },
    'meterWithoutMaxKw: meter "m-main"',
  ],
  [
    'bands that leave gaps',
    (p) => {
      p.tariffs![0]!.bands = bad([
        { name: 'day', rate: 1, from: '06:00', to: '22:00' },
        { name: 'night', rate: 1, from: '22:00', to: '06:00', months: [1, 2, 3] },
      ]);
    },
    'tariffLeavesGaps: tariff "grid" has no band for mon 00:00 in April',
  ],
  [
    'a band that never applies',
    (p) => {
      p.tariffs![0]!.bands![1] = bad({ name: 'red', rate: 1, from: '16:00', to: '19:00' });
    },
    'bandNeverApplies: band "red" never applies',
  ],
  [
    'a tariff without meter',
    (p) => {
      delete p.tariffs![0]!.meter;
    },
    'tariffWithoutMeter: tariff "grid"',
  ],
  [
    'a meter without tariff',
    (p) => {
      p.meters![2] = bad({ id: 'm-2', powerW: { source: 'meters', register: 1 } });
    },
    'meterWithoutTariff: no tariff prices meter "m-2"',
  ],
  [
    'what no edge reads',
    (p) => {
      p.edges = bad({ a: { lines: ['filling'], meters: ['m-filler'] } });
    },
    'withoutEdge: meter "m-main" is on no edge',
  ],
  [
    'a meter of another edge',
    (p) => {
      p.edges = bad({ a: { lines: ['filling'], meters: ['m-main'] }, b: { meters: ['m-filler'] } });
    },
    'fedFromOtherEdge: meter "m-filler" is on edge "b", but "filler"',
  ],
])('doubts %s', (_, bend, doubt) => {
  expect(doubtsWhen(bend)).toEqual(expect.arrayContaining([expect.stringContaining(doubt)]));
});

test('does not doubt what is usual', () => {
  expect(
    doubtsWhen((p) => {
      p.calendars!.day!.shifts = bad([
        shift('early', '06:00', '14:00'),
        shift('late', '14:00', '22:00'),
        shift('night', '22:00', '06:00'),
      ]);
      // A profile reads the measure that the signal is named after.
      p.meters![0] = bad({
        id: 'm-main',
        importWh: { source: 'meters', profile: 'sdm630', maxKw: 9 },
        powerW: { source: 'meters', profile: 'sdm630' },
      });
      p.tariffs![0]!.bands = bad([
        { name: 'day', rate: 1, from: '06:00', to: '22:00' },
        { name: 'night', rate: 1, from: '22:00', to: '06:00' },
      ]);
    }),
  ).toEqual([]);
});
