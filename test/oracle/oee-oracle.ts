/*
 * A model of the judgement that is slow, plain and shares no code with the product: it goes second by second over a whole
 * day, asks Intl what the wall clock shows, and adds up. What it is about: RULES sections 1, 4, 5.
 */

export interface OracleShift {
  readonly id: string;
  readonly start: string;
  readonly end: string;
  readonly breaks: readonly { readonly start: string; readonly minutes: number }[];
}

export interface OracleEvent<T> {
  /** Epoch seconds from which it holds (counts: at which it lands). */
  readonly t: number;
  readonly value: T;
}

export type OracleState = 'running' | 'idle' | 'down' | 'setup' | 'maintenance' | 'off' | 'unknown';
type Planned = 'unplannedStop' | 'plannedStop' | 'notScheduled';

export interface OracleMachine {
  /** By time; before the first: unknown, and part of no stretch. */
  readonly states: readonly OracleEvent<{ readonly state: OracleState; readonly reason: string | null }>[];
  readonly products: readonly OracleEvent<string>[];
  readonly counts: readonly OracleEvent<{ readonly good: number; readonly reject: number }>[];
  /** In the order in which they were recorded. */
  readonly entries: readonly OracleEntry[];
  readonly smallStopSeconds: number;
  readonly runThrough: boolean;
  readonly piecesPerCount: number;
  readonly idealCycleSeconds: number;
}

export type OracleEntry =
  | { readonly type: 'whole'; readonly at: number; readonly reason: string }
  | { readonly type: 'slice'; readonly from: number; readonly to: number; readonly reason: string }
  | { readonly type: 'scrap'; readonly at: number; readonly count: number }
  | { readonly type: 'product'; readonly at: number; readonly product: string };

export interface OracleWorld {
  readonly zone: string;
  readonly shifts: readonly OracleShift[];
  readonly reasons: Readonly<Record<string, Planned>>;
  /** Seconds per cycle and cavities. */
  readonly products: Readonly<Record<string, { readonly cycle: number; readonly cavities: number }>>;
  /** All seconds that are looked at: [start, end), epoch seconds. States hold until `end`. */
  readonly start: number;
  readonly end: number;
}

export interface OracleSums {
  seconds: Record<string, number>;
  total: number;
  good: number;
  reject: number;
  unscheduledTotal: number;
  unscheduledGood: number;
  ideal: number;
  idealGood: number;
}

/** What a second can be; the place in the list is its number in a day's column. */
const CATEGORIES = [
  'unknown',
  'run',
  'smallStop',
  'unplannedStop',
  'plannedStop',
  'scheduleLoss',
  'break',
  'offShift',
] as const;
const UNKNOWN = 0;
const RUN = 1;
const SMALL_STOP = 2;
const UNPLANNED_STOP = 3;
const PLANNED_STOP = 4;
const SCHEDULE_LOSS = 5;
const IN_BREAK = 6;
const OFF_SHIFT = 7;
const STATES: readonly OracleState[] = ['unknown', 'running', 'idle', 'down', 'setup', 'maintenance', 'off'];

/** What a machine was in every second of the world, after all layers. One number a second, so that thousands of days are cheap. */
export interface OracleDay {
  /** Places in CATEGORIES. */
  readonly category: Uint8Array;
  /** Landed in each second (the second before the count's instant). */
  readonly good: Float64Array;
  readonly reject: Float64Array;
  /** Ideal seconds of one piece made in that second. */
  readonly ideal: Float64Array;
}

const OPEN = 0;
const BREAK = 1;
const SHIFT = 2;

