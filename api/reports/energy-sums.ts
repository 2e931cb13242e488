import type { EnergyAnswer } from '../kpi/energy-question.ts';

export type EnergyItemAnswer = EnergyAnswer['items'][number];

/** Items of one key added up: of several chunks, or of several groups. */
export interface EnergySum {
  start: string;
  end: string;
  readonly shift: string | null;
  readonly shiftName: string | null;
  readonly date: string | null;
  readonly split: Readonly<Record<string, string | null>>;
  kWh: number;
  cost: number | null;
  co2Kg: number | null;
  unpricedKWh: number;
  /** Of the time of the windows; null where the answers do not say. */
  missingSeconds: number | null;
  seconds: number;
  kWhPerGood: number | null;
  estimated: boolean;
  provisional: boolean;
}

export function energySum(item: EnergyItemAnswer): EnergySum {
  const { window, shift, shiftName, date, band, state, category, machine, product, order } = item;
  return {
    start: window.start,
    end: window.end,
    shift,
    shiftName,
    date,
    split: { band, state, category, machine, product, order },
    kWh: item.kWh,
    cost: item.cost,
    co2Kg: item.co2Kg,
    unpricedKWh: item.unpricedKWh,
    missingSeconds: item.missingSeconds,
    seconds: secondsOf(item),
    kWhPerGood: item.kWhPerGood,
    estimated: item.estimated,
    provisional: item.provisional,
  };
}

export function addEnergy(into: EnergySum, item: EnergyItemAnswer): void {
  if (item.window.start < into.start) into.start = item.window.start;
  if (item.window.end > into.end) into.end = item.window.end;
  into.kWh += item.kWh;
  into.cost = plus(into.cost, item.cost);
  into.co2Kg = plus(into.co2Kg, item.co2Kg);
  into.unpricedKWh += item.unpricedKWh;
  into.missingSeconds = item.missingSeconds === null ? null : plus(into.missingSeconds, item.missingSeconds);
  into.seconds += secondsOf(item);
  // Pieces of several windows are not in the answers.
  into.kWhPerGood = null;
  into.estimated ||= item.estimated;
  into.provisional ||= item.provisional;
}

/** Groups of one period have a key each; splits tell the items of a group apart. */
export function energyKey(item: EnergyItemAnswer, hasPeriod: boolean): string {
  const { window, shift, date, band, state, category, machine, product, order } = item;
  const when = !hasPeriod ? '' : date !== null ? `${shift}|${date}` : window.start;
  return `${when}|${band}|${state}|${category}|${machine}|${product}|${order}`;
}

export function coverageOfSum({ missingSeconds, seconds }: EnergySum): number | null {
  return missingSeconds === null || seconds === 0 ? null : Math.max(0, 1 - missingSeconds / seconds);
}

function secondsOf({ window }: EnergyItemAnswer): number {
  return (Date.parse(window.end) - Date.parse(window.start)) / 1000;
}

function plus(a: number | null, b: number | null): number | null {
  return b === null ? a : (a ?? 0) + b;
}
