import type { EnergyBy } from '#shared/contract/rest.ts';
import { tariffSpans } from '#shared/energy/scope.ts';
import type { ReportRow, ReportStream, ReportTable, ReportTail } from '#shared/report/model.ts';
import { DAY, type Span } from '#shared/time/instant.ts';
import { answerEnergy } from '../kpi/energy-question.ts';
import { answerKpi } from '../kpi/kpi-question.ts';
import { basisOf, headOf, pricedMeters } from './basis.ts';
import { billOfReport, type ReportBill } from './bill-table.ts';
import { rememberChunk } from './chunk-slices.ts';
import { chunksOf } from './chunks.ts';
import type { ReportDeps } from './deps.ts';
import { bandChart } from './energy-chart.ts';
import { energyFigures, energyStatements } from './energy-figures.ts';
import { addEnergy, type EnergyItemAnswer, type EnergySum, energySum } from './energy-sums.ts';
import { closedTable, createEnergyTable, type EnergyTable } from './energy-table.ts';
import { energyBy, type ReportQuestion } from './question.ts';

/*
 * Energy and money of a scope: the breakdown that was asked for, row by row, and beside it the same energy by band, state,
 * machine and day. A tariff report has the bill as well.
 */
export function openEnergyReport(deps: ReportDeps, question: ReportQuestion): ReportStream {
  const { plant, from, until, by, scope, language } = question;
  const bands = bandOrder(question);
  const main = createEnergyTable(plant, by, bands, language);
  const sides = sideBreakdowns(question).map((of) => ({
    of,
    table: createEnergyTable(plant, of, bands, language),
  }));
  const chartBy: EnergyBy[] = [chartPeriod(from, until), 'band'];
  const chart = createEnergyTable(plant, chartBy, bands, language);
  const slices = rememberChunk(deps.kpi.energy);
  const findings = new Map<string, string>();
  let total: EnergySum | null = null;
  let closing: readonly ReportRow[] = [];

  const ask = async (chunk: Span, split: readonly EnergyBy[]): Promise<readonly EnergyItemAnswer[]> => {
    const answer = await answerEnergy(plant, slices, {
      scope,
      from: chunk.start,
      to: chunk.end,
      ...(question.asOf !== undefined && { asOf: question.asOf }),
      by: split,
      now: question.now,
      goodIn: (start, end) => goodIn(deps, question, start, Math.min(end, chunk.end)),
    });
    for (const finding of answer.findings) findings.set(finding.code, finding.message);
    return answer.items;
  };

  async function* rows(): AsyncGenerator<ReportRow> {
    for (const chunk of chunksOf(question)) {
      yield* main.ready(new Date(chunk.start).toISOString());
      main.add(await ask(chunk, energyBy(by)));
      for (const { of, table } of sides) table.add(await ask(chunk, of));
      chart.add(await ask(chunk, chartBy));
      for (const item of await ask(chunk, ['total'])) {
        if (total) addEnergy(total, item);
        else total = energySum(item);
      }
      slices.forget();
    }
    closing = total ? main.rest(total) : [];
    yield* closing;
  }

  async function tail(): Promise<ReportTail> {
    const whole = total ?? NOTHING;
    const bill = question.name === 'tariff' ? await billOfReport(deps, question) : null;
    const basis = basisOf(question, deps.ledger);
    const good = await goodIn(deps, question, from, until);
    return {
      total: main.totalRow(whole),
      figures: energyFigures(question, whole, bill, good),
      charts: bandChart(question, chart.sums(), bands),
      tables: tablesOf(sides, whole, bill),
      basis,
      coverage: whole.missingSeconds === null || whole.seconds === 0 ? null : 1 - whole.missingSeconds / whole.seconds,
      provisional: whole.provisional || until < question.to,
      method: energyStatements(question, basis, whole, bill),
      findings: [...findings.values(), ...(bill?.findings ?? [])],
    };
  }

  const title = question.name === 'tariff' ? 'title.tariff' : 'title.energy';
  return {
    head: headOf(question, title, { id: 'breakdown', title: main.title, note: null, columns: main.columns }),
    rows: rows(),
    tail,
  };
}

const NOTHING: EnergySum = {
  start: '',
  end: '',
  shift: null,
  shiftName: null,
  date: null,
  split: {},
  kWh: 0,
  cost: null,
  co2Kg: null,
  unpricedKWh: 0,
  missingSeconds: null,
  seconds: 0,
  kWhPerGood: null,
  estimated: false,
  provisional: false,
};

function tablesOf(
  sides: readonly { readonly of: readonly EnergyBy[]; readonly table: EnergyTable }[],
  total: EnergySum,
  bill: ReportBill | null,
): ReportTable[] {
  return [
    ...(bill ? bill.tables : []),
    ...sides.map(({ of, table }) => closedTable(table, `by-${of.join('-')}`, total)),
  ];
}

/** Breakdowns beside the one that was asked for. */
function sideBreakdowns({ by, scope, from, until }: ReportQuestion): EnergyBy[][] {
  const wanted: EnergyBy[][] = [
    ['band'],
    ['state'],
    ...(scope.kind === 'machine' ? [] : [['machine'] as EnergyBy[]]),
    [chartPeriod(from, until) === 'month' ? 'month' : 'day'],
  ];
  return wanted.filter((side) => side.length !== by.length || !side.every((s) => by.includes(s)));
}

function chartPeriod(from: number, until: number): 'hour' | 'day' | 'month' {
  if (until - from <= 2 * DAY) return 'hour';
  return until - from > 63 * DAY ? 'month' : 'day';
}

/** Names of bands in the order of their tariff. */
function bandOrder({ plant, scope, from, until }: ReportQuestion): string[] {
  const names = new Set<string>();
  for (const meter of pricedMeters(plant, scope)) {
    for (const { tariff } of tariffSpans(plant, meter, from, until)) {
      for (const band of tariff?.bands ?? []) names.add(band.name);
    }
  }
  return [...names];
}

/** Good pieces of one line or machine; those of several lines are different things. */
async function goodIn(
  { kpi }: ReportDeps,
  { plant, scope, asOf, now, until }: ReportQuestion,
  start: number,
  end: number,
): Promise<number | null> {
  const to = Math.min(end, until);
  if (scope.lines.length !== 1 || start >= to) return null;
  const window = { from: start, to, ...(asOf !== undefined && { asOf }) };
  const [item] = await answerKpi(plant, kpi.kpi, kpi.windows, { ...window, scope, by: ['total'], now });
  return item ? item.counts.good + item.counts.unscheduledGood : null;
}
