import type { Plant } from '#shared/plant/model.ts';

/* Ids of a breakdown in the words that screens use. */

const STATES: Readonly<Record<string, string>> = {
  running: 'Running',
  idle: 'Waiting',
  down: 'Down',
  setup: 'Setup',
  maintenance: 'Maintenance',
  off: 'Switched off',
  unknown: 'No data',
  rest: 'No machine',
};

const CATEGORIES: Readonly<Record<string, string>> = {
  run: 'Running',
  smallStop: 'Minor stop',
  unplannedStop: 'Unplanned stop',
  plannedStop: 'Planned stop',
  unknown: 'No data',
  scheduleLoss: 'Not scheduled',
  break: 'Break',
  offShift: 'Off shift',
  rest: 'No machine',
};

export const BREAKDOWN_TITLES: Readonly<Record<string, string>> = {
  shift: 'shift',
  hour: 'hour',
  day: 'day',
  productionDay: 'production day',
  week: 'week',
  month: 'month',
  interval: 'settlement interval',
  band: 'tariff band',
  state: 'machine state',
  category: 'time category',
  machine: 'machine',
  product: 'product',
  order: 'order',
  total: 'total',
};

export function wordFor(plant: Plant, split: string, id: string | null): string {
  if (id === null) return '';
  switch (split) {
    case 'state':
      return STATES[id] ?? id;
    case 'category':
      return CATEGORIES[id] ?? id;
    case 'machine':
      return id === '' ? 'Not explained by a machine meter' : (plant.machines.get(id)?.name ?? id);
    case 'band':
      return id === '' ? 'No tariff' : id;
    case 'product':
      return id === '' ? 'No product' : (plant.products.get(id)?.name ?? id);
    case 'order':
      return id === '' ? 'No order' : id;
    default:
      return id;
  }
}

/** "by shift and tariff band" */
export function breakdownTitle(by: readonly string[]): string {
  const names = by.filter((b) => b !== 'total').map((b) => BREAKDOWN_TITLES[b] ?? b);
  if (names.length === 0) return 'in total';
  return `by ${names.length === 1 ? names[0] : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`}`;
}

export function scopeName(plant: Plant, kind: string, id: string): string {
  switch (kind) {
    case 'line':
      return plant.lines.get(id)?.name ?? id;
    case 'machine':
      return plant.machines.get(id)?.name ?? id;
    case 'meter':
      return plant.meters.get(id)?.name ?? id;
    case 'area':
      return id;
    default:
      return plant.site.name;
  }
}
