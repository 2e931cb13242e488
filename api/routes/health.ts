import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { healthInShort } from '#shared/contract/account-answers.ts';
import { health, type sourceAnswer, sourceList } from '#shared/contract/rest-answers.ts';
import { DAY, toIso } from '#shared/time/instant.ts';
import { everyone, ofSite, reads } from '../auth/access.ts';
import { accessFindings } from '../auth/findings.ts';
import { visibleTo } from '../auth/principal.ts';
import type { ApiDeps } from '../deps.ts';
import { EDGE_SILENT_MS, siteFindings } from '../findings.ts';
import { historianFill } from '../historian/fill.ts';
import { exposureOf } from '../inventory/exposure.ts';
import { findingAnswers } from '../kpi/answers.ts';
import { prometheusText } from '../metrics/counters.ts';

export function healthRoutes(app: FastifyInstance, deps: ApiDeps): void {
  const fill = historianFill(deps.historian);
  app.get(
    '/api/v1/health',
    {
      config: { access: everyone },
      schema: { summary: 'Whether everything is connected', response: { 200: z.union([health, healthInShort]) } },
    },
    async ({ principal }): Promise<z.input<typeof health> | z.input<typeof healthInShort>> => {
      const now = deps.clock();
      const edges = deps.live.edges().map(({ id, birth, health: h, heardAt }) => ({
        id,
        state: h === null || now - heardAt > EDGE_SILENT_MS ? ('silent' as const) : h.state,
        version: birth?.edgeVersion ?? null,
        plantHash: birth?.plantHash ?? null,
        heardAt: toIso(heardAt),
        seedProgress: h?.seedProgress ?? null,
      }));
      const sources = sourcesOf(deps);
      const ok =
        deps.historian.connected &&
        deps.plant.refused === null &&
        edges.length > 0 &&
        edges.every((e) => e.state === 'online' && e.plantHash === deps.plant.current.hash) &&
        sources.every((s) => s.state === 'connected');
      const status = ok ? ('ok' as const) : ('degraded' as const);
      // A load balancer asks without signing in; what stands in the plant is for those who see all of it.
      if (!principal || !visibleTo(principal, deps.plant.current).all) {
        return { status, build: deps.build, serverTime: toIso(now) };
      }
      return {
        status,
        historian: { ...deps.historian.engine, message: deps.historian.message, ...(await fill(now)) },
        ledger: deps.ledger.engine,
        broker: { url: withoutCredentials(deps.broker.url), engine: deps.broker.engine },
        build: deps.build,
        plantHash: deps.plant.current.hash,
        serverTime: toIso(now),
        sources,
        edges,
        findings: findingsOf(deps),
      };
    },
  );
  app.get(
    '/api/v1/sources',
    {
      config: { access: reads(ofSite) },
      schema: { summary: 'Everything connected, and how it is', response: { 200: sourceList } },
    },
    async (): Promise<z.input<typeof sourceList>> => ({
      items: inventoryOf(deps),
      edges: deps.live.edges().map(({ id, health: h }) => ({ id, counters: h?.counters ?? {} })),
      findings: findingsOf(deps),
    }),
  );
  app.get(
    '/metrics',
    { config: { access: reads(ofSite) }, schema: { summary: 'Named counters, Prometheus text', tags: ['metrics'] } },
    async (_q, reply) =>
      reply.type('text/plain; version=0.0.4; charset=utf-8').send(prometheusText(deps.counters, deps.gauges())),
  );
}

function findingsOf(deps: ApiDeps): z.input<typeof health>['findings'] {
  const { plant, live, historian, clock } = deps;
  return findingAnswers([...siteFindings(plant, live, historian, clock()), ...accessFindings(deps)]);
}

const WEEK_MS = 7 * DAY;

function inventoryOf(deps: ApiDeps): z.input<typeof sourceList>['items'] {
  const now = deps.clock();
  const changes = deps.inventory.changes(now - WEEK_MS);
  return sourcesOf(deps)
    .flatMap((item) => {
      const source = deps.plant.current.sources.get(item.id);
      if (!source) return [];
      const own = changes.filter((change) => change.source === item.id);
      return [
        {
          ...item,
          exposure: exposureOf(source, item.details, now),
          changes: own.map(({ at, what, from, to }) => ({ at: toIso(at), what, from, to })),
        },
      ];
    })
    .sort((a, b) => b.exposure.points - a.exposure.points);
}

/** Every source of the plant file; one that no edge has spoken of is `connecting`. */
function sourcesOf(deps: ApiDeps): z.input<typeof sourceAnswer>[] {
  const now = deps.clock();
  const told = new Map(
    deps.live
      .edges()
      .flatMap(({ id, health: h, heardAt }) =>
        (h?.sources ?? []).map(
          (source) => [source.id, { source, edge: id, silent: now - heardAt > EDGE_SILENT_MS }] as const,
        ),
      ),
  );
  const edges = deps.live.edges();
  // A last will names no sources: while every edge is gone, so is what they read.
  const gone =
    edges.length > 0 &&
    edges.every(({ health: h, heardAt }) => h?.state === 'offline' || now - heardAt > EDGE_SILENT_MS);
  return [...deps.plant.current.sources.values()].map(({ id, type, owner, zone }) => {
    const held = told.get(id);
    const source = held?.source;
    return {
      id,
      type,
      owner,
      zone,
      edge: held?.edge ?? null,
      endpoint: source?.endpoint ?? null,
      state: gone || held?.silent ? ('failed' as const) : source ? source.state : ('connecting' as const),
      message: gone
        ? `nothing is heard of it while ${edges.map((e) => e.id).join(', ')} is silent`
        : held?.silent
          ? `its edge ${held.edge} is silent`
          : (source?.message ?? null),
      since: source ? toIso(source.since) : null,
      lastReadingAt: source && source.lastReadingAt !== null ? toIso(source.lastReadingAt) : null,
      signals: source?.signals ?? 0,
      readings: source?.readings ?? 0,
      ...(source?.details ? { details: source.details } : {}),
    };
  });
}

function withoutCredentials(url: string): string {
  return url.replace(/\/\/[^@/]*@/, '//');
}
