import { Money, roundMoney } from '../energy/money.ts';
import type { ReportCell, ReportColumn, ReportRow } from './model.ts';

const digitsOf = new Map<string, number>();

/** Decimals of a currency: 2 for GBP, 0 for JPY. Asked for every cell of money, so it is looked up once. */
export function currencyDigits(currency: string): number {
  let digits = digitsOf.get(currency);
  if (digits === undefined) {
    digits = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
    digitsOf.set(currency, digits);
  }
  return digits;
}

/** An amount as it is printed; null stays null. */
export function printedMoney(amount: number | null, currency: string): number | null {
  return amount === null ? null : roundMoney(amount, currencyDigits(currency));
}

/** Energy as files carry it: a millionth of a kWh is less than any meter tells. */
export function printedKwh(kWh: number): number {
  return Math.round(kWh * 1e6) / 1e6;
}

/** Sums of the columns of money as printed, in decimal, so that ten lines of 0.10 are 1.00. */
export interface PrintedSums {
  add(row: ReportRow): void;
  /** Null where no line of the column has an amount. */
  of(column: number): number | null;
}

export function createPrintedSums(columns: readonly ReportColumn[]): PrintedSums {
  const sums = new Map<number, Money>();
  return {
    add(row) {
      columns.forEach(({ kind }, i) => {
        const cell = row[i];
        if (kind === 'money' && typeof cell === 'number') sums.set(i, (sums.get(i) ?? new Money(0)).plus(cell));
      });
    },
    of: (column) => sums.get(column)?.toNumber() ?? null,
  };
}

/**
 * The line that makes the printed lines add up to the rounded sum, or null where they do. `total` is that of the table, whose
 * cells of money are the sums rounded once.
 */
export function roundingRow(
  columns: readonly ReportColumn[],
  sums: PrintedSums,
  total: ReportRow,
  label: string,
): ReportRow | null {
  let differs = false;
  const row = columns.map(({ kind }, i): ReportCell => {
    const whole = total[i];
    // It carries money alone: of whatever else the total has, it has nothing.
    if (kind === 'number' && typeof whole === 'number') return 0;
    if (kind !== 'money' || typeof whole !== 'number') return null;
    const rest = new Money(whole).minus(sums.of(i) ?? 0).toNumber();
    if (rest !== 0) differs = true;
    return rest;
  });
  if (!differs) return null;
  const name = columns.findIndex(({ kind }) => kind === 'text' || kind === 'date');
  if (name >= 0) row[name] = label;
  return row;
}
