import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import { plantAnswer } from '#shared/contract/rest-answers.ts';
import { valueAt } from '#shared/plant/model.ts';
import { ofNothing, reads } from '../auth/access.ts';
import { visibleTo } from '../auth/principal.ts';
import type { ApiDeps } from '../deps.ts';

/** The plant as people see it: names, targets, structure. No address and no secret of a source is in it. */
export function plantRoutes(app: FastifyInstance, deps: ApiDeps): void {
  app.get(
    '/api/v1/plant',
    {
      config: { access: reads(ofNothing) },
      schema: { summary: 'Lines, machines, meters, products and reasons of the site', response: { 200: plantAnswer } },
    },
    async ({ principal }): Promise<z.input<typeof plantAnswer>> => {
      const plant = deps.plant.current;
      const seen = visibleTo(principal ?? { scopes: [] }, plant);
      const shows = (kind: 'lines' | 'machines' | 'meters', id: string) => seen.all || seen[kind].has(id);
      // A machine that is seen is seen on its line, which then shows no other.
      const lineShown = (id: string, machines: readonly string[]) =>
        shows('lines', id) || machines.some((machine) => shows('machines', machine));
      const now = deps.clock();
      return {
        hash: plant.hash,
        enterprise: plant.enterprise,
        site: plant.site,
        lines: [...plant.lines.values()]
          .filter((l) => lineShown(l.id, l.machines))
          .map((line) => ({
            id: line.id,
            name: line.name,
            area: line.area,
            calendar: line.calendar,
            constraint: line.constraint && valueAt(line.constraint, now),
            machines: line.machines.filter((id) => shows('machines', id)),
          })),
        machines: [...plant.machines.values()]
          .filter((m) => shows('machines', m.id))
          .map((m) => ({
            id: m.id,
            name: m.name,
            line: m.line,
            idealCycleSeconds: m.idealCycleSeconds && valueAt(m.idealCycleSeconds, now),
            smallStopSeconds: valueAt(m.smallStopSeconds, now),
            breakPolicy: valueAt(m.breakPolicy, now),
            targetOee: m.targetOee && valueAt(m.targetOee, now),
            costPerHour: m.costPerHour,
            piecesPerCount: m.piecesPerCount,
            performanceCap: m.performanceCap,
            conditions: m.conditions.map(({ id, unit, warn, alarm }) => ({ id, unit, warn, alarm })),
          })),
        products: [...plant.products.values()].map((p) => ({
          id: p.id,
          name: p.name,
          idealCycleSeconds: p.idealCycleSeconds && valueAt(p.idealCycleSeconds, now),
          cavities: p.cavities,
          contributionPerPiece: p.contributionPerPiece,
        })),
        reasons: [...plant.reasons.values()].map((r) => ({
          id: r.id,
          name: r.name,
          group: r.group,
          category: valueAt(r.category, now),
          external: r.external,
        })),
        scrapReasons: [...plant.scrapReasons.values()],
        meters: [...plant.meters.values()]
          .filter((m) => shows('meters', m.id))
          .map((m) => ({
            id: m.id,
            name: m.name,
            medium: m.medium,
            parent: m.parent,
            virtual: m.sum !== null,
            feeds: valueAt(m.feeds, now),
          })),
        tariffs: [...plant.tariffs.keys()],
      };
    },
  );
}
