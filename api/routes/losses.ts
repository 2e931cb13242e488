import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import { deskQuery } from '#shared/contract/desk.ts';
import { lossesAnswer as lossesSchema } from '#shared/contract/losses.ts';
import { reads, scopeIn } from '../auth/access.ts';
import type { ApiDeps } from '../deps.ts';
import { askedShift } from '../desk/shift.ts';
import { lossesAnswer } from '../losses/answer.ts';
import { badRequest } from '../problem.ts';
import { guarded } from './figures.ts';

/** Where the time, the pieces, the energy and the money of a machine's shift went. */
export function lossRoutes(app: FastifyInstance, deps: ApiDeps): void {
  app.get<{ Querystring: z.output<typeof deskQuery> }>(
    '/api/v1/losses',
    {
      config: { access: reads(scopeIn('query')) },
      schema: {
        summary: 'Loss ledger of one shift of a machine; it adds up to the calendar and to the meter',
        querystring: deskQuery,
        response: { 200: lossesSchema },
      },
    },
    async ({ query }) => {
      const asked = askedShift(deps.plant.current, query, deps.clock());
      const machine = deps.plant.current.machines.get(asked.scope.id);
      if (asked.scope.kind !== 'machine' || !machine) {
        throw badRequest(`${query.scope} is no machine; a line's losses are in /api/v1/desk`);
      }
      return guarded(lossesAnswer(deps, asked, machine));
    },
  );
}
