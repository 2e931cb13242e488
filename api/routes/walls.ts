import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import { wallParams, wallsAnswer } from '#shared/contract/walls.ts';
import { toIso } from '#shared/time/instant.ts';
import { engineers, ofNothing, ofSite, reads } from '../auth/access.ts';
import type { ApiDeps } from '../deps.ts';
import { notFound } from '../problem.ts';

/** The walls that this server has seen, and which of them is dark. */
export function wallRoutes(app: FastifyInstance, { walls, clock, build }: ApiDeps): void {
  app.get(
    '/api/v1/walls',
    {
      config: { access: reads(ofSite) },
      schema: { summary: 'Wall screens: page, since when, last pulse, dark or not', response: { 200: wallsAnswer } },
    },
    async (): Promise<z.input<typeof wallsAnswer>> => ({
      serverTime: toIso(clock()),
      items: (walls?.list() ?? []).map((wall) => ({
        ...wall,
        since: toIso(wall.since),
        firstSeenAt: toIso(wall.firstSeenAt),
        lastPulseAt: toIso(wall.lastPulseAt),
        outdated: !wall.dark && wall.build !== build,
      })),
    }),
  );
  app.post<{ Params: z.output<typeof wallParams> }>(
    '/api/v1/walls/:id/forget',
    {
      config: { access: engineers(ofNothing) },
      schema: { summary: 'Forget a wall that was taken down; it comes back with its next pulse', params: wallParams },
    },
    async ({ params }, reply) => {
      if (!walls?.forget(params.id)) throw notFound('There is no such wall; /api/v1/walls lists those there are.');
      return reply.code(204).send();
    },
  );
}
