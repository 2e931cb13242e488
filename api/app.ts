import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import Fastify, { type FastifyInstance } from 'fastify';
import { z } from 'zod';
import { limitAddresses } from './auth/budget.ts';
import { guard } from './auth/gate.ts';
import { limitSignIns } from './auth/limit.ts';
import { watchRoutes } from './auth/route-table.ts';
import type { ApiDeps } from './deps.ts';
import { asProblem, badRequest, sendProblem } from './problem.ts';
import { routes } from './routes/index.ts';
import { secure } from './security.ts';
import { serveDashboard } from './static.ts';

/** Makes the server that Fastify answers on: one with TLS, where there is a certificate. */
export type ServerFactory = (handler: (request: IncomingMessage, response: ServerResponse) => void) => Server;

/** The HTTP side of the api. It does not listen, so that tests inject. */
export async function buildApp(deps: ApiDeps, serve?: ServerFactory): Promise<FastifyInstance> {
  const app = Fastify({
    ...(serve && { serverFactory: serve }),
    logger: false,
    bodyLimit: 64 * 1024,
    routerOptions: { maxParamLength: 256, ignoreDuplicateSlashes: false },
    requestTimeout: 30_000,
    exposeHeadRoutes: true,
    forceCloseConnections: true,
  });
  // Routes declare zod schemas; the OpenAPI document is made from the same ones. Answers are plain JSON, never coerced.
  app.setValidatorCompiler(({ schema, httpPart }) => {
    const zod = schema as unknown as z.ZodType;
    return (data: unknown) => {
      const result = zod.safeParse(data);
      if (result.success) return { value: result.data };
      return { error: badRequest(sentenceOf(result.error, httpPart ?? 'request')) };
    };
  });
  app.setSerializerCompiler(() => (data) => JSON.stringify(data, withoutNoise));
  app.setErrorHandler((error: Error, request, reply) => {
    const problem = asProblem(error);
    if (problem.status >= 500) {
      deps.counters.count('requests_failed');
      deps.log(`${request.method} ${request.url} failed: ${error.stack ?? error.message}`);
    }
    return sendProblem(reply, problem);
  });
  watchRoutes(app);
  limitAddresses(app, deps.counters);
  secure(app, deps.counters, { isOwnHost: deps.isOwnHost, tls: deps.cookies.secure });
  app.addHook('onResponse', async (_request, reply) => {
    deps.counters.count('requests', `${Math.floor(reply.statusCode / 100)}xx`);
  });
  await limitSignIns(app);
  await guard(app, deps);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Linewatt', version: '1', description: 'Live OEE and energy of one site.' },
    },
    transform: ({ schema, url }) => ({ schema: jsonSchemas(schema ?? {}), url }),
  });
  // Under the same policy as every page: it needs nothing from elsewhere.
  await app.register(swaggerUi, { routePrefix: '/api/docs', staticCSP: false });
  await app.register((scope) => routes(scope, deps));
  await serveDashboard(app, deps.dashboardDir, () => deps.plant.current.site.locale);
  return app;
}

/** Fifteen significant digits, which is what a double holds: 32580, not 32579.999999999996. */
function withoutNoise(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(15)) : value;
}

function sentenceOf(error: z.ZodError, part: string): string {
  const said = error.issues.slice(0, 5).map((issue) => {
    const where = issue.path.length === 0 ? part : issue.path.join('.');
    return `${where}: ${issue.message}`;
  });
  return said.join('; ');
}

/** Zod schemas of a route as JSON Schema, for the OpenAPI document. */
function jsonSchemas(schema: object): object {
  const out: Record<string, unknown> = { ...schema };
  for (const part of ['querystring', 'params', 'body', 'headers'] as const) {
    const zod = out[part];
    if (zod instanceof z.ZodType) out[part] = z.toJSONSchema(zod, { io: 'input', unrepresentable: 'any' });
  }
  const response = out['response'];
  if (typeof response === 'object' && response !== null) {
    out['response'] = Object.fromEntries(
      Object.entries(response).map(([code, zod]) => [
        code,
        zod instanceof z.ZodType
          ? { description: zod.description ?? '', ...z.toJSONSchema(zod, { io: 'output', unrepresentable: 'any' }) }
          : zod,
      ]),
    );
  }
  return out;
}
