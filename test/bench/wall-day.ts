import type { LineView, Look, MachineView, RibbonSegment, ScopeView, ShiftView } from '#shared/contract/socket.ts';
import { wordOf } from '#shared/oee/look.ts';
import { random, viewOf } from '../e2e/fixture-views.ts';

/* A day of forty machines on six lines, a second at a time, as the api would show it; the same day every time. */

const HOUR = 3_600_000;
const MACHINES = 40;
const START = Date.parse('2026-11-05T06:00:00Z');
const SHIFTS = [
  ['early', 'Early'],
  ['late', 'Late'],
  ['night', 'Night'],
] as const;
/** How long a machine stays as it is, seconds on average, and what comes next. */
const NEXT: readonly (readonly [Look, number])[] = [
  ['run', 400],
  ['minor', 40],
  ['run', 900],
  ['idle', 90],
  ['run', 700],
  ['down', 300],
];

export interface WallDay {
  readonly now: number;
  view(scope: string): ScopeView;
  /** A second passes. */
  step(): void;
}

export function createWallDay(): WallDay {
  const next = random(11);
  const iso = (t: number): string => new Date(t).toISOString();
  const label = (t: number): string => iso(t).slice(11, 16);
  const seed = viewOf('site', 'calm');
  if (!seed?.energy || !seed.demand) throw new Error('the fixture has no site');
  let now = START;
  let shift = shiftAt(START);
  let view: ScopeView = { ...seed, ...reset(seed) };
  const turns = new Map<string, { at: number; step: number }>();

  function shiftAt(t: number): ShiftView {
    const n = Math.floor((t - START) / (8 * HOUR));
    const [id, name] = SHIFTS[n % 3] ?? SHIFTS[0];
    const [start, end] = [START + n * 8 * HOUR, START + (n + 1) * 8 * HOUR];
    const breaks = [{ start: iso(start + 3.5 * HOUR), end: iso(start + 3.5 * HOUR + 1_200_000) }];
    const labels = { startLabel: label(start), endLabel: label(end) };
    return { id, name, date: iso(start).slice(0, 10), start: iso(start), end: iso(end), ...labels, breaks };
  }

  /** Everything of a shift begins anew. */
  function reset(from: ScopeView): Pick<ScopeView, 'header' | 'machines' | 'lines'> {
    const ribbon: Record<string, RibbonSegment> = { [iso(now)]: { end: null, look: 'run', reason: null } };
    const running = {
      look: 'run',
      word: wordOf('run', 'running'),
      detail: null,
      reason: null,
      since: iso(now),
      sinceLabel: label(now),
    };
    const kept = Object.entries(from.machines).slice(0, MACHINES);
    const machines = Object.fromEntries(kept.map(([id, m]) => [id, { ...m, ...running, ribbon } as MachineView]));
    const lines = Object.entries(from.lines).map(([id, line]): [string, LineView] => [
      id,
      { ...line, shift, curve: {}, machines: line.machines.filter((machine) => machine in machines) },
    ]);
    return { header: { ...from.header, shift }, machines, lines: Object.fromEntries(lines) };
  }

  function machineNext(machine: MachineView): MachineView {
    const { figures } = machine;
    const turn = turns.get(machine.id) ?? { at: now + 1000 * next() * 600, step: 0 };
    turns.set(machine.id, turn);
    const works = machine.look === 'run';
    const moved: MachineView = {
      ...machine,
      powerKw: (works ? 18 : 6) + Math.round(next() * 4000) / 1000,
      figures: figures && {
        ...figures,
        seconds: { ...figures.seconds, all: figures.seconds.all + 1, run: figures.seconds.run + (works ? 1 : 0) },
        counts: { ...figures.counts, total: figures.counts.total + 1, good: figures.counts.good + (works ? 1 : 0) },
        kpi: { ...figures.kpi, oee: 0.7 + Math.round(next() * 50_000) / 1e6 },
      },
    };
    if (now < turn.at) return moved;
    turn.step += 1;
    const [look, seconds] = NEXT[turn.step % NEXT.length] ?? ['run', 600];
    turn.at = now + 1000 * seconds * (0.5 + next());
    const reason = look === 'down' || look === 'minor' ? 'Cap feed jam' : null;
    const [openedAt, open] = Object.entries(machine.ribbon).at(-1) ?? [];
    const closed = openedAt && open ? { [openedAt]: { ...open, end: iso(now) } } : {};
    const ribbon = { ...machine.ribbon, ...closed, [iso(now)]: { end: null, look, reason } };
    const state = {
      look,
      word: wordOf(look, 'running'),
      detail: reason,
      reason,
      since: iso(now),
      sinceLabel: label(now),
    };
    return { ...moved, ...state, occurrence: reason ? turn.step : 0, ribbon };
  }

  function lineNext(line: LineView): LineView {
    if (!line.figures) return line;
    const good = Math.round((now - Date.parse(shift.start)) / 400);
    const minute = iso(Math.floor(now / 60_000) * 60_000);
    const figures = { ...line.figures, counts: { ...line.figures.counts, good, total: good + 9 } };
    const target = { targetCount: good * 1.04, projectedCount: good + 10_000 + Math.round(next() * 100) };
    const curve = { ...line.curve, [minute]: good };
    return { ...line, figures: { ...figures, ...target }, curve, powerKw: 120 + Math.round(next() * 9000) / 1000 };
  }

  function step(): void {
    now += 1000;
    if (now >= Date.parse(shift.end)) {
      shift = shiftAt(now);
      turns.clear();
      view = { ...view, ...reset(view) };
    }
    const { energy, demand } = view;
    if (!energy || !demand) return;
    const [last, shifts] = [Object.keys(energy.shifts).at(-1) ?? '', energy.shifts];
    const running = shifts[last];
    const window = Math.floor(now / 1_800_000) * 1_800_000;
    const kW = 1100 + Math.round(next() * 90);
    const blocks = { ...demand.blocks, [iso(window - 1_800_000)]: demand.predictedKw };
    const inShift = Object.fromEntries(Object.entries(blocks).filter(([start]) => start >= shift.start));
    view = {
      ...view,
      machines: Object.fromEntries(Object.entries(view.machines).map(([id, m]) => [id, machineNext(m)])),
      lines: Object.fromEntries(Object.entries(view.lines).map(([id, line]) => [id, lineNext(line)])),
      energy: running
        ? { ...energy, powerKw: kW, shifts: { ...shifts, [last]: { ...running, kWh: (running.kWh ?? 0) + kW / 3600 } } }
        : energy,
      demand: {
        ...demand,
        start: iso(window),
        end: iso(window + 1_800_000),
        endLabel: label(window + 1_800_000),
        kWhSoFar: ((now - window) / HOUR) * kW,
        powerKw: kW,
        predictedKw: kW + 5,
        blocks: inShift,
      },
    };
  }

  return {
    get now() {
      return now;
    },
    step,
    view(scope) {
      const id = scope.split(':')[1];
      const line = id === undefined ? undefined : view.lines[id];
      if (!line) return view;
      const machines = Object.fromEntries(Object.entries(view.machines).filter(([, m]) => m.line === line.id));
      return { ...view, lines: { [line.id]: line }, machines };
    },
  };
}
