import type { FastifyInstance } from 'fastify';

/** REST answers beside the socket, in the shapes of /api/v1. */
export function fixtureRest(app: FastifyInstance): void {
  app.get('/api/v1/health', () => ({ status: 'ok', historian: { engine: 'sqlite', version: '3.50' }, sources: [] }));
}
