import { t } from '../language/language.ts';

/*
 * - Rounded once, here, at display.
 * - Unknown is a dash, never 0.
 * - Minus is U+2212.
 */
export const DASH = '–';
export const MINUS = '−';

export interface Quantity {
  /** Digits only, or a dash. */
  readonly value: string;
  /** Unit to draw small after the value; '' beside a dash. */
  readonly unit: string;
}

export interface NumberFormat {
  /** 33,373 */
  count(n: number | null | undefined): string;
  /** A projection: rounded to 10 from 100 on. */
  projection(n: number | null | undefined): string;
  /** Ratio 0..1 -> "69.1", without the sign. */
  percent(ratio: number | null | undefined): string;
  /** What follows the figure of a percentage in a text: "%", or " %" in most languages. */
  readonly percentSign: string;
  /** Ratio 0..1 -> "69.1%" or "69,1 %"; `digits` after the point. */
  inPercent(ratio: number | null | undefined, digits?: number): string;
  /** Ratio -> "+4%" or "−7.9%"; `digits` after the point. */
  signedPercent(ratio: number | null | undefined, digits?: number): string;
  /** kW: whole from 100, one decimal below. */
  power(kW: number | null | undefined): Quantity;
  /** kWh; MWh from 1,000,000 kWh. */
  energy(kWh: number | null | undefined): Quantity;
  /** kWh per good piece with three significant digits; per 1,000 pieces where one piece takes less than 0.1 kWh. */
  perGood(kWh: number | null | undefined): Quantity;
  /** Money in the site's currency; hundredths only under 100. */
  money(amount: number | null | undefined): string;
  /** Money without hundredths, for rates and rounded sums. */
  wholeMoney(amount: number | null | undefined): string;
  /** A plain decimal, for tables. */
  decimal(n: number | null | undefined, digits: number): string;
}

const made = new Map<string, NumberFormat>();

/** The same one for the same locale and currency: a browser takes milliseconds to make what it is made of. */
export function createNumberFormat(locale: string, currency: string): NumberFormat {
  const key = `${locale} ${currency}`;
  const found = made.get(key) ?? makeNumberFormat(locale, currency);
  made.set(key, found);
  return found;
}

function makeNumberFormat(locale: string, currency: string): NumberFormat {
  const tag = supportedLocale(locale);
  const plain = (digits: number): Intl.NumberFormat =>
    new Intl.NumberFormat(tag, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const byDigits = new Map<number, Intl.NumberFormat>();
  const decimal = (n: number | null | undefined, digits: number): string => {
    if (!known(n)) return DASH;
    const format = byDigits.get(digits) ?? plain(digits);
    byDigits.set(digits, format);
    return withMinus(format.format(unsignedZero(n, digits)));
  };
  const moneyFormat = (digits: number): Intl.NumberFormat =>
    new Intl.NumberFormat(tag, {
      style: 'currency',
      currency: currency || 'XXX',
      currencyDisplay: 'narrowSymbol',
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    });
  const pounds = moneyFormat(0);
  const pence = moneyFormat(2);
  const percentSign = signOf(tag);

  return {
    decimal,
    count: (n) => decimal(n, 0),
    projection: (n) => (known(n) && Math.abs(n) >= 100 ? decimal(Math.round(n / 10) * 10, 0) : decimal(n, 0)),
    percent: (ratio) => decimal(known(ratio) ? ratio * 100 : null, 1),
    percentSign,
    inPercent: (ratio, digits = 1) => (known(ratio) ? `${decimal(ratio * 100, digits)}${percentSign}` : DASH),
    signedPercent(ratio, digits = 0) {
      if (!known(ratio)) return DASH;
      const shown = decimal(ratio * 100, digits);
      return `${shown.startsWith(MINUS) || Number(ratio.toFixed(digits + 2)) === 0 ? '' : '+'}${shown}${percentSign}`;
    },
    power: (kW) => quantity(decimal(kW, known(kW) && Math.abs(kW) >= 99.95 ? 0 : 1), 'kW'),
    energy(kWh) {
      if (known(kWh) && Math.abs(kWh) >= 1_000_000) return quantity(decimal(kWh / 1000, 0), 'MWh');
      return quantity(decimal(kWh, known(kWh) && Math.abs(kWh) >= 99.95 ? 0 : 1), 'kWh');
    },
    perGood(kWh) {
      if (!known(kWh)) return quantity(DASH, '');
      if (kWh < 0.1) {
        const unit = t('formats.kWhPerThousand', { thousand: decimal(1000, 0) });
        return quantity(decimal(kWh * 1000, kWh * 1000 >= 99.95 ? 0 : 1), unit);
      }
      return quantity(decimal(kWh, kWh >= 10 ? 1 : 2), t('formats.kWhPerGood'));
    },
    wholeMoney: (amount) => (known(amount) ? withMinus(pounds.format(amount)) : DASH),
    money(amount) {
      if (!known(amount)) return DASH;
      return withMinus((Math.abs(amount) < 99.995 ? pence : pounds).format(amount));
    },
  };
}

/** "£", "€", "kr": the sign alone, for the head of a column; '' where there is no currency. */
export function currencySymbol(currency: string): string {
  if (currency === '') return '';
  const parts = new Intl.NumberFormat('en-GB', {
    style: 'currency',
    currency,
    currencyDisplay: 'narrowSymbol',
  }).formatToParts(0);
  return parts.find((part) => part.type === 'currency')?.value ?? currency;
}

/** "%" with the space that the language puts before it. */
function signOf(tag: string): string {
  const parts = new Intl.NumberFormat(tag, { style: 'percent' }).formatToParts(0.5);
  const figure = parts.findLastIndex((part) => part.type === 'integer');
  const sign = parts.slice(figure + 1).map((part) => part.value);
  return sign.join('') || '%';
}

function quantity(value: string, unit: string): Quantity {
  return { value, unit: value === DASH ? '' : unit };
}

function known(n: number | null | undefined): n is number {
  return typeof n === 'number' && Number.isFinite(n);
}

function withMinus(text: string): string {
  return text.replace('-', MINUS);
}

/** -0.04 with one digit would print "-0.0". */
function unsignedZero(n: number, digits: number): number {
  return Number(n.toFixed(digits)) === 0 ? 0 : n;
}

function supportedLocale(locale: string): string {
  try {
    return Intl.NumberFormat.supportedLocalesOf(locale)[0] ?? 'en-GB';
  } catch {
    return 'en-GB';
  }
}
