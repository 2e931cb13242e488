import {
  type ReportColumn,
  type ReportRow,
  type ReportStream,
  type ReportTail,
  textColumn,
} from '#shared/report/model.ts';
import { DAY } from '#shared/time/instant.ts';
import { answerKpi } from '../kpi/kpi-question.ts';
import { answerStops } from '../kpi/machine-questions.ts';
import { badRequest } from '../problem.ts';
import { basisOf, commonStatements, headOf } from './basis.ts';
import type { ReportDeps } from './deps.ts';
import type { ReportQuestion } from './question.ts';
import { MAX_STOP_DAYS, reasonTable } from './shift-tables.ts';
import { wordFor } from './words.ts';

const COLUMNS: readonly ReportColumn[] = [
  textColumn('machine', 'Machine'),
  { id: 'start', name: 'Start', kind: 'instant', unit: null, digits: 0 },
  { id: 'end', name: 'End', kind: 'instant', unit: null, digits: 0 },
  { id: 'minutes', name: 'Duration', kind: 'number', unit: 'min', digits: 1 },
  textColumn('category', 'Time category'),
  textColumn('state', 'Machine state'),
  textColumn('reason', 'Reason'),
  textColumn('product', 'Product'),
  textColumn('order', 'Order'),
  { id: 'date', name: 'Production date', kind: 'date', unit: null, digits: 0 },
  textColumn('shift', 'Shift'),
];

/** Every stop of the window, and the reasons by their minutes. @throws Problem 400 where the window is too long. */
export function openStopsReport(deps: ReportDeps, question: ReportQuestion): ReportStream {
  const { plant, scope, from, until, asOf, now } = question;
  if (until - from > MAX_STOP_DAYS * DAY) {
    throw badRequest(`a stops report may span ${MAX_STOP_DAYS} days at most; ask for two`);
  }
  const window = { from, to: until, ...(asOf !== undefined && { asOf }), scope };
  let seconds = 0;
  let count = 0;

  async function* rows(): AsyncGenerator<ReportRow> {
    const { items } = await answerStops(plant, deps.kpi.windows, window, null);
    for (const stop of items) {
      seconds += stop.seconds;
      count += 1;
      yield [
        plant.machines.get(stop.machine)?.name ?? stop.machine,
        Date.parse(stop.start),
        stop.end === null ? null : Date.parse(stop.end),
        stop.seconds / 60,
        wordFor(plant, 'category', stop.category),
        wordFor(plant, 'state', stop.state),
        stop.reasonName ?? (stop.unexplained ? 'No reason yet' : null),
        stop.product === null ? null : wordFor(plant, 'product', stop.product),
        stop.order,
        stop.date,
        stop.shift,
      ];
    }
  }

  async function tail(): Promise<ReportTail> {
    const [item] = await answerKpi(plant, deps.kpi.kpi, deps.kpi.windows, { ...window, by: ['total'], now });
    const basis = basisOf(question, deps.ledger);
    const reasons = await reasonTable(deps, question);
    const known = item?.coverage ?? null;
    const provisional = until < question.to || (item?.provisional ?? false);
    return {
      total: COLUMNS.map(({ id }) => (id === 'machine' ? 'Total' : id === 'minutes' ? seconds / 60 : null)),
      figures: [
        { id: 'count', name: 'Stops', kind: 'number', unit: null, digits: 0, value: count, note: null },
        { id: 'minutes', name: 'Stop time', kind: 'number', unit: 'min', digits: 1, value: seconds / 60, note: null },
        {
          id: 'explained',
          name: 'Stop time with a reason',
          kind: 'ratio',
          unit: null,
          digits: 1,
          value: reasons?.explained ?? null,
          note: null,
        },
        {
          id: 'coverage',
          name: 'Known',
          kind: 'ratio',
          unit: null,
          digits: 1,
          value: known,
          note: 'of the time of the period',
        },
      ],
      charts: [],
      tables: reasons ? [reasons.table] : [],
      basis,
      coverage: known,
      provisional,
      method: [
        ...commonStatements(question, basis, known, provisional),
        {
          name: 'Stops',
          text: 'A stop is the part of one standstill that has one reason and one time category; its minutes are those in planned time, inside the period.',
        },
      ],
      findings: [],
    };
  }
  return {
    head: headOf(question, 'Stops', { id: 'stops', title: 'Every stop', note: null, columns: COLUMNS }),
    rows: rows(),
    tail,
  };
}
