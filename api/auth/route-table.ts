import type { FastifyInstance } from 'fastify';
import { type Access, everyone, ofNothing, reads } from './access.ts';

export interface TableRow {
  readonly method: string;
  readonly url: string;
  /** Null: the route forgot to declare it. */
  readonly access: Access | null;
}

const tables = new WeakMap<object, TableRow[]>();

/** Keeps a list of every route with its declaration. Must be called before the first route is added. */
export function watchRoutes(app: FastifyInstance): void {
  const table: TableRow[] = [];
  tables.set(app.server, table);
  app.addHook('onRoute', (route) => {
    const access = route.config?.access ?? foreign(route.url);
    if (access) route.config = { ...route.config, access };
    for (const method of [route.method].flat()) table.push({ method, url: route.url, access });
  });
}

export function routeTable(app: FastifyInstance): readonly TableRow[] {
  return tables.get(app.server) ?? [];
}

/** Routes that libraries add: the built pages, which are public code, and the description of the interface. */
function foreign(url: string): Access | null {
  if (url === '/*' || url === '/') return everyone;
  if (url.startsWith('/api/docs')) return reads(ofNothing);
  return null;
}
