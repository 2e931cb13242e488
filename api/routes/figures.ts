import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import { UserError } from '#shared/contract/command.ts';
import { countsQuery, energyQuery, explainQuery, kpiQuery, stopsQuery, windowQuery } from '#shared/contract/rest.ts';
import {
  countsAnswer,
  energyAnswer,
  explainAnswer,
  kpiAnswer,
  statesAnswer,
  stopsAnswer,
} from '#shared/contract/rest-answers.ts';
import type { Line, Plant } from '#shared/plant/model.ts';
import { HistorianError } from '#shared/store/historian.ts';
import { reads, scopeIn } from '../auth/access.ts';
import type { ApiDeps } from '../deps.ts';
import { answerFineEnergy } from '../kpi/energy-fine.ts';
import { productionOf } from '../kpi/energy-production.ts';
import { answerEnergy } from '../kpi/energy-question.ts';
import { explain } from '../kpi/explain.ts';
import { answerKpi } from '../kpi/kpi-question.ts';
import { answerCounts, answerStates, answerStops } from '../kpi/machine-questions.ts';
import { askedWindow, endForNow } from '../kpi/window.ts';
import { badRequest, Problem } from '../problem.ts';
import { requireScope, type Scope } from '../scope.ts';

/** Energy of stops is worked out minute by minute. */
const MAX_STOP_ENERGY_DAYS = 31;

type Query<S extends z.ZodType> = z.output<S>;

