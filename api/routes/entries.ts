import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { entriesQuery } from '#shared/contract/rest.ts';
import { entriesAnswer, entryAnswer } from '#shared/contract/rest-answers.ts';
import type { Entry } from '#shared/ledger/entry.ts';
import { newEntrySchema, parseNewEntry } from '#shared/ledger/schema.ts';
import { MINUTE, toIso } from '#shared/time/instant.ts';
import { entersEntry, machineIn, reads } from '../auth/access.ts';
import type { ApiDeps } from '../deps.ts';
import { checkEntry } from '../ledger/check.ts';
import { LedgerConflict } from '../ledger/ledger.ts';
import { badRequest, Problem } from '../problem.ts';

/** What the server gives itself may be in the body, as in the interchange format, and counts for nothing. */
const headerSchema = z.object({
  id: z.string().min(1).max(200).optional(),
  by: z.string().min(1).max(200).default('unnamed'),
  recordedAt: z.unknown().optional(),
});

const keySchema = z.object({ 'idempotency-key': z.string().min(1).max(200).optional() });

export function entryRoutes(app: FastifyInstance, deps: ApiDeps): void {
  const { ledger, clock } = deps;
  app.get<{ Querystring: z.output<typeof entriesQuery> }>(
    '/api/v1/entries',
    {
      config: { access: reads(machineIn('query', 'machine', true)) },
      schema: { summary: 'What people entered', querystring: entriesQuery, response: { 200: entriesAnswer } },
    },
    async ({ query: { machine, after, limit } }) => ({
      items: ledger
        .entries()
        .slice(after)
        .filter((e) => machine === undefined || ('machine' in e && e.machine === machine))
        .slice(0, limit)
        .map(asJson),
      seq: ledger.seq,
    }),
  );
  app.post<{ Headers: z.output<typeof keySchema>; Body: unknown }>(
    '/api/v1/entries',
    {
      config: { access: entersEntry },
      schema: {
        summary: 'Append an entry. The same Idempotency-Key with the same body is the same entry, once',
        headers: keySchema,
        body: z
          .unknown()
          .describe('one entry without seq and recordedAt')
          .meta({ oneOf: [z.toJSONSchema(newEntrySchema, { io: 'input', unrepresentable: 'any' })] }),
        response: { 200: entryAnswer, 201: entryAnswer },
      },
    },
    async (request, reply) => {
      const { id, by, content } = readBody(request.body);
      const idempotencyKey = request.headers['idempotency-key'] ?? id;
      if (idempotencyKey === undefined) {
        throw badRequest('give an Idempotency-Key header: a new one per entry, the same one when you send it again');
      }
      const problem = await checkEntry(deps, content, clock() + MINUTE);
      if (problem !== null && !ledger.has(idempotencyKey)) throw new Problem(422, 'Cannot be entered', problem);
      try {
        const { entry, repeated } = ledger.append({ idempotencyKey, by, content, ...(id !== undefined && { id }) });
        return reply.code(repeated ? 200 : 201).send(asJson(entry));
      } catch (error) {
        if (error instanceof LedgerConflict) throw new Problem(409, 'Conflict', error.message);
        throw error;
      }
    },
  );
}

function readBody(body: unknown) {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw badRequest('the body must be one entry as a JSON object with a type');
  }
  const { id: _id, by: _by, recordedAt: _recordedAt, ...rest } = body as Record<string, unknown>;
  const header = headerSchema.safeParse(body);
  if (!header.success) throw badRequest('id and by must be short texts');
  const parsed = parseNewEntry(rest);
  if ('problem' in parsed) throw badRequest(parsed.problem);
  return { id: header.data.id, by: header.data.by, content: parsed.body };
}

const INSTANTS = ['at', 'from', 'to', 't', 'recordedAt'];

function asJson(entry: Entry): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(entry).map(([k, v]) => [k, INSTANTS.includes(k) && typeof v === 'number' ? toIso(v) : v]),
  );
}
