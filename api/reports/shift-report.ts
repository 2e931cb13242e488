import type { EnergyBy } from '#shared/contract/rest.ts';
import type { ReportCell, ReportRow, ReportStatement, ReportStream, ReportTail } from '#shared/report/model.ts';
import { createPrintedSums } from '#shared/report/rounding.ts';
import { type Say, sayIn } from '#shared/report/words/words.ts';
import type { Span } from '#shared/time/instant.ts';
import { answerEnergy } from '../kpi/energy-question.ts';
import { answerKpi, onePeriod } from '../kpi/kpi-question.ts';
import { basisOf, commonStatements, headOf } from './basis.ts';
import { chunksOf } from './chunks.ts';
import type { ReportDeps } from './deps.ts';
import { type EnergyBeside, type KpiItemAnswer, kpiColumns } from './kpi-columns.ts';
import { kpiBy, type ReportQuestion } from './question.ts';
import { lossTable, machineTable, type OeePoint, oeeChart, reasonTable, shiftFigures } from './shift-tables.ts';
import { breakdownTitle } from './words.ts';

/**
 * OEE of machines, row by row, with the energy that their meters saw in the same time. The total is that of the scope, judged
 * as a whole: of a line with a constraint it is the line's, not a sum of machines.
 */
export function openShiftReport(deps: ReportDeps, question: ReportQuestion): ReportStream {
  const { plant, scope, from, until, by, asOf, now, language } = question;
  const say = sayIn(language);
  const withEnergy = plant.meters.size > 0;
  const shape = kpiColumns(plant, by, withEnergy, language);
  const printed = createPrintedSums(shape.columns);
  const kWhColumn = shape.columns.findIndex((c) => c.id === 'kWh');
  const costColumn = shape.columns.findIndex((c) => c.id === 'cost');
  const points: OeePoint[] = [];
  const findings = new Map<string, string>();
  let kWh: number | null = null;
  let provisional = false;

  const window = (span: Span) => ({ from: span.start, to: span.end, ...(asOf !== undefined && { asOf }), scope, now });

  async function energyIn(chunk: Span): Promise<ReadonlyMap<string, EnergyBeside>> {
    if (!withEnergy) return new Map();
    const split = by.filter((b): b is EnergyBy => b !== 'total');
    const answer = await answerEnergy(plant, deps.kpi.energy, {
      ...window(chunk),
      by: split.length > 0 ? split : ['total'],
      goodIn: async () => null,
    });
    return new Map(
      answer.items.map((item) => [keyOf(item, item.machine), { kWh: item.kWh, cost: item.cost }] as const),
    );
  }

  async function* rows(): AsyncGenerator<ReportRow> {
    const chunks = onePeriod(by) === null ? [{ start: from, end: until }] : chunksOf(question);
    for (const chunk of chunks) {
      const energy = await energyIn(chunk);
      const items = await answerKpi(plant, deps.kpi.kpi, deps.kpi.windows, { ...window(chunk), by: kpiBy(by) });
      for (const item of items) {
        const machine = item.scope.startsWith('machine:') && by.includes('machine') ? item.scope.slice(8) : null;
        const row = shape.row(item, energy.get(keyOf(item, machine)) ?? null);
        printed.add(row);
        const seen = row[kWhColumn];
        if (typeof seen === 'number') kWh = (kWh ?? 0) + seen;
        provisional ||= item.provisional;
        for (const { code, scope: of, message } of item.findings) findings.set(`${code}:${of}`, message);
        if (item.shift !== 'offShift')
          points.push({ start: item.window.start, shift: item.shiftName, oee: item.kpi.oee });
        yield row;
      }
    }
  }

  async function tail(): Promise<ReportTail> {
    const whole = { start: from, end: until };
    const [item] = await answerKpi(plant, deps.kpi.kpi, deps.kpi.windows, { ...window(whole), by: ['total'] });
    const energy: EnergyBeside = { kWh, cost: null };
    const cost: ReportCell = printed.of(costColumn);
    const total = item
      ? shape.total(item, energy, say('total')).map((cell, i) => (i === costColumn ? cost : cell))
      : null;
    const basis = basisOf(question, deps.ledger);
    const known = item?.coverage ?? null;
    const isProvisional = provisional || until < question.to;
    const reasons = await reasonTable(deps, question);
    return {
      total,
      figures: item ? shiftFigures(plant, item, kWh, cost, reasons?.explained ?? null, say) : [],
      charts: by.some((b) => b === 'machine' || b === 'product' || b === 'order') ? [] : oeeChart(question, points),
      tables: [
        ...(item ? [lossTable(item, say)] : []),
        ...(reasons ? [reasons.table] : []),
        ...(scope.kind === 'machine' || by.includes('machine') ? [] : [await machineTable(deps, question)]),
      ],
      basis,
      coverage: known,
      provisional: isProvisional,
      method: [...commonStatements(question, basis, known, isProvisional), ...methodOf(say)],
      findings: [...findings.values()],
    };
  }

  const title = breakdownTitle(question.name === 'oee' ? 'oee' : 'oeeAndEnergy', by, language);
  return {
    head: headOf(question, question.name === 'oee' ? 'title.oee' : 'title.shift', {
      id: 'breakdown',
      title,
      note: null,
      columns: shape.columns,
    }),
    rows: rows(),
    tail,
  };
}

const methodOf = (say: Say): ReportStatement[] => [
  { name: say('column.oee'), text: say('method.oeeText') },
  { name: say('column.planned'), text: say('method.plannedText') },
  { name: say('column.energy'), text: say('method.energyText') },
];

interface Keyed {
  readonly window: KpiItemAnswer['window'];
  readonly shift: string | null;
  readonly date: string | null;
  readonly product: string | null;
  readonly order: string | null;
}

/** Shifts and production days have names; other groups begin together. */
function keyOf({ window, shift, date, product, order }: Keyed, machine: string | null): string {
  const when = shift !== null && shift !== 'offShift' ? `${shift}|${date}` : (date ?? window.start);
  return `${when}|${machine}|${product}|${order}`;
}
