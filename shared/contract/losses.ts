import { z } from 'zod';
import { orderAnswer } from './operator.ts';
import { kpiAnswer } from './rest-answers.ts';

/* The loss ledger of one shift of one machine: where its time, pieces, energy and money went. Instants ISO 8601 UTC. */

const instant = z.string().describe('ISO 8601 UTC');
const number = z.number();
const maybe = number.nullable();

/** In the order of the ledger: losses of planned time, what is left of it, and time outside the plan. */
export const LEDGER_PARTS = [
  'plannedStop',
  'waiting',
  'down',
  'unknown',
  'smallStop',
  'slowCycles',
  'startupRejects',
  'productionRejects',
  'fullyProductive',
  'break',
  'scheduleLoss',
  'offShift',
] as const;
export type LedgerPart = (typeof LEDGER_PARTS)[number];

const part = z.object({
  part: z.enum(LEDGER_PARTS),
  seconds: number.describe('negative slowCycles: the machine beat its ideal cycle'),
  pieces: maybe.describe('pieces not made in that time at the ideal cycle; pieces made in fullyProductive'),
  kWh: maybe.describe('null: no meter feeds the machine'),
  energyCost: maybe.describe('of the priced part, at the prices then in force'),
  lostMoney: maybe.describe(
    'lost pieces x what each contributes, else time x cost per hour; null: the plant file gives neither',
  ),
});
export type LedgerPartAnswer = z.infer<typeof part>;

const figures = kpiAnswer.shape.items.element.pick({
  seconds: true,
  counts: true,
  idealSeconds: true,
  idealGoodSeconds: true,
  kpi: true,
  coverage: true,
  targetCount: true,
  projectedCount: true,
});

const shift = z.object({
  id: z.string(),
  name: z.string(),
  date: z.string(),
  dateLabel: z.string(),
  start: instant,
  end: instant,
  startLabel: z.string(),
  endLabel: z.string(),
  running: z.boolean(),
});

export const lossesAnswer = z.object({
  scope: z.string(),
  currency: z.string(),
  shift,
  shifts: z.array(shift).describe('the last ones, newest first'),
  breaks: z.array(z.object({ start: instant, end: instant })),
  clock: z
    .object({
      utcOffsetMinutes: number,
      nextOffset: z.object({ at: instant, utcOffsetMinutes: number }).nullable(),
    })
    .describe("the site's clock in that shift"),
  until: instant.describe('the ledger holds up to here: the end of the shift, or the last whole minute'),
  untilLabel: z.string(),
  provisional: z.boolean().describe('less than fifteen minutes after the end: late data may still come'),
  counted: z.boolean().describe('false: nothing counts its pieces, and what rests on them is not known'),
  parts: z.array(part),
  figures: figures.extend({ targetOee: maybe, targetAtEnd: maybe }),
  energy: z
    .object({
      kWh: number,
      cost: maybe,
      unpricedKWh: number,
      coverage: maybe,
      kWhPerGood: maybe,
      byState: z.record(z.string(), number).describe('by look of the machine state'),
    })
    .nullable()
    .describe('null: no meter feeds the machine'),
  calendar: z
    .object({ seconds: number, ledgerSeconds: number })
    .describe('from the start of the shift to `until` by the calendar, and the sum of the ledger'),
  meter: z
    .object({ names: z.array(z.string()), kWh: number, ledgerKWh: number })
    .nullable()
    .describe('what its own meters read, added up apart from the ledger; null where other meters are behind them'),
  lostAt: z
    .string()
    .nullable()
    .describe(
      'name of the machine at which this line loses pieces, where it is another one: then no money is lost here',
    ),
  order: orderAnswer
    .extend({
      dueThisShift: maybe.describe('good pieces that the target asks of this order in this shift, by now'),
      goodThisShift: number,
    })
    .nullable(),
});
export type LossesAnswer = z.infer<typeof lossesAnswer>;
