import type { FastifyInstance } from 'fastify';
import type { ApiDeps } from '../deps.ts';
import { entryRoutes } from './entries.ts';
import { figureRoutes } from './figures.ts';
import { healthRoutes } from './health.ts';
import { plantRoutes } from './plant.ts';

export function routes(app: FastifyInstance, deps: ApiDeps): void {
  for (const add of [healthRoutes, plantRoutes, figureRoutes, entryRoutes]) add(app, deps);
}
