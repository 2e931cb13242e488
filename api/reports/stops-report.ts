import { nameIn } from '#shared/plant/translations.ts';
import {
  type ReportColumn,
  type ReportRow,
  type ReportStream,
  type ReportTail,
  textColumn,
} from '#shared/report/model.ts';
import { type Say, sayIn } from '#shared/report/words/words.ts';
import { DAY } from '#shared/time/instant.ts';
import { answerKpi } from '../kpi/kpi-question.ts';
import { answerStops } from '../kpi/machine-questions.ts';
import { badRequest } from '../problem.ts';
import { basisOf, commonStatements, headOf } from './basis.ts';
import type { ReportDeps } from './deps.ts';
import type { ReportQuestion } from './question.ts';
import { MAX_STOP_DAYS, reasonTable } from './shift-tables.ts';
import { wordFor } from './words.ts';

const columnsOf = (say: Say): readonly ReportColumn[] => [
  textColumn('machine', say('column.machine')),
  { id: 'start', name: say('column.start'), kind: 'instant', unit: null, digits: 0 },
  { id: 'end', name: say('column.end'), kind: 'instant', unit: null, digits: 0 },
  { id: 'minutes', name: say('column.duration'), kind: 'number', unit: 'min', digits: 1 },
  textColumn('category', say('column.category')),
  textColumn('state', say('column.state')),
  textColumn('reason', say('column.reason')),
  textColumn('product', say('column.product')),
  textColumn('order', say('column.order')),
  { id: 'date', name: say('column.productionDate'), kind: 'date', unit: null, digits: 0 },
  textColumn('shift', say('column.shift')),
];

/** Every stop of the window, and the reasons by their minutes. @throws Problem 400 where the window is too long. */
export function openStopsReport(deps: ReportDeps, question: ReportQuestion): ReportStream {
  const { plant, scope, from, until, asOf, now, language } = question;
  const say = sayIn(language);
  const columns = columnsOf(say);
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
        wordFor(plant, 'machine', stop.machine, language),
        Date.parse(stop.start),
        stop.end === null ? null : Date.parse(stop.end),
        stop.seconds / 60,
        wordFor(plant, 'category', stop.category, language),
        wordFor(plant, 'state', stop.state, language),
        stop.reasonName === null
          ? stop.unexplained
            ? say('noReason')
            : null
          : nameIn(plant, language, stop.reasonName),
        stop.product === null ? null : wordFor(plant, 'product', stop.product, language),
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
      total: columns.map(({ id }) => (id === 'machine' ? say('total') : id === 'minutes' ? seconds / 60 : null)),
      figures: [
        { id: 'count', name: say('column.stops'), kind: 'number', unit: null, digits: 0, value: count, note: null },
        {
          id: 'minutes',
          name: say('figure.stopTime'),
          kind: 'number',
          unit: 'min',
          digits: 1,
          value: seconds / 60,
          note: null,
        },
        {
          id: 'explained',
          name: say('figure.explained'),
          kind: 'ratio',
          unit: null,
          digits: 1,
          value: reasons?.explained ?? null,
          note: null,
        },
        {
          id: 'coverage',
          name: say('column.known'),
          kind: 'ratio',
          unit: null,
          digits: 1,
          value: known,
          note: say('figure.ofPeriod'),
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
          name: say('column.stops'),
          text: say('method.stopsText'),
        },
      ],
      findings: [],
    };
  }
  return {
    head: headOf(question, 'title.stops', { id: 'stops', title: say('everyStop'), note: null, columns }),
    rows: rows(),
    tail,
  };
}
