import type { FastifyInstance } from 'fastify';
import { everyone } from '../auth/access.ts';
import type { ApiDeps } from '../deps.ts';
import { notFound } from '../problem.ts';
import { enrolAnswer } from '../tls/enrol.ts';

/** The page with which a device comes to trust the site's own CA. */
export function enrolRoutes(app: FastifyInstance, deps: ApiDeps): void {
  for (const path of ['/enrol', '/enrol/ca.crt', '/enrol/enrol.css']) {
    app.get(path, { config: { access: everyone }, schema: { hide: true } }, async (_request, reply) => {
      const answer = enrolAnswer(path, { ...deps, ca: deps.caFile });
      if (!answer) throw notFound(`There is nothing at ${path}.`);
      if (answer.fileName) reply.header('content-disposition', `attachment; filename="${answer.fileName}"`);
      return reply.code(answer.status).type(answer.type).send(answer.body);
    });
  }
}
