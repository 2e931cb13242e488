import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import fastifyStatic from '@fastify/static';
import fastify from 'fastify';
import { Server } from 'socket.io';
import type { Pulse, Watch } from '#shared/contract/socket.ts';
import { type WallPulse, wallPulse } from '#shared/contract/walls.ts';
import { ensureBuilt } from '../../dashboard/build.ts';
import { type FixtureEntries, fixtureOperator } from './fixture-operator.ts';
import { fixtureRest } from './fixture-rest.ts';
import { NOW, type Scene, viewOf } from './fixture-views.ts';

export interface FixtureServer {
  readonly url: string;
  /** What the next page that connects is shown. */
  scene: Scene;
  /** What tablets entered. */
  readonly entries: FixtureEntries;
  /** Live links that were opened, and what walls told on them. */
  readonly links: { opened: number; readonly walls: WallPulse[] };
  /** Version of the pages that the server says it serves. */
  build: string;
  /** The shift of every page changes, as at 14:00. */
  nextShift(): void;
  /** Cuts every connection and answers nobody, until `back`. */
  away(): Promise<void>;
  back(): Promise<void>;
  close(): Promise<void>;
}

/** The dashboard with hand-made data behind it: serves the built pages and plays one scene over a real socket. */
export async function startFixtureServer(port = 0): Promise<FixtureServer> {
  const { build, dir } = await ensureBuilt();
  const app = fastify({ serverFactory: (handler) => createServer(handler) });
  await app.register(fastifyStatic, { root: dir });
  app.setNotFoundHandler((request, reply) => {
    if (request.url.startsWith('/api/')) return reply.code(404).send({ title: 'Not found', status: 404 });
    return reply.sendFile('index.html');
  });
  const state = { scene: 'down' as Scene, build };
  fixtureRest(app);
  const entries = fixtureOperator(app);
  const io = new Server(app.server, { transports: ['websocket', 'polling'] });
  const links = { opened: 0, walls: [] as WallPulse[] };
  const shiftChanges = new Set<() => void>();
  const iso = (t: number): string => new Date(t).toISOString();

  io.of('/live').on('connection', (socket) => {
    const scene = state.scene;
    links.opened += 1;
    socket.on('wall', (body: unknown) => void links.walls.push(wallPulse.parse(body)));
    socket.on('disconnect', () => shiftChanges.delete(change));
    const change = (): void => {
      for (const scope of scopes)
        socket.emit('patch', {
          scope,
          seq: 2,
          patch: { header: { shift: { start: iso(NOW), id: 'late', name: 'Late' } } },
        });
    };
    shiftChanges.add(change);
    const begun = performance.now();
    const serverNow = (): number => NOW + performance.now() - begun;
    const scopes = new Set<string>();
    const pulse = (): Pulse => ({
      serverTime: iso(serverNow()),
      build: state.build,
      dataAt: Object.fromEntries(
        [...scopes].map((scope) => [
          scope,
          scene === 'empty' || scene === 'history' ? null : iso(serverNow() - (scene === 'stale' ? 42_000 : 400)),
        ]),
      ),
    });
    socket.on('watch', (watch: Watch) => {
      if (scene === 'refused') {
        const detail = `Hall 1 may use line:filling, and not ${watch.scope}`;
        return socket.emit('problem', { detail, scope: watch.scope });
      }
      scopes.add(watch.scope);
      if (scene === 'loading') return;
      socket.emit('snapshot', {
        scope: watch.scope,
        seq: 1,
        serverTime: iso(serverNow()),
        view: viewOf(watch.scope, scene),
      });
      socket.emit('pulse', pulse());
    });
    const timer = setInterval(() => scene !== 'late' && socket.emit('pulse', pulse()), 1000);
    socket.on('disconnect', () => clearInterval(timer));
  });

  const connections = new Set<Socket>();
  app.server.on('connection', (connection: Socket) => {
    connections.add(connection);
    connection.once('close', () => connections.delete(connection));
  });
  await app.listen({ port, host: '127.0.0.1' });
  const address = app.server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}`,
    get scene() {
      return state.scene;
    },
    set scene(scene: Scene) {
      state.scene = scene;
    },
    get build() {
      return state.build;
    },
    set build(build: string) {
      state.build = build;
    },
    entries,
    links,
    nextShift() {
      for (const change of shiftChanges) change();
    },
    async away() {
      const closed = new Promise((done) => app.server.close(done));
      for (const connection of connections) connection.destroy();
      await closed;
    },
    back: () => new Promise((done) => app.server.listen(address.port, '127.0.0.1', done)),
    async close() {
      await io.close();
      await app.close();
    },
  };
}
