import type { Figure } from '#shared/contract/rest.ts';
import type { ExplainAnswer } from '#shared/contract/rest-answers.ts';
import { DASH, type NumberFormat } from '../../format/number.ts';

/* Words and formats of an explained figure. */
export const FIGURE_NAMES: Readonly<Record<Figure, string>> = {
  oee: 'OEE',
  availability: 'Availability',
  performance: 'Performance',
  quality: 'Quality',
  utilization: 'Utilization',
  teep: 'TEEP',
  ooe: 'OOE',
  yield: 'Yield',
  targetCount: 'Due so far',
  total: 'Pieces made',
  good: 'Good pieces',
  reject: 'Rejects',
  energy: 'Energy',
};

const COUNTS: ReadonlySet<Figure> = new Set(['targetCount', 'total', 'good', 'reject']);

/** "74.9%", "20,668", "49.0 kWh". */
export function figureText(figure: Figure, value: number | null, format: NumberFormat): string {
  if (value === null) return DASH;
  if (COUNTS.has(figure)) return format.count(value);
  if (figure !== 'energy') return `${format.percent(value)}%`;
  const { value: digits, unit } = format.energy(value);
  return `${digits} ${unit}`;
}

/** A term with all the digits that matter: whole pieces, tenths of a second, watt-hours. */
export function termText(term: ExplainAnswer['terms'][number], format: NumberFormat): string {
  const digits = term.unit === 'kWh' ? 3 : term.unit === 's' && !Number.isInteger(term.value) ? 1 : 0;
  return `${format.decimal(term.value, digits)} ${term.unit}`;
}

const CATEGORY_WORDS: Readonly<Record<string, string>> = {
  run: 'Running',
  smallStop: 'Minor stop',
  unplannedStop: 'Unplanned stop',
  plannedStop: 'Planned stop',
  unknown: 'No data',
  scheduleLoss: 'Not scheduled',
  break: 'Break',
  offShift: 'Off shift',
};

/** What a stretch counts as, and its reason. */
export function stretchWord(segment: { readonly category: string; readonly reasonName: string | null }): string {
  const word = CATEGORY_WORDS[segment.category] ?? segment.category;
  const names = segment.category !== 'break' && segment.category !== 'offShift' ? segment.reasonName : null;
  return names === null ? word : `${word}, ${names}`;
}
