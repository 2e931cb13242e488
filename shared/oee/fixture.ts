import type { Entry } from '../ledger/entry.ts';
import type { Calendar, Line, Machine, Plant, Product, Reason } from '../plant/model.ts';
import type { MachineState, ReasonCategory } from '../state/state.ts';
import { type Instant, MINUTE, minuteOf } from '../time/instant.ts';
import type { MachinePiece, StateInterval } from './facts.ts';

/* Small plants and facts for the tests of this room: what a test does not name is the plainest thing there is. */

export const always = <T>(value: T) => [{ validFrom: Number.NEGATIVE_INFINITY, value }];

export function reason(id: string, category: ReasonCategory, more: Partial<Reason> = {}): Reason {
  return { id, name: id, group: 'Stops', category: always(category), external: false, iso22400: null, ...more };
}

export function machine(id: string, more: Partial<Machine> = {}): Machine {
  return {
    id,
    name: id,
    line: 'l1',
    idealCycleSeconds: always(1),
    smallStopSeconds: always(300),
    breakPolicy: always('exclude'),
    state: null,
    total: null,
    good: null,
    reject: null,
    cycles: null,
    product: null,
    order: null,
    reason: null,
    targetOee: null,
    costPerHour: null,
    piecesPerCount: 1,
    performanceCap: null,
    conditions: [],
    ...more,
  };
}

export function product(id: string, idealCycleSeconds: number | null, more: Partial<Product> = {}): Product {
  return {
    id,
    name: id,
    idealCycleSeconds: idealCycleSeconds === null ? null : always(idealCycleSeconds),
    cavities: 1,
    activeCavities: 1,
    contributionPerPiece: null,
    ...more,
  };
}

const EVERY_DAY = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/** 06:00 to 14:00 every day, without breaks. */
export const EARLY: Calendar = {
  shifts: [{ id: 'early', name: 'Early', days: EVERY_DAY, start: '06:00', end: '14:00', breaks: [] }],
  exceptions: [],
};

export const ROUND_THE_CLOCK: Calendar = {
  shifts: [{ id: 'day', name: 'Day', days: EVERY_DAY, start: '00:00', end: '24:00', breaks: [] }],
  exceptions: [],
};

export interface PlantParts {
  readonly timezone?: string;
  readonly calendar?: Calendar;
  readonly machines?: readonly Machine[];
  readonly constraint?: string;
  readonly lines?: readonly Line[];
  readonly products?: readonly Product[];
  readonly reasons?: readonly Reason[];
}

export function makePlant(parts: PlantParts = {}): Plant {
  const machines = parts.machines ?? [machine('m1')];
  const line: Line = {
    id: 'l1',
    name: 'Line 1',
    area: 'Hall 1',
    calendar: 'cal',
    constraint: parts.constraint === undefined ? null : always(parts.constraint),
    machines: machines.map((m) => m.id),
  };
  return {
    hash: 'test',
    enterprise: null,
    site: { id: 's1', name: 'Site', timezone: parts.timezone ?? 'UTC', currency: 'EUR', locale: 'en-GB' },
    calendars: new Map([['cal', always(parts.calendar ?? ROUND_THE_CLOCK)]]),
    products: byId(parts.products ?? []),
    reasons: byId(parts.reasons ?? []),
    scrapReasons: new Map(),
    sources: new Map(),
    lines: byId(parts.lines ?? [line]),
    machines: byId(machines),
    meters: new Map(),
    tariffs: new Map(),
    carbon: [],
    demo: null,
    edges: new Map(),
  };
}

function byId<T extends { readonly id: string }>(items: readonly T[]): Map<string, T> {
  return new Map(items.map((item) => [item.id, item]));
}

/** One run of a machine: what it was and made from `start` to the next one's start. */
export interface Stage {
  readonly start: Instant;
  readonly state: MachineState;
  readonly reason?: string | null;
  readonly product?: string;
  readonly order?: string;
  /** In each whole minute. */
  readonly good?: number;
  readonly reject?: number;
}

/** Facts as the aggregator writes them: minutes cut at state changes, counts shared evenly over a stage's pieces. */
export function factsOf(
  machineId: string,
  stages: readonly Stage[],
  end: Instant,
  open = false,
): { intervals: StateInterval[]; pieces: MachinePiece[] } {
  const intervals: StateInterval[] = [];
  const pieces: MachinePiece[] = [];
  stages.forEach((stage, i) => {
    const until = stages[i + 1]?.start ?? end;
    const { state, reason: why = null } = stage;
    const last = intervals.at(-1);
    if (last && last.state === state && last.reason === why) intervals[intervals.length - 1] = { ...last, end: until };
    else intervals.push({ machine: machineId, start: stage.start, end: until, state, reason: why, revision: 1 });
    const intervalStart = intervals.at(-1)?.start ?? stage.start;
    for (let t = stage.start; t < until; t = minuteOf(t) + MINUTE) {
      const pieceEnd = Math.min(until, minuteOf(t) + MINUTE);
      const share = (pieceEnd - t) / MINUTE;
      const goodCount = (stage.good ?? 0) * share;
      const rejectCount = (stage.reject ?? 0) * share;
      pieces.push({
        machine: machineId,
        minute: minuteOf(t),
        state,
        product: stage.product ?? '',
        order: stage.order ?? '',
        slot: i,
        intervalStart,
        start: t,
        end: pieceEnd,
        totalCount: goodCount + rejectCount,
        goodCount,
        rejectCount,
        revision: 1,
      });
    }
  });
  const last = intervals.at(-1);
  if (open && last) intervals[intervals.length - 1] = { ...last, end: null };
  return { intervals, pieces };
}

/** An entry with a header: `seq` and `recordedAt` (2026-06-02T00:00:00Z plus seq hours) rise with the call. */
export function entryMaker(): (body: Record<string, unknown>) => Entry {
  let seq = 0;
  return (body) => {
    seq++;
    const recordedAt = Date.UTC(2026, 5, 2) + seq * 3_600_000;
    return { id: `e${seq}`, seq, recordedAt, by: 'ann', ...body } as unknown as Entry;
  };
}
