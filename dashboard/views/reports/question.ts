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

export const NAMES = [
  { id: 'tariff', word: 'Tariff and bill' },
  { id: 'energy', word: 'Energy' },
  { id: 'shift', word: 'Shift' },
  { id: 'oee', word: 'OEE' },
  { id: 'stops', word: 'Stops' },
] as const;

export const PERIODS = [
  { id: 'today', word: 'Today' },
  { id: 'yesterday', word: 'Yesterday' },
  { id: 'last7Days', word: 'Last 7 days' },
  { id: 'lastWeek', word: 'Last week' },
  { id: 'thisMonth', word: 'This month' },
  { id: 'lastMonth', word: 'Last month' },
] as const;

const TIMES = [
  { id: 'shift', word: 'shift' },
  { id: 'hour', word: 'hour' },
  { id: 'day', word: 'day' },
  { id: 'week', word: 'week' },
  { id: 'month', word: 'month' },
] as const;

const SPLITS_OF_ENERGY = [
  { id: 'band', word: 'tariff band' },
  { id: 'machine', word: 'machine' },
  { id: 'state', word: 'machine state' },
  { id: 'category', word: 'time category' },
  { id: 'product', word: 'product' },
  { id: 'order', word: 'order' },
] as const;

const SPLITS_OF_OEE = [
  { id: 'machine', word: 'machine' },
  { id: 'product', word: 'product' },
  { id: 'order', word: 'order' },
] as const;

export interface Choice {
  readonly id: string;
  readonly word: string;
}

export const isOfEnergy = (name: string): boolean => name === 'tariff' || name === 'energy';

/** What a report can be broken down by: at most one time, and any of the others. */
export function choicesOf(name: string): { readonly times: readonly Choice[]; readonly splits: readonly Choice[] } {
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
  const name = NAMES.some((n) => n.id === one('report')) ? one('report') : 'tariff';
  const from = one('from');
  const through = one('through');
  const period = from || through ? '' : one('period') || (isOfEnergy(name) ? 'thisMonth' : 'last7Days');
  const known = choicesOf(name);
  const allowed = [...known.times, ...known.splits].map((c) => c.id);
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
  const isTime = times.some((t) => t.id === id);
  const without = question.by.filter((b) => b !== id && !(isTime && times.some((t) => t.id === b)));
  const by = question.by.includes(id) ? without : [...without, id];
  const order = [...times, ...choicesOf(question.name).splits].map((c) => c.id);
  return { ...question, by: by.toSorted((a, b) => order.indexOf(a) - order.indexOf(b)) };
}
