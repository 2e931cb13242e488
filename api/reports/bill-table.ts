import { type BillLine, priceLoad } from '#shared/energy/bill.ts';
import { EnergyError } from '#shared/energy/energy-error.ts';
import { correctMeterPieces } from '#shared/energy/exchange.ts';
import type { LoadRow } from '#shared/energy/load.ts';
import { meterLoad } from '#shared/energy/meter-load.ts';
import { roundMoney } from '#shared/energy/money.ts';
import { metersBehind, tariffSpans } from '#shared/energy/scope.ts';
import { monthsBefore } from '#shared/energy/settlement.ts';
import type { Plant, Tariff } from '#shared/plant/model.ts';
import type { ReportColumn, ReportFigure, ReportRow, ReportStatement, ReportTable } from '#shared/report/model.ts';
import { textColumn } from '#shared/report/model.ts';
import { currencyDigits } from '#shared/report/rounding.ts';
import { createCellShower, periodLabel } from '#shared/report/show.ts';
import type { Instant, Span } from '#shared/time/instant.ts';
import { buckets } from '#shared/time/periods.ts';
import { pricedMeters } from './basis.ts';
import type { ReportDeps } from './deps.ts';
import type { ReportQuestion } from './question.ts';

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
  readonly tariff: Tariff;
  readonly lines: readonly BillLine[];
  readonly maxKw: { readonly kW: number; readonly at: Instant } | null;
}

/** One billing period per local month, cut where another version of the tariff begins. */
export async function billOfReport(deps: ReportDeps, question: ReportQuestion): Promise<ReportBill | null> {
  const { plant, scope, from, until } = question;
  if (scope.kind !== 'site' && scope.kind !== 'meter') return null;
  const billed: BilledPeriod[] = [];
  const findings: string[] = [];
  for (const meter of pricedMeters(plant, scope)) {
    for (const { start, end, tariff } of tariffSpans(plant, meter, from, until)) {
      // A sub-meter is billed through the meter that the supplier reads.
      if (tariff === null || tariff.meter !== meter) continue;
      for (const span of buckets(tariff.timezone, start, end, 'month')) {
        const one = await billPeriod(deps, question, meter, tariff, span);
        if ('lines' in one) billed.push(one);
        else findings.push(one.refused);
      }
    }
  }
  if (billed.length === 0 && findings.length === 0) return null;
  return tableOf(plant, question, billed, findings);
}

async function billPeriod(
  { kpi }: ReportDeps,
  { plant, asOf }: ReportQuestion,
  meter: string,
  tariff: Tariff,
  span: Span,
): Promise<BilledPeriod | { readonly refused: string }> {
  const months = Math.max(0, ...tariff.demand.map((d) => d.ratchet?.months ?? 0));
  const since = months === 0 ? span.start : monthsBefore(tariff.timezone, span.start, months);
  const meters = metersBehind(plant, meter);
  const rows: LoadRow[] = [];
  for (const part of buckets(tariff.timezone, since, span.end, 'month')) {
    const meterPieces = correctMeterPieces({
      plant,
      meterPieces: await kpi.facts.ofMeters(
        plant.meters.get(meter)?.sum ? meters : [meter],
        part.start,
        part.end,
        asOf,
      ),
      counterEvents: await kpi.facts.counterEvents(part.start, part.end, asOf),
      entries: asOf === undefined ? kpi.entries.all() : kpi.entries.asOf(asOf),
    });
    for (const row of meterLoad(plant, meter, meterPieces, tariff, part.start, part.end)) rows.push(row);
  }
  try {
    const bill = priceLoad(tariff, rows, { from: span.start, to: span.end });
    return { span, meter, tariff, lines: bill.lines, maxKw: maximum(rows, span, tariff) };
  } catch (error) {
    if (error instanceof EnergyError) return { refused: `There is no bill of tariff ${tariff.id}: ${error.message}.` };
    throw error;
  }
}

function maximum(rows: readonly LoadRow[], span: Span, { intervalMinutes }: Tariff): BilledPeriod['maxKw'] {
  let top: { kW: number; at: Instant } | null = null;
  for (const { start, kWh, complete } of rows) {
    if (start < span.start || kWh === null || complete === false) continue;
    const kW = (kWh * 60) / intervalMinutes;
    if (top === null || kW > top.kW) top = { kW, at: start };
  }
  return top;
}

function tableOf(
  plant: Plant,
  { from, until }: ReportQuestion,
  billed: readonly BilledPeriod[],
  findings: string[],
): ReportBill {
  const { site } = plant;
  const { show } = createCellShower(site);
  const digits = currencyDigits(site.currency);
  const columns: ReportColumn[] = [
    textColumn('period', 'Billing period'),
    textColumn('tariff', 'Tariff'),
    textColumn('line', 'Line'),
    { id: 'quantity', name: 'Quantity', kind: 'number', unit: null, digits: 1 },
    textColumn('unit', 'Unit'),
    { id: 'rate', name: 'Rate', kind: 'number', unit: site.currency, digits: 5 },
    { id: 'amount', name: 'Amount', kind: 'money', unit: site.currency, digits },
    textColumn('note', 'Note'),
  ];
  const rows: ReportRow[] = [];
  let cents = 0;
  for (const { span, tariff, lines } of billed) {
    const of = `${tariff.id} from ${tariff.validFrom}`;
    for (const { name, quantity, unit, rate, amount, at, note } of lines) {
      const printed = amount === null ? null : roundMoney(amount, digits);
      if (printed !== null) cents += Math.round(printed * 10 ** digits);
      const remark = [...(at ? [`at ${show(Date.parse(at), 'instant', 0)}`] : []), ...(note ? [note] : [])].join('; ');
      rows.push([periodLabel(site, span.start, span.end), of, name, quantity, unit, rate, printed, remark || null]);
    }
  }
  const total = billed.length === 0 ? null : cents / 10 ** digits;
  const peaks = billed.flatMap(({ maxKw }) => (maxKw ? [maxKw] : [])).sort((a, b) => b.kW - a.kW);
  const peak = peaks[0];
  const table: ReportTable = {
    id: 'bill',
    title: 'Bill',
    note: 'Each line is rounded once; the total is the sum of the printed lines.',
    columns,
    rows,
    total: columns.map(({ id }) => (id === 'period' ? 'Total' : id === 'amount' ? total : null)),
  };
  return {
    tables: rows.length > 0 ? [table] : [],
    total,
    note:
      billed.length > 1 ? `${billed.length} billing periods, one per month and tariff version` : 'all lines, with tax',
    maxDemand: peak
      ? {
          id: 'maxDemand',
          name: 'Highest demand',
          kind: 'number',
          unit: 'kW',
          digits: 1,
          value: Math.round(peak.kW * 1e6) / 1e6,
          note: show(peak.at, 'instant', 0),
        }
      : null,
    statements: [
      {
        name: 'Bill',
        text: `Worked out from the readings of ${[...new Set(billed.map((b) => plant.meters.get(b.meter)?.name ?? b.meter))].join(', ') || 'the meter'}, ${periodLabel(site, from, until)}, a billing period per local month. Cost by band, machine or state is energy alone; demand, capacity, standing charges, levies and tax are of the site.`,
      },
    ],
    findings,
  };
}