export function dayOf(world: OracleWorld, machine: OracleMachine): OracleDay {
  const size = world.end - world.start;
  const codes = [null, ...Object.keys(world.reasons)];
  const codeOf = (code: string | null) => Math.max(0, codes.indexOf(code));
  const state = new Uint8Array(size);
  const reason = new Uint8Array(size);
  const known = new Uint8Array(size);
  machine.states.forEach((event, i) => {
    const from = Math.max(event.t, world.start) - world.start;
    const until = Math.min(machine.states[i + 1]?.t ?? world.end, world.end) - world.start;
    if (until <= from) return;
    state.fill(STATES.indexOf(event.value.state), from, until);
    reason.fill(event.value.state === 'running' ? 0 : codeOf(event.value.reason), from, until);
    known.fill(1, from, until);
  });

  const running = STATES.indexOf('running');
  const unknown = STATES.indexOf('unknown');
  const byState = STATES.map((s) => (s === 'setup' || s === 'maintenance' ? PLANNED_STOP : UNPLANNED_STOP));
  const byReason = codes.map((code) => {
    const why = code === null ? undefined : world.reasons[code];
    if (why === 'notScheduled') return SCHEDULE_LOSS;
    return why === 'plannedStop' ? PLANNED_STOP : UNPLANNED_STOP;
  });

  // Every stretch: label it, name each second's category, and see whether it is small.
  const category = new Uint8Array(size);
  for (let i = 0; i < size; ) {
    if (state[i] === running) {
      category[i++] = RUN;
      continue;
    }
    let end = i;
    while (end < size && state[end] !== running && known[end] === known[i]) end++;
    for (const e of machine.entries) {
      if (e.type === 'whole' && !(e.at >= i + world.start && e.at < end + world.start)) continue;
      if (e.type !== 'whole' && e.type !== 'slice') continue;
      for (let s = i; s < end; s++) {
        if (state[s] === unknown) continue;
        const t = s + world.start;
        if (e.type === 'whole' || (t >= e.from && t < e.to)) reason[s] = codeOf(e.reason);
      }
    }
    let allUnplanned = true;
    for (let s = i; s < end; s++) {
      const why = reason[s] as number;
      const now = (why > 0 ? byReason[why] : byState[state[s] as number]) as number;
      category[s] = state[s] === unknown ? UNKNOWN : now;
      if (category[s] !== UNPLANNED_STOP) allUnplanned = false;
    }
    if (allUnplanned && end - i < machine.smallStopSeconds) category.fill(SMALL_STOP, i, end);
    i = end;
  }

  const clock = scheduleOf(world);
  for (let s = 0; s < size; s++) {
    if (clock[s] === OPEN) category[s] = OFF_SHIFT;
    else if (clock[s] === BREAK && !(category[s] === RUN && machine.runThrough)) category[s] = IN_BREAK;
  }

  const good = new Float64Array(size);
  const reject = new Float64Array(size);
  for (const { t, value } of machine.counts) {
    const s = t - 1 - world.start;
    if (s < 0 || s >= size) continue;
    good[s] = (good[s] ?? 0) + value.good;
    reject[s] = (reject[s] ?? 0) + value.reject;
  }
  for (const e of machine.entries) {
    const s = e.type === 'scrap' ? e.at - 1 - world.start : -1;
    if (e.type !== 'scrap' || s < 0 || s >= size) continue;
    good[s] = (good[s] ?? 0) - e.count;
    reject[s] = (reject[s] ?? 0) + e.count;
  }
  return { category, good, reject, ideal: idealsOf(world, machine) };
}

/** The product of every second: what the PLC said last, or an entry since. */
function idealsOf(world: OracleWorld, machine: OracleMachine): Float64Array {
  const ideal = new Float64Array(world.end - world.start);
  const changes = machine.entries.filter((e) => e.type === 'product');
  const eventful = [world.start, ...machine.products.map((e) => e.t), ...changes.map((e) => e.at)]
    .filter((t) => t >= world.start && t < world.end)
    .sort((a, b) => a - b);
  let now = '';
  let plc = '';
  for (const [i, t] of eventful.entries()) {
    for (const e of machine.products) {
      if (e.t !== t) continue;
      if (e.value !== plc) now = e.value;
      plc = e.value;
    }
    for (const e of changes) if (e.at === t) now = e.product;
    const product = world.products[now];
    const each = product ? product.cycle / product.cavities : machine.idealCycleSeconds;
    ideal.fill(each, t - world.start, (eventful[i + 1] ?? world.end) - world.start);
  }
  return ideal;
}

/** Machine sums over [from, to), epoch seconds. */
export function sumDay(world: OracleWorld, day: OracleDay, from: number, to: number): OracleSums {
  return add(world, { ...day, from, to });
}

/** A line: the constraint places every second; good of the last machine, rejects of all, in pieces. */
export function sumLine(
  world: OracleWorld,
  machines: readonly OracleMachine[],
  constraint: number,
  from: number,
  to: number,
  days: readonly OracleDay[] = machines.map((m) => dayOf(world, m)),
): OracleSums {
  const placing = days[constraint];
  if (!placing) throw new Error('no constraint');
  const size = world.end - world.start;
  const pieces = (m: number) => machines[m]?.piecesPerCount ?? 1;
  const good = new Float64Array(size);
  const reject = new Float64Array(size);
  const last = days.length - 1;
  days.forEach((day, m) => {
    for (let s = 0; s < size; s++) {
      reject[s] = (reject[s] ?? 0) + (day.reject[s] ?? 0) * pieces(m);
      if (m === last) good[s] = (day.good[s] ?? 0) * pieces(m);
    }
  });
  const ideal = placing.ideal.map((each) => each / pieces(constraint));
  return add(world, { category: placing.category, good, reject, ideal, from, to });
}

