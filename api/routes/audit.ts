import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import { auditAnswer, auditQuery } from '#shared/contract/account-answers.ts';
import { toIso } from '#shared/time/instant.ts';
import { administers } from '../auth/access.ts';
import type { ApiDeps } from '../deps.ts';

export function auditRoutes(app: FastifyInstance, { auth }: ApiDeps): void {
  app.get<{ Querystring: z.output<typeof auditQuery> }>(
    '/api/v1/audit',
    {
      config: { access: administers },
      schema: { summary: 'Who did what, newest first', querystring: auditQuery, response: { 200: auditAnswer } },
    },
    async ({ query }) => ({
      items: (await auth.audit.list(query)).map((record) => ({ ...record, recordedAt: toIso(record.recordedAt) })),
      trouble: auth.audit.trouble,
    }),
  );
}
