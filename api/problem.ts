import type { FastifyError, FastifyReply } from 'fastify';

/*
 * RFC 9457 problem details, for every answer that is not the asked thing. The sentence says what to do; a stack trace
 * never leaves the process.
 */
export interface ProblemDetails {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly [extension: string]: unknown;
}

export class Problem extends Error {
  readonly status: number;
  readonly title: string;
  readonly extensions: Readonly<Record<string, unknown>>;
  constructor(status: number, title: string, detail: string, extensions: Readonly<Record<string, unknown>> = {}) {
    super(detail);
    this.name = 'Problem';
    this.status = status;
    this.title = title;
    this.extensions = extensions;
  }
}

export function notFound(detail: string): Problem {
  return new Problem(404, 'Not found', detail);
}

export function badRequest(detail: string, extensions: Readonly<Record<string, unknown>> = {}): Problem {
  return new Problem(400, 'Bad request', detail, extensions);
}

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  const body: ProblemDetails = {
    type: 'about:blank',
    title: problem.title,
    status: problem.status,
    detail: problem.message,
    ...problem.extensions,
  };
  return reply.code(problem.status).type('application/problem+json').send(JSON.stringify(body));
}

/** What Fastify itself refuses (body too large, wrong content type, broken JSON) and what a handler threw. */
export function asProblem(error: FastifyError | Problem | Error): Problem {
  if (error instanceof Problem) return error;
  const status = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500;
  if (status >= 400 && status < 500) return new Problem(status, TITLES[status] ?? 'Bad request', error.message);
  return new Problem(
    500,
    'Internal error',
    'The server failed on this question. Its log has the reason; the question may be asked again.',
  );
}

const TITLES: Readonly<Record<number, string>> = {
  404: 'Not found',
  405: 'Method not allowed',
  413: 'Too large',
  415: 'Unsupported media type',
};
