import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import { operatorAnswer as answerSchema, operatorQuery } from '#shared/contract/operator.ts';
import { HistorianError } from '#shared/store/historian.ts';
import { machineIn, reads } from '../auth/access.ts';
import type { ApiDeps } from '../deps.ts';
import { operatorAnswer } from '../operator/answer.ts';
import { notFound, Problem } from '../problem.ts';

/** What the tablet at a machine asks beside its live view. */
export function operatorRoutes(app: FastifyInstance, deps: ApiDeps): void {
  app.get<{ Querystring: z.output<typeof operatorQuery> }>(
    '/api/v1/operator',
    {
      config: { access: reads(machineIn('query')) },
      schema: {
        summary: 'Likely reasons, stops, order, scrap, notes and calls of one machine, for its tablet',
        querystring: operatorQuery,
        response: { 200: answerSchema },
      },
    },
    async ({ query }) => {
      const machine = deps.plant.current.machines.get(query.machine);
      if (!machine) throw notFound(`This plant has no machine "${query.machine}"; /api/v1/plant lists them.`);
      try {
        return await operatorAnswer(deps, machine, query.at === undefined ? null : Date.parse(query.at));
      } catch (error) {
        if (!(error instanceof HistorianError)) throw error;
        throw new Problem(
          503,
          'Historian away',
          `${error.message}. Entries are taken all the same; ask again in a moment.`,
        );
      }
    },
  );
}
