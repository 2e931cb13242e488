import type { JobSpec, MachineSpec, PlannedHalt, StopMode } from './machine-spec.ts';

/*
 * Machining cells that work on orders of their own. No flow between them: each makes what its order says, and waits for
 * material now and then. Cells differ in what their controls count (total, good and reject, cycles, a bare pulse).
 */

const meal = (startMinute: number): PlannedHalt => ({ cause: 'crewBreak', weekday: null, startMinute, minutes: 30 });
const meals = [meal(3 * 60), meal(11 * 60), meal(19 * 60)];
const sundayNight: PlannedHalt[] = [
  { cause: 'noOrders', weekday: 6, startMinute: 22 * 60, minutes: 120 },
  { cause: 'noOrders', weekday: 0, startMinute: 0, minutes: 360 },
];

function maintenance(weekday: number, startMinute: number): PlannedHalt {
  return { cause: 'maintenance', weekday, startMinute, minutes: 60 };
}

function job(recipe: number, product: string, idealSeconds: number, cavities = 1): JobSpec {
  return { product, recipe, idealSeconds, cavities };
}

/** Codes 1 to 8 mean the same on every cell. */
function cellModes(breakdownHours: number, smallEvery: number): StopMode[] {
  return [
    { cause: 'hold', code: 1, everySeconds: smallEvery, seconds: [12, 48, 160] },
    { cause: 'hold', code: 2, everySeconds: smallEvery * 2.2, seconds: [15, 70, 240] },
    { cause: 'operator', code: 0, everySeconds: 5 * 3600, seconds: [40, 260, 900] },
    { cause: 'hold', code: 3, everySeconds: 3.2 * 3600, seconds: [150, 300, 600] },
    { cause: 'breakdown', code: 4, everySeconds: breakdownHours * 3600, seconds: [300, 1050, 2400] },
    { cause: 'breakdown', code: 5, everySeconds: breakdownHours * 2.3 * 3600, seconds: [300, 1300, 2400] },
    { cause: 'breakdown', code: 6, everySeconds: breakdownHours * 2 * 3600, seconds: [300, 700, 1800] },
    { cause: 'wait', code: 7, everySeconds: 5.5 * 3600, seconds: [60, 420, 1500] },
    { cause: 'wait', code: 8, everySeconds: 7 * 3600, seconds: [60, 300, 1200] },
  ];
}

const base = {
  kind: 'cell',
  pace: 0.94,
  piecesPerCount: 1,
  bufferPieces: null,
  rejectShare: 0.012,
  startup: { counts: 12, rejectShare: 0.3 },
  changeoverMinutes: [18, 42],
  badSensorEveryHours: null,
  nodes: { state: true, stopCode: true, product: 'number', order: true, vibration: false, temperature: false },
} as const;

export const MACHINING: readonly MachineSpec[] = [
  {
    ...base,
    id: 'saw',
    node: 'Machining.Saw',
    jobs: [{ product: null, recipe: 0, idealSeconds: 24, cavities: 1 }],
    orderPieces: null,
    halts: [...meals, maintenance(0, 13 * 60)],
    modes: cellModes(20, 1500),
    rejectShare: 0,
    startup: { counts: 0, rejectShare: 0 },
    power: { runW: 4200, idleW: 650, downW: 300, offW: 60, rampSeconds: 2, swing: 0.5, powerFactor: 0.78 },
    counters: { total: { dataType: 'UInt32' } },
    nodes: { ...base.nodes, state: false, stopCode: false, product: null, order: false },
  },
  {
    ...base,
    id: 'lathe-1',
    node: 'Machining.Lathe1',
    jobs: [job(11, 'SHAFT20', 48), job(12, 'BUSH32', 36)],
    orderPieces: [240, 460],
    halts: [...meals, maintenance(3, 13 * 60)],
    modes: cellModes(13, 1500),
    power: { runW: 11_800, idleW: 2300, downW: 1400, offW: 90, rampSeconds: 3, swing: 0.4, powerFactor: 0.82 },
    counters: { good: { dataType: 'UInt32' }, reject: { dataType: 'UInt32' } },
  },
  {
    ...base,
    id: 'lathe-2',
    node: 'Machining.Lathe2',
    pace: 0.97,
    jobs: [job(21, 'SHAFT25', 55), job(22, 'FLANGE80', 70)],
    orderPieces: [200, 380],
    halts: [maintenance(4, 13 * 60)],
    modes: cellModes(14, 2100),
    power: { runW: 14_600, idleW: 3100, downW: 1700, offW: 90, rampSeconds: 3, swing: 0.4, powerFactor: 0.83 },
    counters: { total: { dataType: 'Int64' }, good: { dataType: 'Int64' } },
  },
  {
    ...base,
    id: 'mill-1',
    node: 'Machining.Mill1',
    jobs: [job(31, 'BRACKET', 95), job(32, 'HOUSING', 140)],
    orderPieces: [110, 190],
    halts: [...meals, maintenance(2, 13 * 60)],
    modes: cellModes(14, 2000),
    rejectShare: 0.015,
    startup: { counts: 5, rejectShare: 0.4 },
    power: { runW: 13_800, idleW: 2800, downW: 1600, offW: 110, rampSeconds: 3, swing: 0.45, powerFactor: 0.83 },
    counters: { total: { dataType: 'UInt32' }, reject: { dataType: 'UInt16', rollover: 65_536 } },
  },
  {
    ...base,
    id: 'mill-2',
    node: 'Machining.Mill2',
    jobs: [job(41, 'PLATE4', 180, 4), job(42, 'CLAMP6', 240, 6)],
    orderPieces: [280, 520],
    halts: [...meals, maintenance(3, 15 * 60), ...sundayNight],
    modes: cellModes(15, 2400),
    rejectShare: 0,
    startup: { counts: 0, rejectShare: 0 },
    power: { runW: 17_500, idleW: 3300, downW: 1900, offW: 120, rampSeconds: 4, swing: 0.45, powerFactor: 0.84 },
    counters: { cycles: { dataType: 'UInt32' } },
  },
  {
    ...base,
    id: 'grinder',
    node: 'Machining.Grinder',
    jobs: [job(51, 'RING60', 28), job(52, 'PIN12', 18)],
    orderPieces: [420, 800],
    halts: [...meals, maintenance(4, 9 * 60)],
    modes: cellModes(15, 1700),
    rejectShare: 0.022,
    power: { runW: 15_200, idleW: 4200, downW: 2600, offW: 150, rampSeconds: 6, swing: 0.3, powerFactor: 0.81 },
    counters: { total: { dataType: 'Double' }, reject: { dataType: 'Double' } },
    nodes: { ...base.nodes, vibration: true, temperature: true },
  },
  {
    ...base,
    id: 'washer',
    node: 'Machining.Washer',
    pace: 0.95,
    jobs: [job(61, 'BASKET', 300)],
    orderPieces: [80, 130],
    changeoverMinutes: [8, 16],
    halts: [...meals, maintenance(0, 15 * 60)],
    modes: cellModes(24, 2700),
    rejectShare: 0,
    startup: { counts: 0, rejectShare: 0 },
    power: { runW: 23_000, idleW: 6200, downW: 3000, offW: 200, rampSeconds: 90, swing: 0.2, powerFactor: 0.98 },
    counters: { total: { dataType: 'UInt32' } },
    badSensorEveryHours: 9,
  },
];