/** Everything that is judged: figures, states, stops, counts, energy, and how a figure came about. */
export function figureRoutes(app: FastifyInstance, deps: ApiDeps): void {
  const { kpi, clock } = deps;

  const asked = (query: Query<typeof windowQuery>) => {
    const plant = plantAt(deps.plant, query.asOf);
    const scope = requireScope(plant, query.scope);
    const lines = scope.lines.map((id) => plant.lines.get(id)).filter((line): line is Line => line !== undefined);
    const now = clock();
    const window = askedWindow(plant, lines, query, now);
    const end = endForNow(
      deps.live,
      scope.machines,
      scope.kind === 'meter' ? [scope.id] : [...plant.meters.keys()],
      now,
    );
    const to = Math.max(window.from, Math.min(window.to, end));
    return { plant, scope, now, window: { ...window, to } };
  };
  const ofMachines = (scope: Scope, what: string): void => {
    if (scope.kind === 'meter')
      throw badRequest(`${scope.text} is a meter and has no ${what}; ask a machine, a line or site`);
  };

  app.get<{ Querystring: Query<typeof kpiQuery> }>(
    '/api/v1/kpi',
    {
      config: { access: reads(scopeIn('query')) },
      schema: {
        summary: 'OEE and its sums, per shift or any other group',
        querystring: kpiQuery,
        response: { 200: kpiAnswer },
      },
    },
    async ({ query }) => {
      const { plant, scope, now, window } = asked(query);
      ofMachines(scope, 'OEE');
      const question = { ...window, scope, by: query.by ?? (['shift'] as const), now };
      return { items: await guarded(answerKpi(plant, kpi.kpi, kpi.windows, question)) };
    },
  );
  app.get<{ Querystring: Query<typeof energyQuery> }>(
    '/api/v1/energy',
    {
      config: { access: reads(scopeIn('query')) },
      schema: {
        summary: 'Energy, its cost and CO2, split as asked',
        querystring: energyQuery,
        response: { 200: energyAnswer },
      },
    },
    async ({ query }) => {
      const { plant, scope, now, window } = asked(query);
      if (query.every !== undefined) {
        const question = { ...window, scope, by: query.by ?? [], now };
        return guarded(answerFineEnergy(plant, kpi.energy, question, query.every));
      }
      const goodIn = async (start: number, end: number): Promise<number | null> => {
        // Pieces of different lines are different things: there is no kWh per piece of both.
        if (scope.lines.length !== 1) return null;
        const span = { from: start, to: Math.min(end, window.to) };
        if (span.from >= span.to) return null;
        const [item] = await answerKpi(plant, kpi.kpi, kpi.windows, { ...window, ...span, scope, by: ['total'], now });
        return item ? item.counts.good + item.counts.unscheduledGood : null;
      };
      const productionIn = (start: number, end: number, by: readonly ('product' | 'order')[]) =>
        productionOf(plant, kpi, { ...window, from: start, to: end, scope, now }, by);
      const question = { ...window, scope, by: query.by ?? (['shift'] as const), now, goodIn, productionIn };
      return guarded(answerEnergy(plant, kpi.energy, question));
    },
  );
  app.get<{ Querystring: Query<typeof windowQuery> }>(
    '/api/v1/states',
    {
      config: { access: reads(scopeIn('query')) },
      schema: {
        summary: 'What each machine did, as a ribbon',
        querystring: windowQuery,
        response: { 200: statesAnswer },
      },
    },
    async ({ query }) => {
      const { plant, scope, window } = asked(query);
      ofMachines(scope, 'states');
      return guarded(answerStates(plant, kpi.windows, { ...window, scope }));
    },
  );
  app.get<{ Querystring: Query<typeof stopsQuery> }>(
    '/api/v1/stops',
    {
      config: { access: reads(scopeIn('query')) },
      schema: { summary: 'Stops with their reasons', querystring: stopsQuery, response: { 200: stopsAnswer } },
    },
    async ({ query }) => {
      const { plant, scope, window } = asked(query);
      ofMachines(scope, 'stops');
      const withEnergy = query.energy === 'true';
      if (withEnergy && window.to - window.from > MAX_STOP_ENERGY_DAYS * 86_400_000) {
        throw badRequest(`energy=true takes at most ${MAX_STOP_ENERGY_DAYS} days; ask in parts`);
      }
      return guarded(answerStops(plant, kpi.windows, { ...window, scope }, withEnergy ? kpi.energy : null));
    },
  );
  app.get<{ Querystring: Query<typeof countsQuery> }>(
    '/api/v1/counts',
    {
      config: { access: reads(scopeIn('query')) },
      schema: { summary: 'Pieces per bucket of minutes', querystring: countsQuery, response: { 200: countsAnswer } },
    },
    async ({ query }) => {
      const { plant, scope, window } = asked(query);
      ofMachines(scope, 'counts');
      if ((window.to - window.from) / (query.every * 60_000) > 20_000) {
        throw badRequest('that is more than 20,000 buckets; ask for a shorter time or a larger every');
      }
      return guarded(answerCounts(plant, kpi.windows, { ...window, scope, every: query.every }));
    },
  );
  app.get<{ Querystring: Query<typeof explainQuery> }>(
    '/api/v1/explain',
    {
      config: { access: reads(scopeIn('query')) },
      schema: {
        summary: "A figure's formula with its numbers, down to intervals, counts and entries",
        querystring: explainQuery,
        response: { 200: explainAnswer },
      },
    },
    async ({ query }) => {
      const { plant, scope, window } = asked(query);
      ofMachines(scope, 'figures');
      return guarded(explain(plant, kpi.windows, kpi.energy, deps.ledger, { ...window, scope, figure: query.figure }));
    },
  );
}

/** The plant file in force then judges what was asked as of then. */
export function plantAt(file: ApiDeps['plant'], asOf: string | undefined): Plant {
  try {
    return file.at(asOf === undefined ? undefined : Date.parse(asOf));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new Problem(422, 'Plant file of then unreadable', error.message);
  }
}

/** A historian that is away is the server's state, not the asker's mistake. */
export async function guarded<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof HistorianError)) throw error;
    throw new Problem(503, 'Historian away', `${error.message}. Live figures go on; ask again in a moment.`, {
      retryable: error.retryable,
    });
  }
}
