import { z } from 'zod';
import { date, endOfSpan, read, timeOfDay } from '../plant/schema-basics.ts';
import type { Instant } from '../time/instant.ts';
import { readUtcInstant } from '../time/iso-instant.ts';
import type { Entry } from './entry.ts';

/*
 * Entries as people, programs and files give them (INTERFACES section 2): instants as ISO 8601 with an offset. `parseEntry`
 * is for whole lines (replay, import), `newEntrySchema` for POST, where the ledger gives seq, recordedAt and by.
 */

const instant = z.string().transform((text, context): Instant => {
  const t = parseInstant(text);
  if (t !== null) return t;
  context.addIssue({ code: 'custom', message: `is not an instant with an offset, like 2026-06-01T09:00:00Z` });
  return z.NEVER;
});

/** Epoch ms of an ISO 8601 instant with `Z` or an offset, between the years 1970 and 2200; null for anything else. */
export function parseInstant(text: string): Instant | null {
  const usual = readUtcInstant(text);
  if (usual < LATEST) return usual;
  if (!INSTANT.test(text)) return null;
  const t = Date.parse(text);
  // `Date.parse` makes 2 March of 30 February.
  const day = Number(text.slice(8, 10));
  if (day > 28 && day > new Date(Date.UTC(Number(text.slice(0, 4)), Number(text.slice(5, 7)), 0)).getUTCDate())
    return null;
  return t >= 0 && t < LATEST ? t : null;
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)$/;
const LATEST = Date.UTC(2200, 0, 1);

const id = z.string().min(1).max(200);
const count = z.number().positive().max(1e9);
const comment = z.string().max(2000).exactOptional();
const register = z.number().min(0).max(1e15);

const stopReasonAt = z.strictObject({ type: z.literal('stopReason'), machine: id, at: instant, reason: id, comment });
const stopReasonSlice = z
  .strictObject({ type: z.literal('stopReason'), machine: id, from: instant, to: instant, reason: id, comment })
  .refine((e) => e.from < e.to, { path: ['to'], message: 'must be later than from' });
const scrap = z.strictObject({
  type: z.literal('scrap'),
  machine: id,
  at: instant,
  count,
  reason: id.exactOptional(),
  comment,
});
const product = z.strictObject({
  type: z.literal('product'),
  machine: id,
  at: instant,
  product: id,
  order: z.string().max(200).exactOptional(),
  comment,
});
const meterExchange = z.strictObject({
  type: z.literal('meterExchange'),
  meter: id,
  at: instant,
  oldFinal: register,
  newStart: register,
  comment,
});
const counterVerdict = z.strictObject({
  type: z.literal('counterVerdict'),
  signal: id,
  t: instant,
  counted: z.number().min(0).max(1e15),
  comment,
});
const voided = z.strictObject({ type: z.literal('void'), entry: id, comment });
const ofMachine = { machine: id, at: instant, comment };
const merge = z.strictObject({ type: z.literal('merge'), ...ofMachine });
const orderStart = z.strictObject({
  type: z.literal('orderStart'),
  ...ofMachine,
  order: id,
  product: id.exactOptional(),
  quantity: count.exactOptional(),
});
const orderFinish = z.strictObject({ type: z.literal('orderFinish'), ...ofMachine, order: id });
const words = z.string().trim().min(1).max(2000);
const note = z
  .strictObject({
    type: z.literal('note'),
    machine: id.exactOptional(),
    line: id.exactOptional(),
    at: instant,
    text: words,
    about: z.enum(['handover', 'hour']).exactOptional(),
    comment,
  })
  .refine((e) => e.machine === undefined || e.line === undefined, {
    path: ['line'],
    message: 'a note is about a machine or about a line; give one of them',
  });
