import type { FastifyInstance } from 'fastify';
import type { ApiDeps } from '../deps.ts';
import { alertRoutes } from './alerts.ts';
import { auditRoutes } from './audit.ts';
import { authRoutes } from './auth.ts';
import { deskRoutes } from './desk.ts';
import { energyRoutes } from './energy.ts';
import { enrolRoutes } from './enrol.ts';
import { entryRoutes } from './entries.ts';
import { figureRoutes } from './figures.ts';
import { healthRoutes } from './health.ts';
import { kioskRoutes } from './kiosks.ts';
import { lossRoutes } from './losses.ts';
import { nameRoutes } from './names.ts';
import { operatorRoutes } from './operator.ts';
import { plantRoutes } from './plant.ts';
import { reportRoutes } from './reports.ts';
import { runbookRoutes } from './runbooks.ts';
import { ssoRoutes } from './sso.ts';
import { userRoutes } from './users.ts';
import { wallRoutes } from './walls.ts';

export function routes(app: FastifyInstance, deps: ApiDeps): void {
  for (const add of [
    healthRoutes,
    plantRoutes,
    nameRoutes,
    figureRoutes,
    energyRoutes,
    entryRoutes,
    operatorRoutes,
    deskRoutes,
    lossRoutes,
    authRoutes,
    ssoRoutes,
    userRoutes,
    kioskRoutes,
    enrolRoutes,
    auditRoutes,
    reportRoutes,
    alertRoutes,
    runbookRoutes,
    wallRoutes,
  ])
    add(app, deps);
}
