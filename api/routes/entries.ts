import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { entriesQuery } from '#shared/contract/rest.ts';
import { entriesAnswer, entryAnswer } from '#shared/contract/rest-answers.ts';
import type { Entry } from '#shared/ledger/entry.ts';
import { newEntrySchema, parseInstant, parseNewEntry } from '#shared/ledger/schema.ts';
import { changedSince } from '#shared/ledger/stale.ts';
import { subjectOf } from '#shared/ledger/subject.ts';
import { MINUTE } from '#shared/time/instant.ts';
import { entersEntry, machineIn, reads } from '../auth/access.ts';
import { signedInName } from '../auth/gate.ts';
import { maySeeEntry } from '../auth/may.ts';
import type { ApiDeps } from '../deps.ts';
import { checkEntry } from '../ledger/check.ts';
import { entryJson } from '../ledger/json.ts';
import { LedgerConflict, LedgerUnavailable } from '../ledger/ledger.ts';
import { badRequest, Problem } from '../problem.ts';

/**
 * What the server gives itself may be in the body, as in the interchange format, and counts for nothing. `basedOn` is the last
 * seq that the person saw: where somebody else has said something about the same thing since, the entry is refused.
 */
const headerSchema = z.object({
  id: z.string().min(1).max(200).optional(),
  by: z.string().min(1).max(200).default('unnamed'),
  device: z.string().min(1).max(200).optional(),
  enteredAt: z
    .string()
    .transform((text) => parseInstant(text))
    .pipe(z.number())
    .optional(),
  basedOn: z.number().int().min(0).optional(),
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
    async ({ query: { machine, after, limit }, principal }) => ({
      items: ledger
        .entries()
        .slice(after)
        .filter((e) => machine === undefined || subjectOf(e) === machine)
        .filter((e) => maySeeEntry(principal, e, { plant: deps.plant.current, entries: ledger.entries }))
        .slice(0, limit)
        .map(entryJson),
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
      const given = readBody(request.body);
      const { id, basedOn, content } = given;
      const idempotencyKey = request.headers['idempotency-key'] ?? id;
      if (idempotencyKey === undefined) {
        throw badRequest('give an Idempotency-Key header: a new one per entry, the same one when you send it again');
      }
      try {
        const checked = await checkEntry(deps, content, clock() + MINUTE);
        // What was taken once stays taken, whatever the plant file says by now.
        if ('problem' in checked && (await ledger.byKey(idempotencyKey)) === null) {
          throw new Problem(422, 'Cannot be entered', checked.problem);
        }
        const stop = 'stop' in checked ? checked.stop : null;
        const { entry, repeated } = await ledger.append({
          ...given,
          by: signedInName(request) ?? given.by,
          idempotencyKey,
          guard: (entries) => {
            if (basedOn === undefined) return;
            const changed = changedSince(entries, { entry: content, basedOn, device: given.device, stop });
            if (changed.length > 0) throw staleView(changed, entries.length);
          },
        });
        return reply.code(repeated ? 200 : 201).send(entryJson(entry));
      } catch (error) {
        if (error instanceof LedgerConflict) throw new Problem(409, 'Conflict', error.message);
        if (error instanceof LedgerUnavailable)
          throw new Problem(503, 'Ledger away', error.message, { retryable: true });
        throw error;
      }
    },
  );
}

function staleView(changed: readonly Entry[], seq: number): Problem {
  const last = changed.at(-1);
  const what = last
    ? `${last.by} entered ${last.type === 'void' ? 'a taking back' : last.type}`
    : 'somebody entered something';
  return new Problem(
    409,
    'Changed meanwhile',
    `${what} about the same thing after what you saw; look at it, then enter yours again with basedOn ${seq}`,
    { changed: changed.map(entryJson), seq },
  );
}

function readBody(body: unknown) {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw badRequest('the body must be one entry as a JSON object with a type');
  }
  const {
    id: _1,
    by: _2,
    recordedAt: _3,
    device: _4,
    enteredAt: _5,
    basedOn: _6,
    ...rest
  } = body as Record<string, unknown>;
  const header = headerSchema.safeParse(body);
  if (!header.success) {
    throw badRequest('id, by and device must be short texts, enteredAt an instant, basedOn a seq of the ledger');
  }
  const parsed = parseNewEntry(rest);
  if ('problem' in parsed) throw badRequest(parsed.problem);
  const { id, by, device, enteredAt, basedOn } = header.data;
  return {
    by,
    ...(id !== undefined && { id }),
    ...(device !== undefined && { device }),
    ...(enteredAt !== undefined && { enteredAt }),
    ...(basedOn !== undefined && { basedOn }),
    content: parsed.body,
  };
}
