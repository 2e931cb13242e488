import type { Figures } from '#shared/oee/figures.ts';
import type { ChangeEffect, PlantChange } from '#shared/plant/changes.ts';
import type { Instant, Span } from '#shared/time/instant.ts';
import { clockLabel, localDate } from '#shared/time/zone.ts';
import type { ComparedEnergy, Priced } from './check-money.ts';
import type { ComparedShift, ScopeChange } from './check-shifts.ts';

const HEADINGS: readonly (readonly [ChangeEffect, string])[] = [
  ['past', 'Restates the past'],
  ['fromNow', 'Acts from now on; only recompute --from changes the past with it'],
  ['none', 'Changes no figure'],
];

/** The keys that differ, under what they do. */
export function changesText(changes: readonly PlantChange[]): string {
  if (changes.length === 0) return '\nNothing differs that has a meaning\n';
  const parts = HEADINGS.flatMap(([effect, heading]) => {
    const own = changes.filter((change) => change.effect === effect);
    if (own.length === 0) return [];
    return ['', `${heading} (${own.length})`, ...own.map(({ about, text }) => `  ${about}: ${text}`)];
  });
  return `${parts.join('\n')}\n`;
}

/** Whether energy, its cost or its CO2 may differ in the past. */
export function isAboutEnergy(changes: readonly PlantChange[]): boolean {
  return changes.some((c) => c.effect === 'past' && /^(tariff|meter|carbon|site|line|calendar)\b/.test(c.about));
}

/** A shift and what one meter's energy costs in it. */
export function energyText(currency: string, { meter, before, after, was, is }: ComparedEnergy): string {
  const shift = after ?? before;
  if (!shift) return '';
  const moved = (name: string, key: keyof Priced, unit: string, decimals: number): string[] => {
    const text = (value: number | null | undefined) =>
      value === null || value === undefined ? '-' : value.toFixed(decimals);
    const [a, b] = [text(was?.[key]), text(is?.[key])];
    return a === b ? [] : [`${name} ${a} -> ${b} ${unit}`];
  };
  const rows = [
    ...moved('energy', 'kWh', 'kWh', 3),
    ...moved('cost', 'cost', currency, 4),
    ...moved('CO2', 'co2Kg', 'kg', 3),
  ];
  return `  ${shift.productionDate} ${shift.name}, meter ${meter}: ${rows.join(', ') || 'differs by rounding'}\n`;
}

/** A shift and the scopes in it whose figures change. */
export function shiftText(zone: string, { line, before, after, changes }: ComparedShift): string {
  const shift = after ?? before;
  if (!shift) return '';
  const [was, is] = [before && clockText(zone, before), after && clockText(zone, after)];
  const when = was === is ? is : `${was ?? 'no such shift'} -> ${is ?? 'no such shift'}`;
  const width = Math.max(...changes.map(({ scope }) => scope.length));
  const rows = changes.map((change) => `    ${change.scope.padEnd(width)}  ${scopeText(change)}`);
  return [`  ${shift.productionDate} ${shift.name}, ${when}, line ${line}`, ...rows, ''].join('\n');
}

function scopeText({ before, after }: ScopeChange): string {
  const ratio = (name: string, key: 'oee' | 'availability' | 'performance' | 'quality') =>
    `${name} ${percentText(before?.kpi[key] ?? null, after?.kpi[key] ?? null)}`;
  const ratios = [ratio('OEE', 'oee'), ratio('A', 'availability'), ratio('P', 'performance'), ratio('Q', 'quality')];
  const moved = [...movedText('seconds', ' s', before, after), ...movedText('counts', '', before, after)];
  return [ratios.join(', '), ...(moved.length > 0 ? [moved.join(', ')] : [])].join('; ');
}

/** `86.1 % -> 80.7 %`, with as many decimals as it takes to see that they differ; `86.1 %` where they do not. */
function percentText(a: number | null, b: number | null): string {
  const text = (value: number | null, decimals: number) =>
    value === null ? '-' : `${(value * 100).toFixed(decimals)} %`;
  if (a === b || (a !== null && b !== null && Math.abs(a - b) < 1e-9)) return text(b, 1);
  for (let decimals = 1; decimals < 6; decimals++) {
    const [was, is] = [text(a, decimals), text(b, decimals)];
    if (was !== is) return `${was} -> ${is}`;
  }
  return text(b, 1);
}

/** What grew and what shrank; where a scope or shift is new or gone, against nothing. */
function movedText(part: 'seconds' | 'counts', unit: string, before: Figures | null, after: Figures | null): string[] {
  const keys = Object.keys((after ?? before)?.[part] ?? {});
  const valueIn = (figures: Figures | null, key: string): number =>
    (figures?.[part] as Readonly<Record<string, number>> | undefined)?.[key] ?? 0;
  return keys.flatMap((key) => {
    const delta = valueIn(after, key) - valueIn(before, key);
    if (Math.abs(delta) <= 1e-6) return [];
    return [`${key} ${delta > 0 ? '+' : '-'}${Number(Math.abs(delta).toFixed(3))}${unit}`];
  });
}

function clockText(zone: string, { start, end }: Span): string {
  return `${clockLabel(zone, start)} to ${clockLabel(zone, end)}`;
}

export function timeText(zone: string, t: Instant): string {
  return `${localDate(zone, t)} ${clockLabel(zone, t)}`;
}

export function spanText(zone: string, { start, end }: Span): string {
  return `${timeText(zone, start)} to ${timeText(zone, end)}`;
}
