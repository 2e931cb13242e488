import type {
  DemandView,
  EnergyView,
  FiguresView,
  LineView,
  Look,
  MachineView,
  RibbonSegment,
  ScopeView,
  ShiftEnergyView,
  ShiftView,
} from '#shared/contract/socket.ts';
import { wordOf } from '#shared/oee/look.ts';

/* Hand-made views of one invented shift, for pictures of the dashboard without an edge, an api or a historian. */
export const SHIFT_START = Date.parse('2026-11-05T06:00:00Z');
export const NOW = Date.parse('2026-11-05T11:42:08Z');
const MINUTE = 60_000;
const iso = (t: number): string => new Date(t).toISOString();
const at = (minute: number): number => SHIFT_START + minute * MINUTE;
const label = (t: number): string => iso(t).slice(11, 16);

export type Scene =
  | 'down'
  | 'calm'
  | 'two-down'
  | 'three-down'
  | 'stale'
  | 'late'
  | 'no-plan'
  | 'silent-machine'
  | 'impossible'
  | 'empty'
  | 'loading'
  | 'history'
  | 'long-reason'
  | 'unexplained'
  | 'disagree'
  | 'refused'
  | 'hundred';

const SHIFT: ShiftView = {
  id: 'early',
  name: 'Early',
  date: '2026-11-05',
  start: iso(at(0)),
  end: iso(at(480)),
  startLabel: '06:00',
  endLabel: '14:00',
  breaks: [{ start: iso(at(210)), end: iso(at(230)) }],
};

/** [start minute, minutes, look, reason] on top of running; the rest of the shift runs. */
type Event = readonly [number, number, Look, string | null];

interface MachineSpec {
  readonly id: string;
  readonly name: string;
  readonly line: string;
  readonly oee: number;
  readonly events: readonly Event[];
  readonly detail?: string;
  readonly loss?: number;
  readonly power?: number;
}

const NOW_MINUTE = (NOW - SHIFT_START) / MINUTE;

export function ribbonOf(events: readonly Event[], until = NOW_MINUTE): Record<string, RibbonSegment> {
  const ribbon: Record<string, RibbonSegment> = {};
  const all = [...events, [210, 20, 'plan', 'Break'] as Event]
    .filter(([start]) => start < until)
    .sort((a, b) => a[0] - b[0]);
  let cursor = 0;
  for (const [start, length, look, reason] of all) {
    if (start < cursor) continue;
    if (start > cursor) ribbon[iso(at(cursor))] = { end: iso(at(start)), look: 'run', reason: null };
    const end = start + length;
    ribbon[iso(at(start))] = { end: end >= until ? null : iso(at(end)), look, reason };
    cursor = end;
  }
  if (cursor < until) ribbon[iso(at(cursor))] = { end: null, look: 'run', reason: null };
  return ribbon;
}

