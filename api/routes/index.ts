import type { FastifyInstance } from 'fastify';
import type { ApiDeps } from '../deps.ts';
import { auditRoutes } from './audit.ts';
import { authRoutes } from './auth.ts';
import { entryRoutes } from './entries.ts';
import { figureRoutes } from './figures.ts';
import { healthRoutes } from './health.ts';
import { kioskRoutes } from './kiosks.ts';
import { operatorRoutes } from './operator.ts';
import { plantRoutes } from './plant.ts';
import { reportRoutes } from './reports.ts';
import { userRoutes } from './users.ts';

export function routes(app: FastifyInstance, deps: ApiDeps): void {
  for (const add of [
    healthRoutes,
    plantRoutes,
    figureRoutes,
    entryRoutes,
    operatorRoutes,
    authRoutes,
    userRoutes,
    kioskRoutes,
    auditRoutes,
    reportRoutes,
  ])
    add(app, deps);
}
