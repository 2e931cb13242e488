import type { Server as HttpServer } from 'node:http';
import { Server } from 'socket.io';
import { watchSchema } from '#shared/contract/rest.ts';
import { wallPulse } from '#shared/contract/walls.ts';
import type { Instant } from '#shared/time/instant.ts';
import type { Counters } from '../metrics/counters.ts';
import { isSameOrigin } from '../security.ts';
import type { WallRegister } from '../walls/register.ts';
import { type Admission, openDoor } from './admission.ts';
import { openFanOut } from './fan-out.ts';
import { createHub, type Hub, type Views } from './hub.ts';

/*
 * Browsers on the namespace /live. Websocket only, small messages in, a foreign Origin refused at the handshake; who comes in
 * and what they may watch is in admission.ts.
 */
export interface LiveSocket {
  readonly hub: Hub;
  /** Live screens that are open on a session. */
  screensOf(session: string): number;
  close(): Promise<void>;
}

export interface LiveSocketOptions {
  readonly admission: Admission;
  readonly views: Views;
  readonly clock: () => Instant;
  readonly counters: Counters;
  readonly walls?: WallRegister;
  readonly slowBytes?: number;
  readonly maxClients?: number;
}

const MAX_WATCHES = 16;
/** Twice what one plant has screens: those that lost the link are still counted for some seconds while they come back. */
const MAX_CLIENTS = 5000;
/** A wall says that it is there every ten seconds and when something changed; a flood is not heard. */
const WALL_EVERY_MS = 200;

export function openLiveSocket(http: HttpServer, options: LiveSocketOptions): LiveSocket {
  const { admission, views, clock, counters, walls, slowBytes, maxClients = MAX_CLIENTS } = options;
  const io = new Server(http, {
    transports: ['websocket'],
    serveClient: false,
    // What is long is compressed once for all in fan-out.ts; the library itself compresses nothing.
    perMessageDeflate: {
      threshold: Number.POSITIVE_INFINITY,
      serverNoContextTakeover: true,
      clientNoContextTakeover: true,
    },
    httpCompression: false,
    maxHttpBufferSize: 16 * 1024,
    connectTimeout: 10_000,
    pingInterval: 10_000,
    pingTimeout: 10_000,
    allowRequest: (request, decide) => {
      const ok =
        admission.isOwnHost(request.headers.host) && isSameOrigin(request.headers.origin, request.headers.host);
      if (!ok) counters.count('sockets_refused', 'origin');
      decide(ok ? null : 'foreign origin', ok);
    },
  });
  const live = io.of('/live');
  const door = openDoor(() => live.sockets.values(), admission, counters);
  const outlet = openFanOut('/live', (client) => live.sockets.get(client));
  const hub = createHub({ views, outlet, clock, counters, ...(slowBytes !== undefined && { slowBytes }) });
  let snapshotsDue = false;

  live.use((_socket, next) => {
    if (live.sockets.size < maxClients) return next();
    counters.count('sockets_refused', 'full');
    next(new Error(`this server serves at most ${maxClients} screens`));
  });
  live.use((socket, next) => {
    door.admit(socket).then(
      (problem) => next(problem === null ? undefined : new Error(problem)),
      () => next(new Error('the accounts cannot be read now; trying again helps')),
    );
  });
  live.on('connection', (socket) => {
    const scopes = new Set<string>();
    const refuse = (detail: string): void => {
      counters.count('watches_refused');
      socket.emit('problem', { detail });
    };
    socket.on('watch', (body: unknown) => {
      const watch = watchSchema.safeParse(body);
      if (!watch.success) return refuse('watch needs {scope, topics}; topics are states, oee, energy, demand');
      const { scope, topics } = watch.data;
      if (scopes.size >= MAX_WATCHES && !scopes.has(scope)) {
        return refuse(`a screen may watch ${MAX_WATCHES} scopes at once; unwatch one`);
      }
      const refusal = door.refusal(socket, scope);
      if (refusal !== null) {
        counters.count('watches_refused', 'object');
        socket.emit('problem', { detail: refusal, scope });
        return;
      }
      if (!hub.watch(socket.id, scope, topics)) return refuse(`this plant has no ${scope}`);
      scopes.add(scope);
      if (snapshotsDue) return;
      snapshotsDue = true;
      setImmediate(() => {
        snapshotsDue = false;
        hub.sendSnapshots();
      });
    });
    socket.on('unwatch', (body: unknown) => {
      const watch = watchSchema.pick({ scope: true }).safeParse(body);
      if (!watch.success) return;
      scopes.delete(watch.data.scope);
      hub.unwatch(socket.id, watch.data.scope);
    });
    const since = clock();
    let heard = Number.NEGATIVE_INFINITY;
    socket.on('wall', (body: unknown) => {
      const pulse = wallPulse.safeParse(body);
      if (!pulse.success || !walls) return;
      const now = clock();
      if (Math.abs(now - heard) < WALL_EVERY_MS) return;
      heard = now;
      // Only what it may see: a wall must not vouch for another line.
      const lines = pulse.data.lines.filter((line) => door.refusal(socket, `line:${line}`) === null);
      walls.pulse({ ...pulse.data, lines }, { name: door.nameOf(socket), address: socket.handshake.address, since });
    });
    socket.on('disconnect', () => hub.gone(socket.id));
  });
  return {
    hub,
    screensOf: door.screensOf,
    async close() {
      door.close();
      io.disconnectSockets(true);
      io.engine.close();
      await new Promise<void>((done) => setImmediate(done));
    },
  };
}
