import type { BillAnswer } from '#shared/contract/energy-answers.ts';
import type { LoadRow } from '#shared/energy/load.ts';
import { tariffSpans } from '#shared/energy/scope.ts';
import type { Plant, Tariff } from '#shared/plant/model.ts';
import type { ReportColumn, ReportFigure, ReportRow, ReportStatement, ReportTable } from '#shared/report/model.ts';
import { textColumn } from '#shared/report/model.ts';
import { currencyDigits } from '#shared/report/rounding.ts';
import { createCellShower, periodLabel } from '#shared/report/show.ts';
import { sayIn } from '#shared/report/words/words.ts';
import type { Instant, Span } from '#shared/time/instant.ts';
import { buckets } from '#shared/time/periods.ts';
import { billOf } from '../energy/bill.ts';
import { Problem } from '../problem.ts';
import { pricedMeters } from './basis.ts';
import type { ReportDeps } from './deps.ts';
import type { ReportQuestion } from './question.ts';
import { billLineWords, shownFor, tariffWords, unitWords } from './words.ts';

/** The bill of a tariff report: as the supplier would write it, from the readings of the metering point. */
export interface ReportBill {
  readonly tables: readonly ReportTable[];
  /** Sum of the printed lines; null where nothing could be billed. */
  readonly total: number | null;
  readonly note: string;
  readonly maxDemand: ReportFigure | null;
  readonly statements: readonly ReportStatement[];
  readonly findings: readonly string[];
}

interface BilledPeriod {
  readonly span: Span;
  readonly meter: string;
  readonly bill: BillAnswer;
  readonly maxKw: { readonly kW: number; readonly at: Instant } | null;
}

/** One billing period per local month and contract; a contract that changed within it is billed by its versions. */
export async function billOfReport(deps: ReportDeps, question: ReportQuestion): Promise<ReportBill | null> {
  const { plant, scope, from, to, until } = question;
  if (scope.kind !== 'site' && scope.kind !== 'meter') return null;
  const billed: BilledPeriod[] = [];
  const findings: string[] = [];
  for (const meter of pricedMeters(plant, scope)) {
    for (const [id, zone] of contractsOf(plant, meter, from, until)) {
      for (const span of buckets(zone, from, to, 'month')) {
        if (span.start >= until) continue;
        const one = await billPeriod(deps, question, id, meter, span);
        if ('bill' in one) billed.push(one);
        else findings.push(one.refused);
      }
    }
  }
  if (billed.length === 0 && findings.length === 0) return null;
  return tableOf(plant, question, billed, findings);
}

/** Contracts of the metering point itself, with their zones: a sub-meter is billed through the meter that the supplier reads. */
function contractsOf(plant: Plant, meter: string, from: Instant, until: Instant): Map<string, string> {
  const found = new Map<string, string>();
  for (const { tariff } of tariffSpans(plant, meter, from, until)) {
    if (tariff?.meter === meter) found.set(tariff.id, tariff.timezone);
  }
  return found;
}

async function billPeriod(
  { kpi }: ReportDeps,
  { plant, asOf, until, language }: ReportQuestion,
  tariff: string,
  meter: string,
  { start, end }: Span,
): Promise<BilledPeriod | { readonly refused: string }> {
  try {
    const window = { from: start, to: end, now: until, ...(asOf !== undefined && { asOf }) };
    const { answer, rowsOf, versions, period } = await billOf(plant, kpi, { tariff, meter, ...window });
    const last = versions.at(-1);
    return { span: period, meter, bill: answer, maxKw: last ? maximum(rowsOf(last), period, last) : null };
  } catch (error) {
    if (error instanceof Problem) return { refused: sayIn(language)('bill.refused', { tariff, why: error.message }) };
    throw error;
  }
}

function maximum(rows: readonly LoadRow[], span: Span, { intervalMinutes }: Tariff): BilledPeriod['maxKw'] {
  let top: { kW: number; at: Instant } | null = null;
  for (const { start, kWh, complete } of rows) {
    if (start < span.start || start >= span.end || kWh === null || complete === false) continue;
    const kW = (kWh * 60) / intervalMinutes;
    if (top === null || kW > top.kW) top = { kW, at: start };
  }
  return top;
}

