import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import { deskQuery, deskAnswer as deskSchema, versionsAnswer } from '#shared/contract/desk.ts';
import { HistorianError } from '#shared/store/historian.ts';
import { reads, scopeIn } from '../auth/access.ts';
import type { ApiDeps } from '../deps.ts';
import { deskAnswer } from '../desk/answer.ts';
import { askedShift } from '../desk/shift.ts';
import { shiftVersions } from '../desk/versions.ts';
import { WATERMARK_MS } from '../kpi/kpi-question.ts';
import { Problem } from '../problem.ts';

/** What the shift desk asks: a shift with its losses and words, and its published versions. */
export function deskRoutes(app: FastifyInstance, deps: ApiDeps): void {
  type Query = { Querystring: z.output<typeof deskQuery> };
  app.get<Query>(
    '/api/v1/desk',
    {
      config: { access: reads(scopeIn('query')) },
      schema: {
        summary: 'A shift for those who answer for it: unexplained stops, hours, losses, notes, calls',
        querystring: deskQuery,
        response: { 200: deskSchema },
      },
    },
    ({ query }) => guarded(deskAnswer(deps, askedShift(deps.plant.current, query, deps.clock()))),
  );
  app.get<Query>(
    '/api/v1/shift-versions',
    {
      config: { access: reads(scopeIn('query')) },
      schema: {
        summary: 'The published versions of a shift, each with what changed it',
        querystring: deskQuery,
        response: { 200: versionsAnswer },
      },
    },
    ({ query }) => {
      const now = deps.clock();
      const asked = askedShift(deps.plant.current, query, now);
      // Without a shift the last one that is published, since the running one has no versions yet.
      const published = asked.shifts.find((s) => s.end + WATERMARK_MS <= now);
      const shift = query.shift === undefined ? (published ?? asked.shift) : asked.shift;
      return guarded(shiftVersions(deps, { ...asked, shift }));
    },
  );
}

async function guarded<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof HistorianError)) throw error;
    throw new Problem(
      503,
      'Historian away',
      `${error.message}. Entries are taken all the same; ask again in a moment.`,
    );
  }
}