const andonCall = z.strictObject({
  type: z.literal('andonCall'),
  ...ofMachine,
  team: id.exactOptional(),
  text: words.exactOptional(),
});
const andonAcknowledge = z.strictObject({ type: z.literal('andonAcknowledge'), ...ofMachine, call: id });
const andonClose = z.strictObject({ type: z.literal('andonClose'), ...ofMachine, call: id });
const enteredShift = z.strictObject({
  id,
  name: id.exactOptional(),
  start: timeOfDay,
  end: endOfSpan,
  breaks: z.array(z.strictObject({ start: timeOfDay, minutes: z.number().int().min(1).max(1440) })).exactOptional(),
});
const calendarException = z
  .strictObject({
    type: z.literal('calendarException'),
    line: id,
    date,
    closed: z.literal(true).exactOptional(),
    shift: enteredShift.exactOptional(),
    comment,
  })
  .refine((e) => (e.closed === undefined) !== (e.shift === undefined), {
    message: 'say closed: true, or give the shift that runs on this date',
  });
const target = z.strictObject({ type: z.literal('target'), ...ofMachine, targetOee: z.number().gt(0).max(1) });
const periodLock = z.strictObject({
  type: z.literal('periodLock'),
  until: instant,
  line: id.exactOptional(),
  comment,
});

const bodies = [
  scrap,
  product,
  merge,
  orderStart,
  orderFinish,
  note,
  andonCall,
  andonAcknowledge,
  andonClose,
  meterExchange,
  counterVerdict,
  calendarException,
  target,
  periodLock,
  voided,
] as const;

/** The body of POST /entries: one entry without its header. */
export const newEntrySchema = z.union([stopReasonAt, stopReasonSlice, ...bodies]);
export type NewEntry = z.output<typeof newEntrySchema>;
export type NewEntryInput = z.input<typeof newEntrySchema>;

const BODIES = {
  scrap,
  product,
  merge,
  orderStart,
  orderFinish,
  note,
  andonCall,
  andonAcknowledge,
  andonClose,
  meterExchange,
  counterVerdict,
  calendarException,
  target,
  periodLock,
  void: voided,
} as const;
const header = z.object({
  id,
  recordedAt: instant,
  by: z.string().max(200),
  device: z.string().max(200).exactOptional(),
  enteredAt: instant.exactOptional(),
});

/**
 * One entry from parsed JSON. `seq` is its place in the file or ledger. Returns the entry, or one sentence that says which
 * field is wrong and how.
 */
export function parseEntry(value: unknown, seq: number): { readonly entry: Entry } | { readonly problem: string } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return {
      problem: 'an entry is a JSON object like {"id":"e1","recordedAt":"...","by":"...","type":"stopReason",...}',
    };
  }
  const {
    id: _1,
    recordedAt: _2,
    by: _3,
    seq: _4,
    device: _5,
    enteredAt: _6,
    ...body
  } = value as Record<string, unknown>;
  const head = parsed(header, value);
  if ('problem' in head) return head;
  const rest = bodyOf(body);
  if ('problem' in rest) return rest;
  return { entry: { ...head.value, seq, ...rest.body } };
}

/** The body of one entry (POST). Returns it, or one sentence that says which field is wrong and how. */
export function parseNewEntry(value: unknown): { readonly body: NewEntry } | { readonly problem: string } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { problem: 'the body must be a JSON object with a type' };
  }
  return bodyOf(value as Record<string, unknown>);
}

function bodyOf(body: Record<string, unknown>): { body: NewEntry } | { problem: string } {
  const type = body.type;
  const schema =
    type === 'stopReason'
      ? 'at' in body && !('from' in body || 'to' in body)
        ? stopReasonAt
        : stopReasonSlice
      : typeof type === 'string' && Object.hasOwn(BODIES, type)
        ? BODIES[type as keyof typeof BODIES]
        : null;
  if (!schema) {
    return { problem: `type: ${show(type)} is none of stopReason, ${Object.keys(BODIES).join(', ')}` };
  }
  const rest = parsed<NewEntry>(schema, body);
  return 'problem' in rest ? rest : { body: rest.value };
}

/** The value, or the first thing that is wrong with it, in the words of the plant file. */
function parsed<T>(schema: z.ZodType<T>, given: unknown): { readonly value: T } | { readonly problem: string } {
  const problems: string[] = [];
  const value = read(schema, given, (path, message) => {
    problems.push(path.length === 0 ? message : `${path.join('.')}: ${message}`);
  });
  return value === undefined ? { problem: problems[0] ?? 'is not an entry' } : { value };
}

function show(value: unknown): string {
  return value === undefined ? 'missing, it' : JSON.stringify(value).slice(0, 60);
}
