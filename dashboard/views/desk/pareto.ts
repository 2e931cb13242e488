import type { DeskAnswer } from '#shared/contract/desk.ts';
import { lossWords } from '../../glyphs/words.ts';
import { t } from '../../language/language.ts';

export type Measure = 'seconds' | 'count' | 'pieces' | 'money';
type Row = DeskAnswer['pareto'][number];

export interface Bar {
  readonly row: Row;
  readonly value: number;
  /** Of the largest, 0..1. */
  readonly length: number;
  /** Of all, this one and those before it, 0..1. */
  readonly cumulative: number;
}

/** The rows by one measure, largest first; rows without any of it are left out. */
export function paretoBars(rows: readonly Row[], by: Measure): Bar[] {
  const found = rows
    .map((row) => ({ row, value: row[by] ?? 0 }))
    .filter(({ value }) => value > 0)
    .sort((a, b) => b.value - a.value || a.row.name.localeCompare(b.row.name));
  const total = found.reduce((sum, { value }) => sum + value, 0);
  let sum = 0;
  return found.map(({ row, value }) => {
    sum += value;
    return { row, value, length: value / (found[0]?.value ?? 1), cumulative: sum / total };
  });
}

/** What a loss is called: the server's words for stops without a reason in the language of this page; a reason's name as it is. */
export function lossName(name: string): string {
  return name === 'No reason yet' ? t('desk.noReasonYet') : lossWords(name);
}

/** "62% by controllers, 30% by people, 8% by nobody": whole percents that add up to 100. */
export function shares(parts: readonly number[]): number[] {
  const total = parts.reduce((a, b) => a + b, 0);
  if (total <= 0) return parts.map(() => 0);
  const exact = parts.map((p) => (p / total) * 100);
  const whole = exact.map(Math.floor);
  const order = exact.map((e, i) => [e - Math.floor(e), i] as const).sort((a, b) => b[0] - a[0]);
  for (const [, i] of order.slice(0, 100 - whole.reduce((a, b) => a + b, 0))) whole[i] = (whole[i] ?? 0) + 1;
  return whole;
}
