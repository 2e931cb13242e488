import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { type AlertAnswer, alertAnswer, alertsAnswer, deliveriesAnswer } from '#shared/contract/office-answers.ts';
import type { Plant } from '#shared/plant/model.ts';
import { toIso } from '#shared/time/instant.ts';
import { clockLabel, localDate } from '#shared/time/zone.ts';
import type { Alert } from '../alerts/engine.ts';
import { runbookOf } from '../alerts/message.ts';
import { type Access, ENERGY, ENTRANTS, ofNothing, ofSite, reads } from '../auth/access.ts';
import { signedInName } from '../auth/gate.ts';
import { maySee } from '../auth/may.ts';
import type { Principal } from '../auth/principal.ts';
import type { ApiDeps } from '../deps.ts';
import { notFound } from '../problem.ts';
import { deliveryJson } from '../reports/made.ts';

const limit = z.coerce.number().int().min(1).max(500).default(100);
/** Whoever may enter something, and energy managers for their peaks; the handler looks at what the alert is about. */
const acknowledges: Access = { roles: [...new Set([...ENTRANTS, ...ENERGY])], object: ofNothing };
const sends: Access = { roles: [...new Set(['supervisor' as const, ...ENERGY])], object: ofSite };

/** Alerts that are open or were, and what was sent. */
export function alertRoutes(app: FastifyInstance, deps: ApiDeps): void {
  const { office, plant } = deps;

  app.get<{ Querystring: { state: 'open' | 'all'; limit: number } }>(
    '/api/v1/alerts',
    {
      config: { access: reads(ofNothing) },
      schema: {
        summary: 'Alerts of the rules in the plant file, newest first',
        querystring: z.strictObject({ state: z.enum(['open', 'all']).default('open'), limit }),
        response: { 200: alertsAnswer },
      },
    },
    async ({ query, principal }) => {
      const all = query.state === 'open' ? office?.alerts.open() : await office?.alerts.list(query.limit);
      const mine = (all ?? []).filter((alert) => isFor(principal, alert, plant.current));
      return { items: mine.slice(0, query.limit).map((alert) => alertJson(alert, plant.current)) };
    },
  );

  app.post<{ Params: { id: string } }>(
    '/api/v1/alerts/:id/acknowledge',
    {
      config: { access: acknowledges },
      schema: {
        summary: 'Say that somebody takes care of it; nothing more is sent about it',
        params: z.strictObject({ id: z.string().max(64) }),
        body: z.strictObject({ by: z.string().min(1).max(200).optional() }).nullish(),
        response: { 200: alertAnswer },
      },
    },
    async (request) => {
      const { id } = request.params;
      const open = office?.alerts.open().find((alert) => alert.id === id);
      if (!office || !open || !isFor(request.principal, open, plant.current)) {
        throw notFound('There is no such open alert; it may be over by now.');
      }
      const body = request.body as { by?: string } | null | undefined;
      const by = signedInName(request) ?? body?.by ?? 'unnamed';
      // Whoever comes second sees who was first.
      const taken = await office.alerts.acknowledge(id, by);
      return alertJson(taken ?? office.alerts.open().find((alert) => alert.id === id) ?? open, plant.current);
    },
  );

  app.get<{ Querystring: { about?: string; limit: number } }>(
    '/api/v1/deliveries',
    {
      config: { access: reads(ofSite) },
      schema: {
        summary: 'What was sent, waits to be sent again, or was given up, newest first',
        querystring: z.strictObject({ about: z.string().max(100).optional(), limit }),
        response: { 200: deliveriesAnswer },
      },
    },
    async ({ query }) => ({ items: ((await office?.outbox.list(query.limit, query.about)) ?? []).map(deliveryJson) }),
  );

  app.post<{ Params: { id: string } }>(
    '/api/v1/deliveries/:id/retry',
    {
      config: { access: sends },
      schema: { summary: 'Try a delivery again now', params: z.strictObject({ id: z.string().max(64) }) },
    },
    async ({ params }, reply) => {
      if (!(await office?.outbox.retry(params.id))) throw notFound('There is no such delivery that waits.');
      void office?.outbox.work();
      return reply.code(202).send({ id: params.id });
    },
  );
}

/** Sources, certificates and the server itself are the whole site's. */
function isFor(principal: Principal | null, { about }: Alert, plant: Plant): boolean {
  if (!principal) return false;
  const [kind = '', rest = ''] = about.split(':');
  const id = rest.split('.')[0] ?? '';
  const scope =
    kind === 'machine' || kind === 'meter' || kind === 'line'
      ? `${kind}:${id}`
      : kind === 'wall'
        ? `line:${id}`
        : 'site';
  return maySee(principal, scope, plant).ok;
}

function alertJson({ said, ...alert }: Alert, plant: Plant): AlertAnswer {
  const iso = (t: number | null): string | null => (t === null ? null : toIso(t));
  const zone = plant.site.timezone;
  return {
    ...alert,
    ...(said && { said: { headline: { ...said.headline }, detail: said.detail.map((one) => ({ ...one })) } }),
    openedAt: toIso(alert.openedAt),
    openedAtLabel: `${localDate(zone, alert.openedAt)} ${clockLabel(zone, alert.openedAt)}`,
    since: iso(alert.since),
    closedAt: iso(alert.closedAt),
    acknowledgedAt: iso(alert.acknowledgedAt),
    notifiedAt: iso(alert.notifiedAt),
    runbook: runbookOf(alert.when),
  };
}
