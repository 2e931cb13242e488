import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance } from 'fastify';
import { Problem } from '../problem.ts';

/** Routes that ask for it (`config: { rateLimit }`) take so many requests of one address in a while, and then answer 429. */
export async function limitSignIns(app: FastifyInstance): Promise<void> {
  await app.register(rateLimit, {
    global: false,
    keyGenerator: (request) => request.ip,
    errorResponseBuilder: (_request, { ttl }) =>
      new Problem(
        429,
        'Too many requests',
        `Too many tries from this address; try again in ${Math.ceil(ttl / 1000)} s.`,
      ),
  });
}
