import type { Figure } from '#shared/contract/rest.ts';
import type { ExplainAnswer } from '#shared/contract/rest-answers.ts';
import { DASH, type NumberFormat } from '../../format/number.ts';
import { hasMessage, t } from '../../language/language.ts';
import { named } from '../../language/names.ts';
import { said } from '../../language/said.ts';

const COUNTS: ReadonlySet<Figure> = new Set(['targetCount', 'total', 'good', 'reject']);

/** "74.9%", "20,668", "49.0 kWh". */
export function figureText(figure: Figure, value: number | null, format: NumberFormat): string {
  if (value === null) return DASH;
  if (COUNTS.has(figure)) return format.count(value);
  if (figure !== 'energy') return format.inPercent(value);
  const { value: digits, unit } = format.energy(value);
  return `${digits} ${unit}`;
}

/** A term with all the digits that matter: whole pieces, tenths of a second, watt-hours. */
export function termText(term: ExplainAnswer['terms'][number], format: NumberFormat): string {
  const digits = term.unit === 'kWh' ? 3 : term.unit === 's' && !Number.isInteger(term.value) ? 1 : 0;
  const unit = term.unit === 'pieces' ? t('explain.pieces') : term.unit;
  return `${format.decimal(term.value, digits)} ${unit}`;
}

/** A formula of the server: one sentence, or one term over another. */
export function formulaWords(formula: string): string {
  const whole = said(formula);
  return whole === formula ? formula.split(' / ').map(said).join(' / ') : whole;
}

/** What a stretch counts as, and its reason. */
export function stretchWord(segment: { readonly category: string; readonly reasonName: string | null }): string {
  const { category } = segment;
  const word = hasMessage(`explain.category.${category}`) ? t(`explain.category.${category}`) : category;
  const names = category !== 'break' && category !== 'offShift' ? segment.reasonName : null;
  return names === null ? word : `${word}, ${named(names)}`;
}

/** What kind of entry somebody made; a kind not known here by its own name. */
export function entryWord(type: string): string {
  return hasMessage(`explain.entryType.${type}`) ? t(`explain.entryType.${type}`) : type;
}
