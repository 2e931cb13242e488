import { readdirSync, readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { ofNothing, reads } from '../auth/access.ts';
import { notFound } from '../problem.ts';

const FOLDER = new URL('../../docs/alerts/', import.meta.url);

/** What to do about each kind of alert, as it stands in docs/alerts: whoever is called at night has no repository at hand. */
export function runbookRoutes(app: FastifyInstance): void {
  const pages = new Map(
    readdirSync(FOLDER)
      .filter((name) => name.endsWith('.md'))
      .map((name) => [name, readFileSync(new URL(name, FOLDER), 'utf8')]),
  );
  app.get<{ Params: { page: string } }>(
    '/api/v1/runbooks/:page',
    {
      config: { access: reads(ofNothing) },
      schema: { summary: 'The runbook of an alert, as text', params: z.strictObject({ page: z.string().max(64) }) },
    },
    async ({ params }, reply) => {
      const text = pages.get(params.page);
      if (text === undefined)
        throw notFound(`There is no runbook ${params.page}; there are ${[...pages.keys()].join(', ')}.`);
      return reply.type('text/plain; charset=utf-8').send(text);
    },
  );
}