function tableOf(
  plant: Plant,
  { from, until, language }: ReportQuestion,
  billed: readonly BilledPeriod[],
  findings: string[],
): ReportBill {
  const { site } = plant;
  const say = sayIn(language);
  const shown = shownFor({ site, language });
  const { show } = createCellShower(shown);
  const digits = currencyDigits(site.currency);
  const columns: ReportColumn[] = [
    textColumn('period', say('column.billingPeriod')),
    textColumn('tariff', say('column.tariff')),
    textColumn('line', say('column.line')),
    { id: 'quantity', name: say('column.quantity'), kind: 'number', unit: null, digits: 1 },
    textColumn('unit', say('column.unit')),
    { id: 'rate', name: say('column.rate'), kind: 'number', unit: site.currency, digits: 5 },
    { id: 'amount', name: say('column.amount'), kind: 'money', unit: site.currency, digits },
    textColumn('note', say('column.note')),
  ];
  const rows: ReportRow[] = [];
  let cents = 0;
  for (const { span, bill } of billed) {
    for (const { name, quantity, unit, rate, amount, at, note, version } of bill.lines) {
      if (amount !== null) cents += Math.round(amount * 10 ** digits);
      const when = at ? [say('bill.at', { time: show(Date.parse(at), 'instant', 0) })] : [];
      const remark = [...when, ...(note ? [note] : [])].join('; ');
      const of = tariffWords(`${bill.tariff} from ${version}`, say);
      const what = billLineWords(plant, name, language);
      const period = periodLabel(shown, span.start, span.end);
      rows.push([period, of, what, quantity, unitWords(unit, language), rate, amount, remark || null]);
    }
    for (const { message } of bill.findings) findings.push(message);
  }
  const total = billed.length === 0 ? null : cents / 10 ** digits;
  const peaks = billed.flatMap(({ maxKw }) => (maxKw ? [maxKw] : [])).sort((a, b) => b.kW - a.kW);
  const peak = peaks[0];
  const meters = [...new Set(billed.map(({ meter }) => plant.meters.get(meter)?.name ?? meter))];
  const table = withoutRepeats({
    id: 'bill',
    title: say('bill.title'),
    note: say('bill.note'),
    columns,
    rows,
    total: columns.map(({ id }) => (id === 'line' ? say('total') : id === 'amount' ? total : null)),
  });
  return {
    tables: rows.length > 0 ? [table] : [],
    total,
    note: billed.length > 1 ? say('bill.periods', { count: billed.length }) : say('bill.allLines'),
    maxDemand: peak
      ? {
          id: 'maxDemand',
          name: say('figure.highestDemand'),
          kind: 'number',
          unit: 'kW',
          digits: 1,
          value: Math.round(peak.kW * 1e6) / 1e6,
          note: show(peak.at, 'instant', 0),
        }
      : null,
    statements: [
      {
        name: say('bill.title'),
        text: say('bill.method', {
          meters: meters.join(', ') || say('bill.theMeter'),
          period: periodLabel(shown, from, until),
        }),
      },
    ],
    findings,
  };
}

/** A single period of a single contract is said once, over the table. */
function withoutRepeats(table: ReportTable): ReportTable {
  const [first] = table.rows;
  if (!first) return table;
  const repeats = table.columns.map(
    ({ id }, i) => (id === 'period' || id === 'tariff') && table.rows.every((row) => row[i] === first[i]),
  );
  if (!repeats.every((repeat, i) => repeat || i > 1)) return table;
  const kept = <T>(list: readonly T[]): T[] => list.filter((_, i) => !repeats[i]);
  return {
    ...table,
    note: `${first[0]}, ${first[1]}. ${table.note}`,
    columns: kept(table.columns),
    rows: table.rows.map(kept),
    total: table.total && kept(table.total),
  };
}
