import type { Calendar, CounterConfig, Line, Machine, Meter, Plant } from '#shared/plant/model.ts';
import { addDays, localDate } from '#shared/time/zone.ts';
import { counter, machine, meter, plantOf, register } from '../oracle/plant-builder.ts';
import { pick, type Random } from './faults.ts';

const always = <T>(value: T) => [{ validFrom: Number.NEGATIVE_INFINITY, value }];
const binding = { source: 's', address: {} };
const EVERY_DAY = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const ZONES = ['UTC', 'Europe/London', 'America/Chicago', 'Asia/Kolkata', 'Australia/Lord_Howe'];

/** One line of one to four machines with every kind of state and counter, and meters that feed them. */
export function randomPlant(random: Random, start: number): Plant {
  const timezone = pick(random, ZONES);
  const count = 1 + Math.floor(random() * 4);
  const machines = Array.from({ length: count }, (_, n) => randomMachine(random, `m${n}`));
  const meters = machines.flatMap((own) => metersOf(random, own, machines));
  const line: Line = {
    id: 'l1',
    name: 'Line',
    area: 'Hall',
    calendar: 'cal',
    constraint: random() < 0.6 ? always(pick(random, machines).id) : null,
    machines: machines.map(({ id }) => id),
  };
  const plain = plantOf(machines, meters, { P1: 4, P2: 1 });
  const products = [...plain.products.values()].map((p) => ({
    ...p,
    idealCycleSeconds: always(pick(random, [0.5, 2, 7])),
  }));
  const reasons = [
    { id: 'jam', category: 'unplannedStop' as const },
    { id: 'changeover', category: 'plannedStop' as const },
    { id: 'noOrders', category: 'notScheduled' as const },
  ].map(({ id, category }) => ({
    id,
    name: id,
    group: 'Stops',
    category: always(category),
    external: false,
    iso22400: null,
  }));
  return {
    ...plain,
    site: { ...plain.site, timezone },
    calendars: new Map([['cal', always(randomCalendar(random, timezone, start))]]),
    products: new Map(products.map((p) => [p.id, p])),
    reasons: new Map(reasons.map((r) => [r.id, r])),
    lines: new Map([['l1', line]]),
  };
}

function randomMachine(random: Random, id: string): Machine {
  const kind = pick(random, ['signal', 'signal', 'power', 'counts'] as const);
  const counters = pick(random, [
    { total: randomCounter(random), reject: randomCounter(random) },
    { total: randomCounter(random) },
    { good: randomCounter(random), reject: randomCounter(random) },
    { total: randomCounter(random), good: randomCounter(random) },
    { cycles: randomCounter(random), reject: randomCounter(random) },
  ]);
  const state: Machine['state'] =
    kind === 'signal'
      ? { from: 'signal', binding, preset: null, map: new Map() }
      : kind === 'counts'
        ? { from: 'counts', stoppedAfterSeconds: pick(random, [20, 45, 100]) }
        : {
            from: 'power',
            meter: `${id}-kw`,
            runningAboveWatts: 1000,
            idleAboveWatts: 100,
            holdSeconds: pick(random, [0, 5, 20]),
          };
  return machine(id, {
    ...counters,
    state,
    idealCycleSeconds: random() < 0.8 ? always(pick(random, [1, 3])) : null,
    smallStopSeconds: always(pick(random, [0, 60, 120, 300])),
    breakPolicy: always(pick(random, ['exclude', 'runThrough'] as const)),
    reason: random() < 0.8 ? { binding, map: null, hold: pick(random, ['stop', 'value'] as const) } : null,
    order: random() < 0.5 ? { binding } : null,
    piecesPerCount: pick(random, [1, 1, 12]),
  });
}

function randomCounter(random: Random): CounterConfig {
  if (random() < 0.2) return counter({ kind: 'delta' });
  return counter({
    modulus: pick(random, [null, 1000, 100_000]),
    maxPerSecond: pick(random, [null, 5]),
    jitter: pick(random, [0, 2]),
  });
}

function metersOf(random: Random, own: Machine, machines: readonly Machine[]): Meter[] {
  const meters: Meter[] = [];
  if (own.state?.from === 'power') {
    const integration = pick(random, ['trapezoid', 'left'] as const);
    const power = { binding, scale: pick(random, [1, 2]), integration, maxGapSeconds: pick(random, [null, 90]) };
    meters.push(meter(`${own.id}-kw`, { fed: [own.id], powerW: power }));
  }
  if (random() < 0.4) {
    const fed = machines.filter(() => random() < 0.5).map(({ id }) => id);
    const importWh = register({ scale: 10, modulus: pick(random, [null, 10_000]), maxKw: pick(random, [null, 900]) });
    meters.push(meter(`${own.id}-wh`, { fed, importWh, importVarh: random() < 0.3 ? register() : null }));
  }
  return meters;
}

/** Two short shifts around `start`, with a break, that may overlap or leave a gap. */
function randomCalendar(random: Random, zone: string, start: number): Calendar {
  const clock = (offsetMinutes: number) => {
    const at = new Date(start + offsetMinutes * 60_000);
    return new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    }).format(at);
  };
  const from = Math.floor(random() * 15) - 8;
  const middle = from + 8 + Math.floor(random() * 15);
  const shift = (id: string, begin: number, end: number) => ({
    id,
    name: id,
    days: EVERY_DAY,
    start: clock(begin),
    end: clock(end),
    breaks: random() < 0.6 ? [{ start: clock(begin + 3), minutes: 1 + Math.floor(random() * 4) }] : [],
  });
  const next = middle + Math.floor(random() * 7) - 3;
  const closed = random() < 0.05;
  const date = addDays(localDate(zone, start), random() < 0.5 ? 0 : 1);
  return {
    shifts: [shift('one', from, middle), shift('two', next, next + 12)],
    exceptions: closed ? [{ date, closed: true, shift: null, note: null }] : [],
  };
}
