import { z } from 'zod';
import { callAnswer, noteAnswer } from './operator.ts';
import { scopeSchema } from './rest.ts';

/* The shift desk: one shift of a line or a machine, and what was said about it. Instants ISO 8601 UTC, labels in the site's clock. */

const instant = z.string().describe('ISO 8601 UTC');
const maybe = z.number().nullable();

export const deskQuery = z.strictObject({
  scope: scopeSchema.describe('line:ID or machine:ID'),
  shift: z.string().max(128).optional().describe('shift id; without it the running shift, or the last one'),
  date: z.iso.date().optional().describe('production date; goes with shift'),
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
export type DeskShift = z.infer<typeof shift>;

const figures = {
  oee: maybe,
  availability: maybe,
  performance: maybe,
  quality: maybe,
  good: z.number(),
  total: z.number(),
  targetCount: maybe,
};

export const versionsAnswer = z.object({
  scope: z.string(),
  shift,
  publishedAt: instant.describe('end of the shift and fifteen minutes'),
  locked: z.object({ by: z.string(), at: instant, atLabel: z.string() }).nullable(),
  versions: z.array(
    z.object({
      version: z.number(),
      at: instant,
      atLabel: z.string(),
      ...figures,
      cause: z.string().nullable().describe('why it differs from the version before; null for the first'),
      by: z.string().nullable(),
      entry: z.string().nullable().describe('id of the entry that changed it'),
      adjustment: z.boolean().describe('it came after the period was closed'),
    }),
  ),
});
export type VersionsAnswer = z.infer<typeof versionsAnswer>;

export const deskAnswer = z.object({
  scope: z.string(),
  name: z.string(),
  currency: z.string(),
  seq: z.number(),
  serverTime: instant,
  shift,
  shifts: z.array(shift).describe('the last ones, newest first'),
  figures: z.object(figures),
  unexplained: z.array(
    z.object({
      machine: z.string(),
      machineName: z.string(),
      start: instant,
      end: instant.nullable(),
      startLabel: z.string(),
      seconds: z.number(),
      look: z.enum(['run', 'idle', 'setup', 'minor', 'down', 'plan', 'unknown']),
      word: z.string(),
      pieces: z.number(),
      money: maybe,
    }),
  ),
  explained: z.object({
    stopSeconds: z.number().describe('planned and unplanned stops, small ones left out'),
    byController: z.number(),
    byPerson: z.number(),
    byNobody: z.number(),
  }),
  hours: z.array(
    z.object({
      start: instant,
      end: instant,
      startLabel: z.string(),
      endLabel: z.string(),
      target: maybe,
      targetSoFar: maybe.describe('of the hour that runs: due by now; else as target'),
      good: maybe.describe('null: the hour has not begun, or nothing is counted'),
      reject: maybe,
      stopSeconds: z.number(),
      topLoss: z.object({ name: z.string(), seconds: z.number() }).nullable(),
      comments: z.array(noteAnswer),
    }),
  ),
  pareto: z.array(
    z.object({
      reason: z.string().nullable(),
      name: z.string(),
      look: z.enum(['run', 'idle', 'setup', 'minor', 'down', 'plan', 'unknown']),
      seconds: z.number(),
      count: z.number(),
      pieces: z.number().describe('good pieces not made; on a line with a constraint, at the constraint only'),
      money: maybe,
    }),
  ),
  scrap: z.array(z.object({ reason: z.string().nullable(), name: z.string(), count: z.number() })),
  notes: z.array(noteAnswer),
  calls: z.array(callAnswer),
  reasons: z.array(z.object({ id: z.string(), name: z.string(), group: z.string() })),
});
export type DeskAnswer = z.infer<typeof deskAnswer>;
