import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import { namesAnswer, namesQuery } from '#shared/contract/names.ts';
import { languageOf } from '#shared/language/languages.ts';
import type { Plant } from '#shared/plant/model.ts';
import { ofNothing, reads } from '../auth/access.ts';
import { type Principal, visibleTo } from '../auth/principal.ts';
import type { ApiDeps } from '../deps.ts';

/** Names of the plant file in the reader's language. Whoever sees a part of the plant is told no other line, machine or meter. */
export function nameRoutes(app: FastifyInstance, deps: ApiDeps): void {
  app.get(
    '/api/v1/names',
    {
      config: { access: reads(ofNothing) },
      schema: {
        summary: 'Names of the plant file in another language',
        querystring: namesQuery,
        response: { 200: namesAnswer },
      },
    },
    async ({ query, principal }): Promise<z.input<typeof namesAnswer>> => {
      const plant = deps.plant.current;
      const language = languageOf((query as z.infer<typeof namesQuery>).language);
      const hidden = hiddenFrom(principal, plant);
      const names: Record<string, string> = {};
      for (const [name, { [language ?? 'en']: translated }] of language === null ? [] : (plant.names ?? [])) {
        if (translated !== undefined && translated !== name && !hidden.has(name)) names[name] = translated;
      }
      return { language: language ?? 'en', hash: plant.hash, names };
    },
  );
}

/** Names that nothing has which they see. */
function hiddenFrom(principal: Pick<Principal, 'scopes'> | null | undefined, plant: Plant): ReadonlySet<string> {
  const seen = visibleTo(principal ?? { scopes: [] }, plant);
  if (seen.all) return new Set();
  const hidden = new Set<string>();
  const shown = new Set<string>();
  const tell = (isSeen: boolean, ...names: string[]): void => {
    for (const name of names) (isSeen ? shown : hidden).add(name);
  };
  for (const { id, name, area, machines } of plant.lines.values()) {
    tell(seen.lines.has(id) || machines.some((machine) => seen.machines.has(machine)), name, area);
  }
  for (const { id, name } of plant.machines.values()) tell(seen.machines.has(id), name);
  for (const { id, name } of plant.meters.values()) tell(seen.meters.has(id), name);
  return new Set([...hidden].filter((name) => !shown.has(name)));
}
