import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { languageOf } from '#shared/language/languages.ts';
import { everyone } from './auth/access.ts';
import { notFound, sendProblem } from './problem.ts';

/** Build id of the dashboard in `dir`, from its build.json; `none` where it has not been built. */
export function dashboardBuild(dir: string): string {
  const file = join(dir, 'build.json');
  if (!existsSync(file)) return 'none';
  try {
    const text: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return z.object({ build: z.string() }).parse(text).build;
  } catch {
    return 'none';
  }
}

const NOT_BUILT =
  'The dashboard has not been built yet. Start Linewatt with `npm start`, or run its build once. The API answers under /api/v1.';

/** The page in the language of the site: what a browser begins with before anybody has chosen one. */
export function pageIn(html: string, siteLocale: string): string {
  return html.replace(/(<html[^>]*) lang="[\w-]*"/, `$1 lang="${languageOf(siteLocale) ?? 'en'}"`);
}

/**
 * The dashboard: hashed assets for ever, index.html never from a cache, and index.html for every page address of the
 * single-page application. An address under /api, /assets or with a file extension is never answered with a page.
 */
export async function serveDashboard(app: FastifyInstance, dir: string, siteLocale: () => string): Promise<void> {
  const built = existsSync(join(dir, 'index.html'));
  if (built) {
    await app.register(fastifyStatic, {
      root: dir,
      wildcard: true,
      index: false,
      dotfiles: 'deny',
      cacheControl: false,
      setHeaders(reply, path) {
        const hashed = /[\\/]assets[\\/]/.test(path);
        reply.header('cache-control', hashed ? 'public, max-age=31536000, immutable' : 'no-cache');
      },
    });
    // By its own name too: the service worker keeps it for times without a server.
    for (const url of ['/', '/index.html']) {
      app.get(url, { config: { access: everyone }, schema: { hide: true } }, (_request, reply) => page(reply));
    }
  }
  const page = async (reply: Parameters<typeof sendProblem>[0]) =>
    reply
      .header('cache-control', 'no-cache')
      .type('text/html; charset=utf-8')
      .send(pageIn(await readFile(join(dir, 'index.html'), 'utf8'), siteLocale()));
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '';
    const isPage =
      (request.method === 'GET' || request.method === 'HEAD') &&
      !/^\/(api|assets|metrics)\b/.test(path) &&
      !/\.\w+$/.test(path);
    if (isPage && built) return page(reply);
    return sendProblem(
      reply,
      notFound(isPage ? NOT_BUILT : `There is nothing at ${path}; /api/docs lists what there is.`),
    );
  });
}
