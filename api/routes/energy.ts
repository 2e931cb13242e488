import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import {
  baselineAnswer,
  baselineQuery,
  billAnswer,
  billQuery,
  billReplayAnswer,
  billReplayBody,
  energyOverviewAnswer,
  metersAnswer,
  overviewQuery,
  periodAnswer,
  periodQuery,
  profileAnswer,
  whatIfAnswer,
  whatIfQuery,
} from '#shared/contract/energy-answers.ts';
import type { Plant } from '#shared/plant/model.ts';
import { managesEnergy, ofSite, reads, scopeIn } from '../auth/access.ts';
import type { ApiDeps } from '../deps.ts';
import { baselineOf } from '../energy/baseline.ts';
import { billOf } from '../energy/bill.ts';
import { replayedBill } from '../energy/bill-replay.ts';
import type { EnergyWindow } from '../energy/load.ts';
import { metersOf } from '../energy/meters.ts';
import { energyOverview } from '../energy/overview.ts';
import { periodOf } from '../energy/period.ts';
import { loadProfile } from '../energy/profile.ts';
import { whatIf } from '../energy/what-if.ts';
import { askedWindow, endForNow } from '../kpi/window.ts';
import { badRequest, notFound } from '../problem.ts';
import { requireScope, type Scope } from '../scope.ts';
import { guarded, plantAt } from './figures.ts';

type Overview = z.output<typeof overviewQuery>;

/** Energy of a window in one answer each: head figures, load, meters, bills, what-if, baseline. */
export function energyRoutes(app: FastifyInstance, deps: ApiDeps): void {
  const { kpi, clock } = deps;

  const asked = (query: Overview): { plant: Plant; scope: Scope; now: number; window: EnergyWindow } => {
    const plant = plantAt(deps.plant, query.asOf);
    const scope = requireScope(plant, query.scope);
    const now = clock();
    const lines = scope.lines.flatMap((id) => plant.lines.get(id) ?? []);
    const window = askedWindow(plant, lines, query, now);
    const meters = scope.kind === 'meter' ? [scope.id] : [...plant.meters.keys()];
    const to = Math.min(window.to, endForNow(deps.live, scope.machines, meters, now));
    if (to <= window.from) throw badRequest('nothing of that time is known yet; ask for an earlier one');
    return { plant, scope, now, window: { ...window, to } };
  };
  /** Bills are of whole periods; of one that still runs, what is settled so far. */
  const period = (query: { from: string; to: string }): { from: number; to: number } => {
    const [from, to] = [Date.parse(query.from), Date.parse(query.to)];
    if (from >= to) throw badRequest(`from (${query.from}) must be before to (${query.to})`);
    return { from, to };
  };

  app.get<{ Querystring: z.output<typeof periodQuery> }>(
    '/api/v1/energy/period',
    {
      config: { access: reads(scopeIn('query')) },
      schema: {
        summary: 'The shift, day, week or month around an instant, with its name and its neighbours',
        querystring: periodQuery,
        response: { 200: periodAnswer },
      },
    },
    async ({ query }) => {
      const plant = plantAt(deps.plant, undefined);
      const now = clock();
      const { unit, at, first = null, last = null } = query;
      const instant = at === undefined ? now : Math.min(Date.parse(at), now);
      return periodOf(plant, requireScope(plant, query.scope), { unit, at: instant, first, last, now });
    },
  );
  app.get<{ Querystring: Overview }>(
    '/api/v1/energy/overview',
    {
      config: { access: reads(scopeIn('query')) },
      schema: {
        summary: 'Head figures of a window: energy, money, CO2, demand, waiting, rest, kWh per piece',
        querystring: overviewQuery,
        response: { 200: energyOverviewAnswer },
      },
    },
    ({ query }) => {
      const { plant, scope, now, window } = asked(query);
      return guarded(energyOverview(plant, { kpi, now }, scope, window));
    },
  );
  app.get<{ Querystring: Overview }>(
    '/api/v1/energy/profile',
    {
      config: { access: reads(scopeIn('query')) },
      schema: {
        summary: 'Every settlement block by production day: demand, heat map, load duration',
        querystring: overviewQuery,
        response: { 200: profileAnswer },
      },
    },
    async ({ query }) => {
      const { plant, scope, now, window } = asked(query);
      const found = await guarded(loadProfile(plant, { kpi, now }, scope, window));
      if (found) return found;
      throw notFound('This plant has no electricity meter above its machines; add one to the plant file.');
    },
  );
  app.get<{ Querystring: Overview }>(
    '/api/v1/energy/meters',
    {
      config: { access: reads(ofSite) },
      schema: {
        summary: 'Every meter with what it read, as a tree, the unmetered rest included',
        querystring: overviewQuery,
        response: { 200: metersAnswer },
      },
    },
    ({ query }) => {
      const { plant, now, window } = asked({ ...query, scope: 'site' });
      return guarded(metersOf(plant, { kpi, now }, window));
    },
  );
  app.get<{ Querystring: z.output<typeof baselineQuery> }>(
    '/api/v1/energy/baseline',
    {
      config: { access: reads(scopeIn('query')) },
      schema: {
        summary: 'kWh as a straight line over production, and what later shifts left over (CUSUM)',
        querystring: baselineQuery,
        response: { 200: baselineAnswer },
      },
    },
    ({ query }) => {
      const { plant, scope, now, window } = asked({ scope: query.scope, from: query.from, to: query.until });
      const to = query.to === undefined ? null : Date.parse(query.to);
      const from = query.from === undefined ? null : window.from;
      return guarded(baselineOf(plant, { kpi, now }, scope, { from, to, until: window.to }));
    },
  );
  app.get<{ Querystring: z.output<typeof whatIfQuery> }>(
    '/api/v1/energy/what-if',
    {
      config: { access: reads(ofSite) },
      schema: {
        summary: 'The same load under another tariff, or with the work moved',
        querystring: whatIfQuery,
        response: { 200: whatIfAnswer },
      },
    },
    ({ query }) => {
      const { tariff, meter = null, against = null, shiftHours } = query;
      return guarded(
        whatIf(plantAt(deps.plant, undefined), kpi, {
          tariff,
          meter,
          against,
          shiftHours,
          now: clock(),
          ...period(query),
        }),
      );
    },
  );
  app.get<{ Querystring: z.output<typeof billQuery> }>(
    '/api/v1/bill',
    {
      config: { access: reads(ofSite) },
      schema: {
        summary: 'A billing period of a contract, line by line',
        querystring: billQuery,
        response: { 200: billAnswer },
      },
    },
    async ({ query }) => {
      const { tariff, meter = null, asOf } = query;
      const at = asOf === undefined ? {} : { asOf: Date.parse(asOf) };
      const question = { tariff, meter, now: clock(), ...period(query), ...at };
      return (await guarded(billOf(plantAt(deps.plant, asOf), kpi, question))).answer;
    },
  );
  app.post<{ Body: z.output<typeof billReplayBody> }>(
    '/api/v1/bill/replay',
    {
      config: { access: managesEnergy(ofSite) },
      schema: {
        summary: "The supplier's bill beside ours, each difference explained",
        body: billReplayBody,
        response: { 200: billReplayAnswer },
      },
    },
    ({ body }) => {
      period(body);
      return guarded(replayedBill(plantAt(deps.plant, undefined), kpi, body, clock()));
    },
  );
}
