import type { JobSpec, MachineSpec, PlannedHalt, PowerSpec, StopMode } from './machine-spec.ts';

/*
 * A bottling line in flow order. The filler is the slowest station; the others are faster, so that the conveyors between
 * them recover after a stop. Ideal seconds are per count: bottles, and cases of twelve from the packer on.
 */

const meal = (startMinute: number): PlannedHalt => ({ cause: 'crewBreak', weekday: null, startMinute, minutes: 30 });
const meals = [meal(2 * 60), meal(10 * 60), meal(18 * 60)];
const maintenance: PlannedHalt = { cause: 'maintenance', weekday: 1, startMinute: 8 * 60, minutes: 80 };
const cleaning: PlannedHalt = { cause: 'cleaning', weekday: null, startMinute: 4 * 60 + 20, minutes: 32 };

function jobs(idealSeconds: number): JobSpec[] {
  return ['STILL500', 'SPARK500', 'LEMON500'].map((product, i) => ({
    product,
    recipe: i + 1,
    idealSeconds,
    cavities: 1,
  }));
}

function power(runW: number, idleShare: number, more: Partial<PowerSpec> = {}): PowerSpec {
  const levels = { idleW: runW * idleShare, downW: runW * idleShare * 0.8, offW: runW * 0.03 };
  return { runW, ...levels, rampSeconds: 4, swing: 0, powerFactor: 0.84, ...more };
}

/** Stops that the conveyors should absorb: short ones of the station itself, and now and then a breakdown. */
function stationModes(firstCode: number, smallEvery: number, breakdownHours: number, meanMinutes: number): StopMode[] {
  return [
    { cause: 'hold', code: firstCode, everySeconds: smallEvery, seconds: [8, 34, 110] },
    { cause: 'hold', code: firstCode + 1, everySeconds: smallEvery * 2.6, seconds: [15, 52, 150] },
    {
      cause: 'breakdown',
      code: firstCode + 2,
      everySeconds: breakdownHours * 3600,
      seconds: [240, meanMinutes * 60, 2400],
    },
    { cause: 'operator', code: 0, everySeconds: 9 * 3600, seconds: [20, 130, 420] },
  ];
}

const base = {
  kind: 'packml',
  piecesPerCount: 1,
  orderPieces: null,
  rejectShare: 0,
  startup: { counts: 0, rejectShare: 0 },
  changeoverMinutes: [6, 12],
  halts: [maintenance],
  badSensorEveryHours: null,
  nodes: { state: true, stopCode: true, product: 'name', order: true, vibration: false, temperature: false },
} as const;

export const FILLING: readonly MachineSpec[] = [
  {
    ...base,
    id: 'depalletiser',
    node: 'Filling.Depalletiser',
    pace: 0.96,
    jobs: jobs(0.48),
    bufferPieces: 260,
    halts: [...meals, maintenance],
    modes: [
      ...stationModes(31, 2600, 26, 11),
      { cause: 'wait', code: 103, everySeconds: 11 * 3600, seconds: [60, 300, 900] },
    ],
    power: power(3400, 0.3),
    counters: { total: { dataType: 'UInt32' } },
  },
  {
    ...base,
    id: 'rinser',
    node: 'Filling.Rinser',
    pace: 0.97,
    jobs: jobs(0.5),
    bufferPieces: 140,
    modes: stationModes(0, 5200, 60, 9).map((mode) => ({ ...mode, code: 0 })),
    power: power(3200, 0.2),
    counters: {},
    nodes: { ...base.nodes, state: false, stopCode: false, product: null, order: false },
  },
  {
    ...base,
    id: 'filler',
    node: 'Filling.Filler',
    pace: 0.955,
    jobs: jobs(0.6),
    orderPieces: [17_000, 34_000],
    changeoverMinutes: [15, 27],
    rejectShare: 0.006,
    startup: { counts: 500, rejectShare: 0.09 },
    bufferPieces: 40,
    halts: [...meals, cleaning, maintenance],
    modes: [
      { cause: 'hold', code: 11, everySeconds: 1500, seconds: [9, 30, 110] },
      { cause: 'hold', code: 12, everySeconds: 3300, seconds: [12, 46, 140] },
      { cause: 'operator', code: 0, everySeconds: 4 * 3600, seconds: [25, 150, 480] },
      { cause: 'breakdown', code: 13, everySeconds: 9 * 3600, seconds: [300, 780, 2400] },
      { cause: 'breakdown', code: 14, everySeconds: 22 * 3600, seconds: [360, 1200, 2400] },
      { cause: 'wait', code: 104, everySeconds: 26 * 3600, seconds: [120, 480, 1200] },
    ],
    power: power(11_500, 0.34, { rampSeconds: 8 }),
    counters: { total: { dataType: 'UInt32' }, reject: { dataType: 'UInt32' } },
    nodes: { ...base.nodes, vibration: true, temperature: true },
  },
  {
    ...base,
    id: 'capper',
    node: 'Filling.Capper',
    pace: 0.97,
    jobs: jobs(0.55),
    rejectShare: 0.004,
    bufferPieces: 320,
    modes: stationModes(41, 3000, 24, 11),
    power: power(2300, 0.3),
    counters: { total: { dataType: 'UInt32' }, good: { dataType: 'UInt32' } },
  },
  {
    ...base,
    id: 'labeller',
    node: 'Filling.Labeller',
    pace: 0.97,
    jobs: jobs(0.52),
    rejectShare: 0.005,
    startup: { counts: 200, rejectShare: 0.06 },
    bufferPieces: 360,
    modes: stationModes(51, 1700, 22, 12),
    power: power(4100, 0.28),
    counters: { total: { dataType: 'UInt16', rollover: 65_536 }, reject: { dataType: 'UInt32' } },
  },
  {
    ...base,
    id: 'packer',
    node: 'Filling.Packer',
    pace: 0.96,
    piecesPerCount: 12,
    jobs: jobs(6.2),
    rejectShare: 0.002,
    bufferPieces: 288,
    modes: stationModes(61, 2100, 24, 13),
    power: power(9200, 0.38, { rampSeconds: 40, powerFactor: 0.95 }),
    counters: {
      total: { dataType: 'UInt32', resetsAtOrder: true },
      reject: { dataType: 'UInt32', resetsAtOrder: true },
    },
  },
  {
    ...base,
    id: 'palletiser',
    node: 'Filling.Palletiser',
    pace: 0.96,
    piecesPerCount: 12,
    jobs: jobs(6),
    bufferPieces: null,
    modes: stationModes(71, 2400, 26, 12),
    power: power(6100, 0.22, { swing: 0.35 }),
    counters: { total: { dataType: 'UInt32' } },
  },
];

/** The station whose orders the line follows. */
export const FILLING_CONSTRAINT = 'filler';
