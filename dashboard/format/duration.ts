import { language, t } from '../language/language.ts';
import { DASH } from './number.ts';

/** "47 s", "12 min", "1 h 04", "2 d 3 h". Cut, not rounded: a stop of 59 s is not yet a minute. Never mm:ss. */
export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return DASH;
  const s = Math.max(0, Math.floor(seconds));
  if (s < 60) return t('formats.seconds', { seconds: s });
  const minutes = Math.floor(s / 60);
  if (minutes < 60) return t('formats.minutes', { minutes });
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return t('formats.hours', { hours, minutes: String(minutes % 60).padStart(2, '0') });
  return t('formats.days', { days: Math.floor(hours / 24), hours: hours % 24 });
}

const ORDINAL_FORMS: Readonly<Record<Intl.LDMLPluralRule, string>> = {
  zero: 'formats.ordinal.other',
  one: 'formats.ordinal.one',
  two: 'formats.ordinal.two',
  few: 'formats.ordinal.few',
  many: 'formats.ordinal.other',
  other: 'formats.ordinal.other',
};

/** 1st, 2nd, 3rd, 11th; of a time or a turn, which is feminine in French and Spanish: 1re, 1.ª. */
export function ordinal(n: number): string {
  const form = new Intl.PluralRules(language.value, { type: 'ordinal' }).select(n);
  return t(ORDINAL_FORMS[form], { number: n });
}

/** "two weeks", "one day", "10 days" */
export function historyLength(days: number): string {
  if (days === 14) return t('formats.twoWeeks');
  if (days === 7) return t('formats.oneWeek');
  return days === 1 ? t('formats.oneDay') : t('formats.daysOfHistory', { n: days });
}
