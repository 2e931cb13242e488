import { type BillLine, type BillResult, sumOf } from './bill.ts';
import { roundMoney } from './money.ts';
import { wallLabel } from './settlement.ts';

/** A bill with each line rounded once to `digits` decimals; its sums and total are those of the rounded lines. */
export function roundedBill<B extends BillResult>(bill: B, digits = 2): B {
  const lines = bill.lines.map((line) => ({
    ...line,
    amount: line.amount === null ? null : roundMoney(line.amount, digits),
  }));
  return {
    ...bill,
    lines,
    energy: sumOf(lines, 'energy').toNumber(),
    demand: sumOf(lines, 'demand').toNumber(),
    total: sumOf(lines).toNumber(),
  };
}

/** A bill as plain text, line by line, for a terminal. `timezone` is the tariff's. */
export function billText(bill: BillResult, timezone: string, digits = 2): string {
  const rounded = roundedBill(bill, digits);
  const rows = rounded.lines.map((line) => [
    line.name,
    shown(line.quantity, 3),
    line.unit,
    line.part === 'tax' ? '' : line.rate === null ? '-' : shown(line.rate, 6),
    line.amount === null ? '-' : line.amount.toFixed(digits),
    notes(line, timezone),
  ]);
  const table = [
    ['', 'quantity', '', 'rate', 'amount', ''],
    ...rows,
    ['total', '', '', '', rounded.total.toFixed(digits), ''],
  ];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const text = table.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column === 1 || column === 3 || column === 4 ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
  const found = bill.findings.map((finding) => `note: ${finding.message}`);
  return [...header(bill, timezone), ...text, ...(found.length > 0 ? ['', ...found] : []), ''].join('\n');
}

function header(bill: BillResult, timezone: string): string[] {
  const label = (iso: string): string => wallLabel(timezone, Date.parse(iso));
  return [`From ${label(bill.from)} to ${label(bill.to)}, ${timezone}`, ''];
}

function notes(line: BillLine, timezone: string): string {
  const at = line.at === undefined ? [] : [`at ${wallLabel(timezone, Date.parse(line.at))}`];
  const version = 'version' in line ? [`version of ${line.version}`] : [];
  return [...at, ...(line.note === undefined ? [] : [line.note]), ...version].join('; ');
}

function shown(value: number, digits: number): string {
  return String(roundMoney(value, digits));
}
