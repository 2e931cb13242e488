import type { BaselineAnswer, MetersAnswer } from '#shared/contract/energy-answers.ts';
import type { NumberFormat } from '../../format/number.ts';
import { language, t } from '../../language/language.ts';
import { named } from '../../language/names.ts';

/*
 * Sentences that the server says in English, in the language of this page. One that is not known here is shown as it came:
 * an English sentence says more than none.
 */
type Model = NonNullable<BaselineAnswer['model']>;

/** "kWh = 120 + 34.5 x standard h of Filling", four digits of each figure. */
export function formulaWords({ intercept, drivers }: Model): string {
  const digits = new Intl.NumberFormat(language.value, { maximumSignificantDigits: 4, useGrouping: false });
  const terms = drivers.map(({ coefficient, name }) =>
    t(coefficient < 0 ? 'energy.minusTerm' : 'energy.plusTerm', {
      factor: digits.format(Math.abs(coefficient)),
      line: named(name),
    }),
  );
  return `kWh = ${[digits.format(intercept), ...terms].join(' ')}`;
}

/** What is weak about a baseline. */
export function baselineWords(warning: string, model: Model | null, format: NumberFormat): string {
  if (warning.startsWith('This plant counts no production')) return t('energy.server.noProduction');
  if (warning.startsWith('There are too few full shifts')) return t('energy.server.tooFew');
  if (!model) return warning;
  if (warning.startsWith('Fitted to')) return t('energy.server.fewPoints', { count: model.n });
  if (!warning.startsWith('Production explains')) return warning;
  if (model.r2 === null) return t('energy.server.r2None');
  return t('energy.server.r2', { share: `${format.decimal(Math.round(model.r2 * 100), 0)} %` });
}

/** From when on a shift takes another energy than the baseline expects. */
export function stepWords(
  finding: BaselineAnswer['findings'][number],
  dayAt: (start: string, label: string) => string,
): string {
  const [, label, kWh, way] = /^From (.+) on, a shift takes (\d+) kWh (more|less) /s.exec(finding.message) ?? [];
  if (finding.code !== 'energyStep' || label === undefined || kWh === undefined) return finding.message;
  const day = finding.at === null ? label : dayAt(finding.at, label);
  return t(way === 'more' ? 'energy.server.stepMore' : 'energy.server.stepLess', { day, kWh });
}

/** What a "what if" rests on. */
export function assumptionWords(said: string): string {
  const [, tariff] = /^The same readings, priced with the tariff "(.*)"\.$/s.exec(said) ?? [];
  if (tariff !== undefined) return t('energy.server.samePriced', { tariff });
  const [, hours, way] = /^What the machines drew is moved ([\d.]+) hours? (later|earlier),/.exec(said) ?? [];
  if (hours !== undefined) {
    return t(way === 'later' ? 'energy.server.movedLater' : 'energy.server.movedEarlier', { n: Number(hours) });
  }
  if (said.startsWith('People, daylight, heating')) return t('energy.server.notPart');
  if (said.startsWith('The bill of the present has findings')) return t('energy.server.holdForBoth');
  return said;
}

/** A meter's own name; what no meter explains has none. */
export function meterWords({ name, kind }: MetersAnswer['items'][number]): string {
  return kind === 'rest' && name === 'Not explained by a meter' ? t('energy.server.notByMeter') : named(name);
}

const LINES: Readonly<Record<string, string>> = {
  tax: 'energy.line.tax',
  capacity: 'energy.line.capacity',
  'capacity excess': 'energy.line.capacityExcess',
  reactive: 'energy.line.reactive',
  'energy without a price': 'energy.line.unpriced',
};
const UNITS: Readonly<Record<string, string>> = {
  day: 'energy.inUnit.day',
  'kVA day': 'energy.inUnit.kvaDay',
  month: 'energy.inUnit.month',
};

/** A line of a bill: what the tariff calls it, or what the calculation does where the tariff has no name for it. */
export function lineWords(name: string): string {
  const key = LINES[name];
  return key === undefined ? named(name) : t(key);
}

/** "kWh", "kVA day" */
export function unitWords(unit: string): string {
  const key = UNITS[unit];
  return key === undefined ? unit : t(key);
}
