import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fastifyStatic from '@fastify/static';
import fastify from 'fastify';
import { Server } from 'socket.io';
import { diff } from '#api/live/merge-patch.ts';
import type { Pulse, ScopeView, Watch } from '#shared/contract/socket.ts';
import { ensureBuilt } from '../../dashboard/build.ts';
import { fixtureRest } from '../e2e/fixture-rest.ts';
import { createWallDay, type WallDay } from './wall-day.ts';

/*
 * The built pages with a day behind them that goes as fast as it is told, a patch for each second of it.
 *
 * `/bench/wall`: the wall of forty machines and that of one line, side by side in one page, so that one main thread draws both.
 * `/bench/floor`: a page that watches the same, receives every message, and throws it away.
 */
export interface WallServer {
  readonly url: string;
  readonly day: WallDay;
  /** The day goes as the clock does, or stands still until told to pass. */
  run(on: boolean): void;
  /** So many seconds of it pass at once, each with its patches. */
  pass(seconds: number): void;
  close(): Promise<void>;
}

const SCOPES = ['site', 'line:filling'] as const;
const html = (body: string): string => `<!doctype html><meta charset="utf-8"><style>body{margin:0}</style>${body}`;
const WALL = html(
  '<iframe src="/wall/all" width="1920" height="1080"></iframe><iframe src="/wall/filling" width="1920" height="1080"></iframe>',
);
const FLOOR = html(`<script src="/socket.io/socket.io.min.js"></script><script>
  const topics = ['states', 'oee', 'energy', 'demand'];
  const socket = io('/live', { transports: ['websocket'] });
  socket.on('connect', () => ${JSON.stringify(SCOPES)}.forEach((scope) => socket.emit('watch', { scope, topics })));
  for (const event of ['snapshot', 'patch', 'pulse']) socket.on(event, () => undefined);
</script>`);

export async function startWallServer(): Promise<WallServer> {
  const { build, dir } = await ensureBuilt();
  const app = fastify({ serverFactory: (handler) => createServer(handler) });
  await app.register(fastifyStatic, { root: dir, cacheControl: false, preCompressed: false });
  app.get('/bench/wall', (_request, reply) => reply.type('text/html').send(WALL));
  app.get('/bench/floor', (_request, reply) => reply.type('text/html').send(FLOOR));
  app.setNotFoundHandler((request, reply) => {
    if (request.url.startsWith('/api/')) return reply.code(404).send({ title: 'Not found', status: 404 });
    return reply.sendFile('index.html');
  });
  fixtureRest(app);
  const io = new Server(app.server, { transports: ['websocket'], serveClient: true });
  const live = io.of('/live');
  const day = createWallDay();
  const sent = new Map<string, { seq: number; view: ScopeView }>();
  for (const scope of SCOPES) sent.set(scope, { seq: 1, view: day.view(scope) });
  const iso = (): string => new Date(day.now).toISOString();
  const pulse = (): Pulse => ({ serverTime: iso(), build, dataAt: Object.fromEntries(SCOPES.map((s) => [s, iso()])) });

  live.on('connection', (socket) => {
    socket.on('watch', ({ scope }: Watch) => {
      const held = sent.get(scope);
      if (!held) return;
      socket.emit('snapshot', { scope, seq: held.seq, serverTime: iso(), view: held.view });
      socket.emit('pulse', pulse());
      void socket.join(scope);
    });
  });
  const second = (): void => {
    day.step();
    for (const [scope, held] of sent) {
      const view = day.view(scope);
      held.seq += 1;
      live.to(scope).emit('patch', { scope, seq: held.seq, patch: diff(held.view, view) ?? {} });
      held.view = view;
    }
    live.emit('pulse', pulse());
  };
  let runs = false;
  const timer = setInterval(() => runs && second(), 1000);
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    day,
    run(on) {
      runs = on;
    },
    pass(seconds) {
      for (let n = 0; n < seconds; n += 1) second();
    },
    async close() {
      clearInterval(timer);
      await io.close();
      await app.close();
    },
  };
}