function add(world: OracleWorld, day: OracleDay & { readonly from: number; readonly to: number }): OracleSums {
  const sums: OracleSums = {
    seconds: {},
    total: 0,
    good: 0,
    reject: 0,
    unscheduledTotal: 0,
    unscheduledGood: 0,
    ideal: 0,
    idealGood: 0,
  };
  const seconds = new Float64Array(CATEGORIES.length);
  for (let s = day.from - world.start; s < day.to - world.start; s++) {
    const now = day.category[s] ?? UNKNOWN;
    seconds[now] = (seconds[now] ?? 0) + 1;
    const good = day.good[s] ?? 0;
    const reject = day.reject[s] ?? 0;
    const ideal = day.ideal[s] ?? 0;
    if (good === 0 && reject === 0) continue;
    if (now === OFF_SHIFT || now === IN_BREAK || now === SCHEDULE_LOSS) {
      sums.unscheduledTotal += good + reject;
      sums.unscheduledGood += good;
      continue;
    }
    sums.total += good + reject;
    sums.good += good;
    sums.reject += reject;
    sums.ideal += (good + reject) * ideal;
    sums.idealGood += good * ideal;
  }
  CATEGORIES.forEach((name, c) => {
    sums.seconds[name] = seconds[c] ?? 0;
  });
  return sums;
}

interface WallClock {
  /** 'YYYY-MM-DDTHH:MM' of each whole minute. */
  readonly minutes: readonly string[];
  readonly dates: readonly string[];
  /** Answers of `reach`: the same walls are asked for on every random day of one date. */
  readonly reached: Map<string, number>;
}
const clocks = new Map<string, WallClock>();

/** Of each whole minute of [start, end), epoch seconds. */
function wallClock(zone: string, start: number, end: number): WallClock {
  const key = `${zone} ${start} ${end}`;
  let found = clocks.get(key);
  if (!found) {
    const format = new Intl.DateTimeFormat('sv-SE', {
      timeZone: zone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
    const list: string[] = [];
    for (let t = start; t < end; t += 60) list.push(format.format(t * 1000).replace(' ', 'T'));
    found = { minutes: list, dates: [...new Set(list.map((c) => c.slice(0, 10)))], reached: new Map() };
    clocks.set(key, found);
  }
  return found;
}

const schedules = new WeakMap<OracleWorld, Uint8Array>();

/** OPEN (off shift), BREAK or SHIFT for each second. */
function scheduleOf(world: OracleWorld): Uint8Array {
  const found = schedules.get(world) ?? drawSchedule(world);
  schedules.set(world, found);
  return found;
}

function drawSchedule(world: OracleWorld): Uint8Array {
  const margin = 2 * 86_400;
  const from = Math.floor((world.start - margin) / 60) * 60;
  const to = Math.ceil((world.end + margin) / 60) * 60;
  const { minutes, dates, reached } = wallClock(world.zone, from, to);
  /** First minute whose wall clock shows this or more: the transition where it was skipped, the first where it comes twice. */
  const reach = (wall: string): number => {
    const known = reached.get(wall);
    if (known !== undefined) return known;
    const i = minutes.findIndex((c) => c >= wall);
    const found = i < 0 ? to : from + i * 60;
    reached.set(wall, found);
    return found;
  };
  const inShift = new Uint8Array(world.end - world.start);
  const inBreak = new Uint8Array(world.end - world.start);
  const mark = (into: Uint8Array, a: number, b: number) => {
    for (let t = Math.max(a, world.start); t < Math.min(b, world.end); t++) {
      into[t - world.start] = (into[t - world.start] ?? 0) + 1;
    }
  };
  dates.forEach((date, d) => {
    // The first and last dates may be cut off; they lie in the margin.
    const next = dates[d + 1];
    if (d === 0 || next === undefined) return;
    for (const shift of world.shifts) {
      const start = reach(`${date}T${shift.start}`);
      const end = reach(`${shift.end <= shift.start ? next : date}T${shift.end}`);
      mark(inShift, start, end);
      // Breaks of one shift may overlap; a second of them is one second of break.
      const first = Math.max(start, world.start) - world.start;
      const pauses = new Uint8Array(Math.max(0, Math.min(end, world.end) - world.start - first));
      for (const pause of shift.breaks) {
        const begins = reach(`${pause.start < shift.start ? next : date}T${pause.start}`);
        const a = Math.max(begins, start, world.start);
        const b = Math.min(begins + pause.minutes * 60, end, world.end);
        if (a < b) pauses.fill(1, a - world.start - first, b - world.start - first);
      }
      for (let i = 0; i < pauses.length; i++) inBreak[first + i] = (inBreak[first + i] ?? 0) + (pauses[i] ?? 0);
    }
  });
  const drawn = new Uint8Array(inShift.length);
  for (let s = 0; s < drawn.length; s++) {
    const shifts = inShift[s] ?? 0;
    drawn[s] = shifts === 0 ? OPEN : (inBreak[s] ?? 0) >= shifts ? BREAK : SHIFT;
  }
  return drawn;
}
