import type { LocationQuery } from 'vue-router';

/** What the page asks for; it lives in the address, so that a report can be passed on as a link. */
export interface Question {
  readonly name: string;
  readonly scope: string;
  /** A period of the calendar, or '' where dates are given. */
  readonly period: string;
  /** Local dates; `through` belongs to the report. */
  readonly from: string;
  readonly through: string;
  readonly by: readonly string[];
}

export const NAMES = ['tariff', 'energy', 'shift', 'oee', 'stops'] as const;
export const PERIODS = ['today', 'yesterday', 'last7Days', 'lastWeek', 'thisMonth', 'lastMonth'] as const;
const TIMES = ['shift', 'hour', 'day', 'week', 'month'] as const;
const SPLITS_OF_ENERGY = ['band', 'machine', 'state', 'category', 'product', 'order'] as const;
const SPLITS_OF_OEE = ['machine', 'product', 'order'] as const;

/** Whether this page has words for a report of this name. */
export const isKnownName = (name: string): name is (typeof NAMES)[number] => NAMES.some((one) => one === name);

export const isOfEnergy = (name: string): boolean => name === 'tariff' || name === 'energy';

/** What a report can be broken down by: at most one time, and any of the others. */
export function choicesOf(name: string): { readonly times: readonly string[]; readonly splits: readonly string[] } {
  if (name === 'stops') return { times: [], splits: [] };
  return { times: TIMES, splits: isOfEnergy(name) ? SPLITS_OF_ENERGY : SPLITS_OF_OEE };
}

const DEFAULT_BY: Readonly<Record<string, readonly string[]>> = {
  tariff: ['shift', 'band'],
  energy: ['shift', 'band'],
  shift: ['shift'],
  oee: ['day'],
  stops: [],
};

export function defaultBy(name: string): readonly string[] {
  return DEFAULT_BY[name] ?? [];
}

export function readQuestion(query: LocationQuery): Question {
  const one = (key: string): string => {
    const value = query[key];
    return typeof value === 'string' ? value : '';
  };
  const name = isKnownName(one('report')) ? one('report') : 'tariff';
  const from = one('from');
  const through = one('through');
  const period = from || through ? '' : one('period') || (isOfEnergy(name) ? 'thisMonth' : 'last7Days');
  const known = choicesOf(name);
  const allowed = [...known.times, ...known.splits];
  const by = one('by')
    .split(',')
    .filter((part) => allowed.includes(part));
  return { name, scope: one('scope') || 'site', period, from, through, by: by.length > 0 ? by : defaultBy(name) };
}

/** As the address writes it. */
export function addressOf({ name, scope, period, from, through, by }: Question): Record<string, string> {
  const when: Record<string, string> = period ? { period } : { ...(from && { from }), ...(through && { through }) };
  return { report: name, scope, ...when, ...(by.length > 0 && { by: by.join(',') }) };
}

/** As the server is asked. */
export function serverQuery(question: Question): Record<string, string> {
  const { report: _, ...rest } = addressOf(question);
  return rest;
}

/** One time at most; a breakdown of nothing is a total. */
export function toggled(question: Question, id: string): Question {
  const { times } = choicesOf(question.name);
  const isTime = times.includes(id);
  const without = question.by.filter((b) => b !== id && !(isTime && times.includes(b)));
  const by = question.by.includes(id) ? without : [...without, id];
  const order = [...times, ...choicesOf(question.name).splits];
  return { ...question, by: by.toSorted((a, b) => order.indexOf(a) - order.indexOf(b)) };
}
