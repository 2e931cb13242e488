import { z } from 'zod';

/* What the operator's tablet asks beside the live view of its machine. Instants ISO 8601 UTC, labels in the site's clock. */

const instant = z.string().describe('ISO 8601 UTC');
const maybe = z.number().nullable();

export const operatorQuery = z.strictObject({
  machine: z.string().min(1).max(128),
  at: z.iso
    .datetime({ offset: true })
    .optional()
    .describe('the stop that likely reasons are wanted for; default: the last'),
});

/** Why a reason is likely, in figures: the screen has the words. */
const evidence = z.object({
  kind: z.enum(['controller', 'neighbour', 'today', 'hour', 'before']),
  count: z.number().describe('stops with this reason: today, about this hour, or in the days looked at'),
  seconds: z.number().describe('that they took'),
  label: z.string().nullable().describe('neighbour: name of the machine that is down; before: date of the last one'),
  date: z.string().optional().describe('before: the same as YYYY-MM-DD at the site'),
});
export type Evidence = z.infer<typeof evidence>;

const likely = z.object({ reason: z.string(), name: z.string(), group: z.string(), evidence });

const stop = z.object({
  start: instant,
  end: instant.nullable().describe('null while it goes on'),
  startLabel: z.string(),
  endLabel: z.string().nullable(),
  seconds: z.number(),
  look: z.enum(['run', 'idle', 'setup', 'minor', 'down', 'plan', 'unknown']),
  reason: z.string().nullable(),
  reasonName: z.string().nullable(),
  byPerson: z.boolean().describe('a person gave the reason'),
  unexplained: z.boolean(),
  stretchStart: instant.describe('the same for all parts of one stop'),
});
export type OperatorStop = z.infer<typeof stop>;

export const callAnswer = z.object({
  id: z.string(),
  machine: z.string(),
  machineName: z.string(),
  at: instant,
  atLabel: z.string(),
  by: z.string(),
  team: z.string().nullable(),
  text: z.string().nullable(),
  acknowledged: z.object({ by: z.string(), at: instant, atLabel: z.string() }).nullable(),
});
export type CallAnswer = z.infer<typeof callAnswer>;

export const noteAnswer = z.object({
  id: z.string(),
  at: instant,
  atLabel: z.string(),
  by: z.string(),
  about: z.enum(['note', 'handover', 'hour']),
  machine: z.string().nullable(),
  machineName: z.string().nullable(),
  text: z.string(),
});
export type NoteAnswer = z.infer<typeof noteAnswer>;

export const orderAnswer = z.object({
  order: z.string(),
  product: z.string().nullable(),
  productName: z.string().nullable(),
  quantity: maybe,
  good: z.number(),
  total: z.number().optional().describe('rejects in; always there in the answers of this version'),
  endsAt: instant.nullable().describe('at the pace of the last hour'),
  endsLabel: z.string().nullable(),
  entered: z.boolean().describe('a person started it here, not the controller'),
});

export const operatorAnswer = z.object({
  machine: z.string(),
  machineName: z.string(),
  line: z.string(),
  lineName: z.string(),
  seq: z.number().describe('basedOn of what is entered after looking at this'),
  serverTime: instant,
  likely: z.array(likely),
  groups: z.array(
    z.object({
      name: z.string(),
      reasons: z.array(
        z.object({
          id: z.string(),
          name: z.string(),
          lastLabel: z.string().nullable(),
          lastDate: z.string().optional().describe('lastLabel as YYYY-MM-DD at the site'),
        }),
      ),
    }),
  ),
  stops: z.array(stop).describe('of the running shift, newest first'),
  order: orderAnswer.nullable(),
  products: z.array(z.object({ id: z.string(), name: z.string() })),
  scrap: z.object({
    soFar: maybe.describe('rejects of the shift, counted and entered'),
    reasons: z.array(z.object({ id: z.string(), name: z.string() })).describe('the one used last comes first'),
  }),
  notes: z.array(noteAnswer).describe('of this shift and the one before, newest first'),
  calls: z.array(callAnswer).describe('open ones of this machine'),
});
export type OperatorAnswer = z.infer<typeof operatorAnswer>;
