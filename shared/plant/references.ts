import { addDays } from '../time/zone.ts';
import type { Declared, Placed, PlantDraft } from './draft.ts';
import { checkMeters } from './meter-tree.ts';
import type { Machine, Tariff } from './model.ts';
import type { Path } from './problem.ts';
import { didYouMean } from './suggest.ts';

export type Report = (path: Path, message: string) => void;

/** What a plant file says about things by their ids: that they exist, once, and fit together. */
export function checkReferences(draft: PlantDraft, report: Report): void {
  checkUnique(draft, report);
  checkLines(draft, report);
  for (const machine of draft.machines) checkMachine(machine, draft, report);
  checkMeters(draft, report);
  checkTariffs(draft, report);
  checkCarbon(draft, report);
  checkNotifications(draft, report);
  checkEdges(draft, report);
}

/** Reports an id that nothing has. */
export function known(what: string, given: string, declared: ReadonlySet<string>, path: Path, report: Report): boolean {
  if (declared.has(given)) return true;
  report(path, `there is no ${what} "${given}"${didYouMean(given, declared)}`);
  return false;
}

function unique(what: string, items: readonly Placed<{ readonly id: string }>[], report: Report): void {
  const seen = new Set<string>();
  for (const { path, value } of items) {
    if (seen.has(value.id))
      report([...path, 'id'], `there is another ${what} "${value.id}"; ids are unique in a plant`);
    seen.add(value.id);
  }
}

function checkUnique(draft: PlantDraft, report: Report): void {
  unique('product', draft.products, report);
  unique('reason', draft.reasons, report);
  unique('scrap reason', draft.scrapReasons, report);
  unique('line', draft.lines, report);
  unique('machine', draft.machines, report);
  unique('meter', draft.meters, report);
  unique('alert', draft.alerts, report);
  unique('channel', draft.channels, report);
  unique('report', draft.reports, report);
  for (const { path, value } of draft.meters) {
    if (draft.declared.machines.has(value.id)) {
      report([...path, 'id'], `is also the id of a machine; signals are named after both, so they must differ`);
    }
  }
}

function checkLines(draft: PlantDraft, report: Report): void {
  for (const { path, value: line } of draft.lines) {
    known('calendar', line.calendar, draft.declared.calendars, [...path, 'calendar'], report);
    for (const { value } of line.constraint ?? []) {
      if (line.machines.includes(value)) continue;
      const own = didYouMean(value, line.machines);
      const elsewhere = draft.declared.machines.has(value) ? ', it stands on another line' : own;
      report([...path, 'constraint'], `"${value}" is no machine of this line${elsewhere}`);
    }
  }
}

function checkMachine({ path, value: machine }: Placed<Machine>, draft: PlantDraft, report: Report): void {
  const { declared } = draft;
  const bindings = {
    state: machine.state?.from === 'signal' ? machine.state : null,
    total: machine.total,
    good: machine.good,
    reject: machine.reject,
    cycles: machine.cycles,
    product: machine.product,
    order: machine.order,
    reason: machine.reason,
  };
  for (const [key, bound] of Object.entries(bindings)) {
    if (bound) known('source', bound.binding.source, declared.sources, [...path, key, 'source'], report);
  }
  const conditions = new Set<string>();
  machine.conditions.forEach((condition, i) => {
    const at = [...path, 'conditions', i];
    known('source', condition.binding.source, declared.sources, [...at, 'source'], report);
    if (conditions.has(condition.id))
      report([...at, 'id'], `there is another condition "${condition.id}" on this machine`);
    conditions.add(condition.id);
  });
  for (const [key, map, ids, what] of [
    ['product', machine.product?.map, declared.products, 'product'],
    ['reason', machine.reason?.map, declared.reasons, 'reason'],
  ] as const) {
    for (const [raw, id] of map ?? []) known(what, id, ids, [...path, key, 'map', raw], report);
  }
  checkState(machine, path, draft, report);
  checkCounters(machine, path, report);
}

function checkState(machine: Machine, path: Path, draft: PlantDraft, report: Report): void {
  const { state } = machine;
  const counted = machine.total ?? machine.good ?? machine.reject ?? machine.cycles;
  if (state?.from === 'counts' && !counted) {
    report(
      [...path, 'state'],
      'comes from counts, but the machine has no counter; add total (or good and reject, or cycles)',
    );
  }
  if (
    state?.from === 'power' &&
    known('meter', state.meter, draft.declared.meters, [...path, 'state', 'meter'], report)
  ) {
    const meter = draft.meters.find((m) => m.value.id === state.meter)?.value;
    if (meter && !meter.powerW) {
      report([...path, 'state', 'meter'], `meter "${state.meter}" has no powerW, from which a state could be told`);
    }
  }
  const fed = draft.meters.some((m) => m.value.feeds.some((v) => v.value.some((f) => f.machine === machine.id)));
  if (!state && !counted && !fed) {
    report(path, 'has no state, no counter and no meter that feeds it, so nothing would be known of it; give it one');
  }
}

/** Which counters make sense together: the third of total, good and reject is worked out from two. */
const COUNTER_SETS = [
  '',
  'total',
  'good,reject',
  'total,good',
  'total,reject',
  'cycles',
  'good,cycles',
  'reject,cycles',
];

function checkCounters(machine: Machine, path: Path, report: Report): void {
  const given = (['total', 'good', 'reject', 'cycles'] as const).filter((key) => machine[key] !== null);
  if (COUNTER_SETS.includes(given.join(','))) return;
  const have = given.join(' and ');
  const advice =
    given.length === 1
      ? `add total or ${given[0] === 'good' ? 'reject' : 'good'}`
      : given.includes('cycles')
        ? 'the total follows from cycles and cavities; keep cycles, with good or with reject'
        : 'one of them follows from the other two and could contradict them; keep two';
  report(
    [...path, given[0] ?? ''],
    `${have} cannot be read together alone; ${advice}`.replace(
      ' together alone',
      given.length === 1 ? ' alone' : ' together',
    ),
  );
}