/** Park-Miller: pictures must not change from run to run. */
export function random(seed: number): () => number {
  let state = (seed * 7919) % 2147483647 || 1;
  for (let i = 0; i < 5; i += 1) state = (state * 48271) % 2147483647;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

export function ticks(seed: number, count: number): Event[] {
  const next = random(seed);
  return Array.from({ length: count }, () => [20 + next() * 310, 0.4 + next() * 0.8, 'minor', 'Minor jam'] as Event);
}

function machineOf(spec: MachineSpec): MachineView {
  const ribbon = ribbonOf(spec.events);
  const [sinceIso, open] = Object.entries(ribbon).at(-1) ?? [null, null];
  const look = open?.look ?? 'unknown';
  const reason = open?.reason ?? null;
  return {
    id: spec.id,
    name: spec.name,
    line: spec.line,
    look,
    word: wordOf(look, 'running'),
    detail: spec.detail ?? reason,
    reason,
    since: sinceIso,
    sinceLabel: sinceIso ? label(Date.parse(sinceIso)) : null,
    occurrence: reason ? spec.events.filter((event) => event[3] === reason).length : 0,
    product: 'OAT1L',
    order: '40817',
    figures: figuresOf(spec.oee, 5560, 6040),
    lossPerHour: spec.loss ?? null,
    ribbon,
    powerKw: spec.power ?? 20.5,
    minorStopsLastHour: spec.events.filter((event) => event[2] === 'minor' && event[0] > NOW_MINUTE - 60).length,
  };
}

export function figuresOf(oee: number, good: number, target: number | null, over = false): FiguresView {
  const planned = 19_326;
  const quality = 0.987;
  const performance = over ? 1.18 : Math.min(0.98, 0.921 + (oee - 0.69) * 0.3);
  const availability = oee / quality / performance;
  const ideal = planned * availability * performance;
  return {
    seconds: {
      all: 20_526,
      plannedProduction: planned,
      run: planned * availability,
      smallStop: 420,
      unplannedStop: planned * (1 - availability) * 0.7,
      plannedStop: planned * (1 - availability) * 0.3,
      unknown: 0,
      scheduleLoss: 0,
      break: 1200,
      offShift: 0,
    },
    counts: { total: good / quality, good, reject: good / quality - good, unscheduledTotal: 0, unscheduledGood: 0 },
    idealSeconds: ideal,
    idealGoodSeconds: ideal * quality,
    kpi: {
      availability,
      performance,
      quality,
      oee,
      utilization: 0.942,
      teep: oee * 0.942,
      ooe: oee * 0.94,
      yield: quality,
    },
    coverage: 1,
    targetOee: 0.75,
    targetCount: target,
    targetAtEnd: target === null ? null : (target * 460) / 322.13,
    projectedCount: target === null ? null : good + (good / 322.13) * 137.87,
  };
}

/** Longer than any wall has room for in one line. */
export const LONG_REASON = 'Cap feed jam behind the second sorting wheel of the left hopper';

function filling(scene: Scene): MachineSpec[] {
  const calm = scene === 'calm';
  const wait = (start: number, detail: string): Event[] => (calm ? [] : [[start, 400, 'idle', detail]]);
  return [
    {
      id: 'depal',
      name: 'Depalletiser',
      line: 'filling',
      oee: 0.74,
      events: [
        [0, 10, 'idle', null],
        [74, 4, 'idle', null],
        [98, 9, 'down', 'Pallet stuck'],
        [126, 5, 'idle', null],
        [174, 14, 'setup', 'Changeover'],
        [188, 6, 'idle', null],
        [283, 6, 'idle', null],
        ...ticks(3, 5),
        ...wait(331, 'Blocked by Capper'),
      ],
    },
    {
      id: 'filler',
      name: 'Filler',
      line: 'filling',
      oee: 0.69,
      events: [
        [0, 13, 'setup', 'Start-up'],
        [72, 6, 'idle', null],
        [98, 9, 'idle', null],
        [125, 6, scene === 'hundred' ? 'idle' : 'down', 'Valve fault'],
        [172, 23, 'setup', 'Changeover'],
        [281, 8, 'idle', null],
        ...ticks(7, 22),
        ...(scene === 'two-down' || scene === 'three-down'
          ? [[318, 400, 'down', 'Valve 14 leaking'] as Event]
          : wait(329, 'Blocked by Capper')),
      ],
    },
    {
      id: 'capper',
      name: 'Capper',
      line: 'filling',
      oee: 0.68,
      loss: 1180,
      events: [
        [0, 13, 'setup', 'Start-up'],
        [72, 6, 'down', 'Cap feed jam'],
        [99, 9, 'idle', null],
        [125, 6, 'idle', null],
        [172, 19, 'setup', 'Changeover'],
        [191, 4, 'idle', null],
        [281, 8, 'down', 'Cap feed jam'],
        ...ticks(11, 8),
        ...(scene === 'unexplained' ? [[341.35, 400, 'down', null] as Event] : []),
        ...(calm || scene === 'unexplained'
          ? []
          : [[329.2, 400, 'down', scene === 'long-reason' ? LONG_REASON : 'Cap feed jam'] as Event]),
      ],
    },
    {
      id: 'labeller',
      name: 'Labeller',
      line: 'filling',
      oee: 0.7,
      events: [
        [0, 15, 'idle', null],
        [73, 7, 'idle', null],
        [101, 8, 'idle', null],
        [127, 4, 'idle', null],
        [175, 19, 'setup', 'Changeover'],
        [194, 4, 'idle', null],
        [283, 7, 'idle', null],
        ...ticks(23, 17),
        ...(scene === 'three-down'
          ? [[335, 400, 'down', null] as Event]
          : scene === 'silent-machine'
            ? [[300, 400, 'unknown', null] as Event]
            : wait(331.5, 'Starved by Capper')),
      ],
    },
    {
      id: 'casepack',
      name: 'Case packer',
      line: 'filling',
      oee: 0.7,
      events: [
        [0, 18, 'idle', null],
        [76, 6, 'idle', null],
        [104, 8, 'idle', null],
        [130, 5, 'idle', null],
        [177, 9, 'setup', 'Changeover'],
        [186, 14, 'idle', null],
        [285, 7, 'idle', null],
        ...ticks(31, 10),
        ...wait(332, 'Starved by Labeller'),
      ],
    },
    {
      id: 'palletiser',
      name: 'Palletiser',
      line: 'filling',
      oee: 0.72,
      events: [
        [0, 24, 'idle', null],
        [80, 5, 'idle', null],
        [109, 5, 'idle', null],
        [142, 12, 'unknown', null],
        [180, 6, 'setup', 'Changeover'],
        [186, 19, 'idle', null],
        [289, 7, 'idle', null],
        ...ticks(37, 4),
        ...wait(335.5, 'Starved by Case packer'),
      ],
    },
  ];
}

/** Good pieces minute by minute: rises where the constraint runs, and ends at `good`. */
function curveOf(capper: MachineView, good: number, until = NOW): Record<string, number> {
  const curve: Record<string, number> = {};
  const minutes: number[] = [];
  for (let t = SHIFT_START; t < until; t += MINUTE) minutes.push(t);
  const runs = minutes.map((t) => {
    const segment = Object.entries(capper.ribbon)
      .filter(([start]) => Date.parse(start) <= t)
      .at(-1)?.[1];
    return segment?.look === 'run' ? 1 : 0;
  });
  const total = runs.reduce<number>((sum, run) => sum + run, 0);
  let count = 0;
  minutes.forEach((t, i) => {
    count += ((runs[i] ?? 0) * good) / total;
    curve[iso(t)] = Math.round(count);
  });
  return curve;
}

function lineOf(
  id: string,
  name: string,
  machines: readonly MachineView[],
  oee: number,
  good: number,
  target: number | null,
  over = false,
): LineView {
  const figures = figuresOf(oee, good, target, over);
  const constraint = machines.find((machine) => machine.id === 'capper') ?? machines[0];
  return {
    id,
    name,
    area: 'packaging',
    product: 'OAT1L',
    productName: id === 'filling' ? 'Oat drink 1 L' : 'Valve body VB-32',
    order: id === 'filling' ? '40817' : '51203',
    constraint: constraint?.id ?? null,
    shift: SHIFT,
    machines: machines.map((machine) => machine.id),
    figures,
    machinesWithData: machines.filter((machine) => machine.look !== 'unknown').length,
    curve: constraint ? curveOf(constraint, good) : {},
    targetCurve:
      target === null
        ? []
        : [
            [iso(at(0)), 0],
            [iso(at(210)), (target * 210) / 322.13],
            [iso(at(230)), (target * 210) / 322.13],
            [iso(at(480)), (target * 460) / 322.13],
          ],
    losses: [
      { reason: 'capfeed', name: 'Cap feed jam', seconds: 27 * 60, count: 3, look: 'down' },
      { reason: 'changeover', name: 'Changeover', seconds: 23 * 60, count: 1, look: 'setup' },
      { reason: 'startup', name: 'Start-up', seconds: 13 * 60, count: 1, look: 'setup' },
      { reason: 'starved', name: 'Starved', seconds: 11 * 60, count: 4, look: 'idle' },
    ],
    powerKw: machines.reduce((sum, machine) => sum + (machine.powerKw ?? 0), 0),
  };
}

const OTHER_LINES: readonly (readonly [string, string, number, number, number, readonly string[]])[] = [
  [
    'machining',
    'Line 2 Machining',
    0.703,
    742,
    812,
    ['MC-01', 'MC-02', 'MC-03', 'MC-04', 'MC-05', 'MC-06', 'MC-07', 'MC-08', 'MC-09'],
  ],
  ['moulding', 'Line 3 Moulding', 0.832, 41_870, 40_900, ['BM-1', 'BM-2', 'BM-3', 'BM-4', 'BM-5', 'BM-6']],
  [
    'packing',
    'Line 4 Packing',
    0.78,
    2716,
    2840,
    ['Cartoner A', 'Cartoner B', 'Checker', 'Shrink A', 'Shrink B', 'Wrapper', 'Palletiser 2'],
  ],
  [
    'assembly',
    'Line 5 Assembly',
    0.716,
    1118,
    1260,
    ['Cell 1', 'Cell 2', 'Cell 3', 'Cell 4', 'Cell 5', 'Cell 6', 'Cell 7'],
  ],
  ['coating', 'Line 6 Coating', 0.804, 1966, 1990, ['Wash', 'Prime', 'Coat', 'Cure oven', 'Inspect']],
];

function otherMachine(line: string, name: string, index: number): MachineSpec {
  const seed = line.length * 131 + index * 977 + name.length;
  const next = random(seed);
  const spec = {
    id: name.toLowerCase().replace(/\W/g, ''),
    name,
    line,
    oee: 0.66 + next() * 0.22,
    power: 8 + next() * 40,
  };
  const past: Event[] = [
    ...ticks(seed, 3 + Math.floor(next() * 5)),
    [60 + next() * 100, 6, 'idle', null],
    [240 + next() * 50, 5 + next() * 4, next() > 0.5 ? 'down' : 'setup', 'Tool change'],
  ];
  const now: Partial<Record<string, { event: Event; detail?: string; loss?: number }>> = {
    'MC-04': { event: [304, 400, 'down', 'Spindle alarm 2041'], loss: 310 },
    'MC-02': { event: [326, 400, 'setup', 'Changeover'], loss: 70 },
    'MC-09': { event: [0, 480, 'plan', null] },
    'Cell 5': { event: [338, 400, 'down', null], loss: 240 },
    'Cell 2': { event: [336, 400, 'setup', 'Changeover'] },
    'BM-3': { event: [341.2, 400, 'minor', 'Preform jam'], loss: 95 },
    'Cure oven': { event: [336, 400, 'unknown', null] },
    Inspect: { event: [340, 400, 'idle', null], detail: 'Starved by Cure oven' },
    'Shrink B': { event: [333, 400, 'idle', null], detail: 'No operator' },
    Wrapper: { event: [335, 400, 'idle', null] },
  };
  const current = now[name];
  const events = current && current.event[1] === 480 ? [current.event] : [...past, ...(current ? [current.event] : [])];
  return {
    ...spec,
    events,
    ...(current?.detail ? { detail: current.detail } : {}),
    ...(current?.loss ? { loss: current.loss } : {}),
  };
}

export function energyOf(scale: number): EnergyView {
  const shifts: Record<string, ShiftEnergyView> = {};
  const names = [
    ['early', 'Early'],
    ['late', 'Late'],
    ['night', 'Night'],
  ] as const;
  const days = ['Wed 28', 'Thu 29', 'Fri 30', 'Sat 31', 'Sun 1', 'Mon 2', 'Tue 3', 'Wed 4', 'Thu 5'];
  const next = random(17);
  for (let back = 21; back >= 0; back -= 1) {
    const start = SHIFT_START - back * 8 * 3_600_000;
    const [id, name] = names[(((21 - back) % 3) + 3) % 3] ?? names[0];
    const running = back === 0;
    const kWh = (running ? 0.72 : 1) * scale * (id === 'night' ? 0.6 : 0.95 + next() * 0.15);
    const share =
      id === 'early'
        ? { night: 0.13, day: 0.87, peak: 0 }
        : id === 'late'
          ? { night: 0, day: 0.61, peak: 0.39 }
          : { night: 0.77, day: 0.23, peak: 0 };
    const cost = kWh * (share.night * 0.142 + share.day * 0.228 + share.peak * 0.346);
    shifts[iso(start)] = {
      id,
      name,
      date: iso(start).slice(0, 10),
      dateLabel: days[Math.floor((21 - back) / 3) + 1] ?? '',
      start: iso(start),
      end: iso(start + 8 * 3_600_000),
      kWh,
      byBand: Object.fromEntries(
        Object.entries(share)
          .filter(([, part]) => part > 0)
          .map(([band, part]) => [
            band,
            { kWh: kWh * part, cost: kWh * part * (band === 'night' ? 0.142 : band === 'day' ? 0.228 : 0.346) },
          ]),
      ),
      byState: {
        run: kWh * 0.68,
        idle: kWh * 0.12,
        setup: kWh * 0.04,
        minor: kWh * 0.02,
        down: kWh * 0.05,
        plan: kWh * 0.01,
        unknown: 0,
        rest: kWh * 0.08,
      },
      byCategory: { run: kWh * 0.7, unplannedStop: kWh * 0.17 },
      cost,
      kWhPerGood: kWh / 40_000,
      coverage: 1,
      provisional: running,
    };
  }
  return { shifts, powerKw: scale / 8, usualKWhSoFar: scale * 0.695 };
}

function demandOf(): DemandView {
  const blocks: Record<string, number> = {};
  [1056, 1110, 1160, 1204, 1226, 1190, 1170, 1058, 1140, 1198, 1232].forEach((kW, i) => {
    blocks[iso(at(i * 30))] = kW;
  });
  return {
    meter: 'm-main',
    windowMinutes: 30,
    start: iso(at(330)),
    end: iso(at(360)),
    endLabel: '12:00',
    kWhSoFar: 230,
    powerKw: 1140,
    predictedKw: 1135,
    limitKw: 1250,
    blocks,
  };
}

/** The view of a scope (`site` or `line:filling`) in a scene; null where the scope does not exist. */
export function viewOf(scope: string, scene: Scene): ScopeView | null {
  const machines: Record<string, MachineView> = {};
  const lines: Record<string, LineView> = {};
  const calm = scene === 'calm';
  const add = (
    id: string,
    name: string,
    specs: readonly MachineSpec[],
    oee: number,
    good: number,
    target: number | null,
  ): void => {
    const made = specs.map(machineOf);
    for (const machine of made) machines[machine.id] = machine;
    lines[id] = lineOf(id, name, made, oee, good, target, scene === 'impossible');
  };
  if (scene !== 'empty') {
    add('filling', 'Line 1 Filling', filling(scene), calm ? 0.727 : 0.691, calm ? 35_134 : 33_373, 36_240);
    if (scope === 'site' || scope.startsWith('machine:')) {
      for (const [id, name, oee, good, target, names] of OTHER_LINES)
        add(
          id,
          name,
          names.map((n, i) => otherMachine(id, n, i)),
          oee,
          good,
          target,
        );
    }
    if (scene === 'hundred' && scope === 'site') {
      for (let line = 7; line < 13; line += 1)
        add(
          `l${line}`,
          `Line ${line}`,
          Array.from({ length: 10 }, (_, i) => otherMachine(`l${line}`, `L${line}-${i + 1}`, i)),
          0.76,
          1200,
          1210,
        );
    }
  }
  if (scene === 'no-plan') {
    for (const machine of Object.values(machines))
      Object.assign(machine, {
        look: 'plan',
        word: 'No plan',
        detail: null,
        reason: null,
        figures: null,
        ribbon: { [iso(at(0))]: { end: null, look: 'plan', reason: null } },
        since: iso(at(0)),
      });
    for (const line of Object.values(lines))
      Object.assign(line, { shift: null, figures: null, curve: {}, targetCurve: [], losses: [] });
  }
  const [kind, id] = scope.split(':');
  if (kind === 'line' && id && !lines[id]) return { ...frame(scene), lines: {}, machines: {} };
  if (kind === 'machine' && id) {
    const machine = machines[id];
    const line = machine && lines[machine.line];
    return {
      ...frame(scene),
      lines: line ? { [line.id]: line } : {},
      machines: machine ? { [id]: machine } : {},
      energy: energyOf(150),
      demand: null,
    };
  }
  return {
    ...frame(scene),
    lines,
    machines,
    energy: energyOf(kind === 'line' ? 1345 : 8100),
    demand: { ...demandOf(), of: kind === 'line' ? 'plant' : 'scope' },
  };
}

function frame(scene: Scene): Pick<ScopeView, 'header' | 'findings'> {
  return {
    header: {
      history: scene === 'history' ? { progress: 0.42, days: 14 } : null,
      siteName: 'Northfield',
      timezone: 'Europe/London',
      locale: 'en-GB',
      currency: 'GBP',
      utcOffsetMinutes: 0,
      nextOffset: null,
      shift: scene === 'no-plan' ? null : SHIFT,
    },
    findings:
      scene === 'disagree'
        ? {
            'countedWhileStopped:mc07': {
              code: 'countedWhileStopped',
              message: 'mc07 counted 61 pieces while it was said to stand still: look at its state signal.',
              at: iso(at(301)),
            },
          }
        : {},
  };
}
