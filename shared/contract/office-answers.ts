import { z } from 'zod';

/* REST under /api/v1 of what goes on by itself: made reports, deliveries, alerts. Instants ISO 8601 UTC. */

const instant = z.string().describe('ISO 8601 UTC');

export const deliveryAnswer = z.object({
  id: z.string(),
  about: z.string().describe('report:ID or alert:ID'),
  channel: z.string(),
  subject: z.string(),
  state: z.enum(['waiting', 'sent', 'failed']),
  attempts: z.number(),
  createdAt: instant,
  sentAt: instant.nullable(),
  nextAt: instant.nullable().describe('next try'),
  error: z.string().nullable().describe('why the last try failed'),
});
export type DeliveryAnswer = z.infer<typeof deliveryAnswer>;

export const deliveriesAnswer = z.object({ items: z.array(deliveryAnswer) });
export type DeliveriesAnswer = z.infer<typeof deliveriesAnswer>;

export const madeReportAnswer = z.object({
  id: z.string(),
  name: z.string(),
  title: z.string(),
  scope: z.string(),
  scopeName: z.string(),
  from: instant,
  to: instant,
  period: z.string(),
  by: z.array(z.string()).readonly(),
  format: z.string(),
  language: z.string(),
  asOf: instant,
  madeAt: instant,
  madeAtLabel: z.string().describe('local clock'),
  madeBy: z.string(),
  schedule: z.string().nullable(),
  plantHash: z.string(),
  tariffs: z.array(z.string()).readonly(),
  coverage: z.number().nullable(),
  provisional: z.boolean(),
  hasFile: z.boolean(),
  supersededAt: instant.nullable(),
  supersededWhy: z.string().nullable(),
  deliveries: z.array(deliveryAnswer),
});
export type MadeReportAnswer = z.infer<typeof madeReportAnswer>;

export const scheduleAnswer = z.object({
  id: z.string(),
  name: z.string(),
  scope: z.string(),
  scopeName: z.string(),
  every: z.enum(['shift', 'day', 'week', 'month']),
  format: z.string(),
  to: z.array(z.string()).readonly(),
  folder: z.string().nullable(),
  problem: z.string().nullable().describe('why it is not made for now'),
});
export type ScheduleAnswer = z.infer<typeof scheduleAnswer>;

export const madeReportsAnswer = z.object({ made: z.array(madeReportAnswer), schedules: z.array(scheduleAnswer) });
export type MadeReportsAnswer = z.infer<typeof madeReportsAnswer>;

const sentence = z.record(z.string(), z.unknown());
/** Headline and detail before words: key of a sentence and its values, for who shows them in another language (shared/alert). */
const saidAnswer = z.object({ headline: sentence, detail: z.array(sentence) });

export const alertAnswer = z.object({
  id: z.string(),
  rule: z.string(),
  when: z.string(),
  about: z.string(),
  headline: z.string(),
  detail: z.string(),
  said: saidAnswer.optional(),
  value: z.number().nullable(),
  limit: z.number().nullable(),
  unit: z.string().nullable(),
  openedAt: instant,
  openedAtLabel: z.string().describe('local clock'),
  since: instant.nullable(),
  closedAt: instant.nullable(),
  acknowledgedAt: instant.nullable(),
  acknowledgedBy: z.string().nullable(),
  notifiedAt: instant.nullable(),
  runbook: z.string().describe('page under docs that says what to do'),
});
export type AlertAnswer = z.infer<typeof alertAnswer>;

export const alertsAnswer = z.object({ items: z.array(alertAnswer) });
export type AlertsAnswer = z.infer<typeof alertsAnswer>;