function checkTariffs(draft: PlantDraft, report: Report): void {
  const versions = new Set<string>();
  const owners = new Map<string, Placed<Tariff>[]>();
  for (const { path, value: tariff } of draft.tariffs) {
    const version = `${tariff.id} ${tariff.validFrom}`;
    if (versions.has(version)) {
      report(
        [...path, 'validFrom'],
        `there is another version of tariff "${tariff.id}" from ${tariff.validFrom}; each has its own date`,
      );
    }
    versions.add(version);
    for (const { value: other } of draft.tariffs) {
      if (other.id !== tariff.id || other.validFrom >= tariff.validFrom) continue;
      if (typeof other.validTo === 'string' && other.validTo >= tariff.validFrom) {
        report(
          [...path, 'validFrom'],
          `tariff "${tariff.id}" has two versions in force from ${tariff.validFrom} to ${other.validTo}; ` +
            `end the one from ${other.validFrom} the day before`,
        );
      }
    }
    if (tariff.meter === null) continue;
    known('meter', tariff.meter, draft.declared.meters, [...path, 'meter'], report);
    const placed = owners.get(tariff.meter) ?? [];
    const other = placed.find(({ value }) => value.id !== tariff.id && overlaps(draft, value, tariff));
    if (other) {
      const from = other.value.validFrom > tariff.validFrom ? other.value.validFrom : tariff.validFrom;
      report(
        [...path, 'meter'],
        `"${tariff.meter}" has the tariff "${other.value.id}" already on ${from}; a meter has one at a time: give the ` +
          `earlier one a validTo`,
      );
    }
    owners.set(tariff.meter, [...placed, { path, value: tariff }]);
  }
}

/** Whether two versions of different tariffs are in force on one day. */
function overlaps(draft: PlantDraft, a: Tariff, b: Tariff): boolean {
  const lastDay = (tariff: Tariff): string => {
    const next = draft.tariffs
      .map(({ value }) => value)
      .filter((other) => other.id === tariff.id && other.validFrom > tariff.validFrom)
      .reduce((least, { validFrom }) => (validFrom < least ? validFrom : least), '9999-12-31');
    const before = next === '9999-12-31' ? next : addDays(next, -1);
    return typeof tariff.validTo === 'string' && tariff.validTo < before ? tariff.validTo : before;
  };
  return a.validFrom <= lastDay(b) && b.validFrom <= lastDay(a);
}

function checkCarbon(draft: PlantDraft, report: Report): void {
  const intervals = draft.carbon
    .flatMap(({ path, value }) => (value.kind === 'interval' ? [{ path, ...value }] : []))
    .sort((a, b) => a.from - b.from);
  const ends = new Map<string, number>();
  for (const interval of intervals) {
    const key = `${interval.medium ?? 'electricity'} ${interval.method ?? ''}`;
    if (interval.from < (ends.get(key) ?? interval.from)) {
      report(interval.path, 'overlaps another interval; each instant has one factor');
    }
    ends.set(key, Math.max(ends.get(key) ?? interval.to, interval.to));
  }
  const years = new Set<string>();
  for (const { path, value } of draft.carbon) {
    if (value.kind !== 'annual') continue;
    const key = `${value.medium ?? 'electricity'} ${value.validFrom} ${value.method}`;
    if (years.has(key))
      report([...path, 'validFrom'], `there is another ${value.method} factor from this date; keep one`);
    years.add(key);
  }
}

function checkScope(scope: string, declared: Declared, path: Path, report: Report): void {
  if (scope === 'site') return;
  const at = scope.indexOf(':');
  const kind = scope.slice(0, Math.max(at, 0));
  const sets = {
    area: declared.areas,
    line: declared.lines,
    machine: declared.machines,
    meter: declared.meters,
    source: declared.sources,
  };
  if (!Object.hasOwn(sets, kind)) {
    report(path, `must be site, area:ID, line:ID, machine:ID, meter:ID or source:ID, not "${scope}"`);
  } else known(kind, scope.slice(at + 1), sets[kind as keyof typeof sets], path, report);
}

function checkNotifications(draft: PlantDraft, report: Report): void {
  for (const [items, key] of [
    [draft.alerts.map(({ path, value }) => ({ path, scope: value.scope, channels: value.notify })), 'notify'],
    [draft.reports.map(({ path, value }) => ({ path, scope: value.scope, channels: value.to })), 'to'],
  ] as const) {
    for (const { path, scope, channels } of items) {
      checkScope(scope, draft.declared, [...path, 'scope'], report);
      channels.forEach((channel, i) => {
        known('channel', channel, draft.declared.channels, [...path, key, i], report);
      });
    }
  }
}

function checkEdges(draft: PlantDraft, report: Report): void {
  const owner = new Map<string, string>();
  for (const { path, value: edge } of draft.edges) {
    for (const [key, what, ids] of [
      ['lines', 'line', draft.declared.lines],
      ['meters', 'meter', draft.declared.meters],
    ] as const) {
      edge[key].forEach((id, i) => {
        const at = [...path, key, i];
        if (!known(what, id, ids, at, report)) return;
        const other = owner.get(`${what} ${id}`);
        if (other !== undefined) report(at, `${what} "${id}" belongs to edge "${other}" already; it has one edge`);
        owner.set(`${what} ${id}`, edge.id);
      });
    }
  }
}
