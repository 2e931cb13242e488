import type { Server } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { Counters } from '../metrics/counters.ts';
import { Problem, sendProblem } from '../problem.ts';

/*
 * How much one address may ask of the server, so that a crowd of clients behind a few addresses cannot take it from the screens.
 *
 * - A connection costs one and a request costs one. An address has BURST at once and REFILL more a second; a page is some forty.
 * - Who has none left is answered 429 and loses the connection. A refused try costs too, down to DEBT: who goes on trying gets nothing
 *   at all, not even an answer, and new connections close before a byte of them is read.
 * - While the server is late with its own work everything costs more, so that those who ask most give way first: a page still loads.
 * - At most MOST_CONNECTIONS are open from one address.
 * - 127.0.0.1 and ::1 are this computer itself, or the proxy on it: they are not counted. Of IPv6 one network of 64 bits is one address.
 */
const BURST = 1000;
const REFILL = 200;
const DEBT = 200;
/** Tries beyond what it had that are still answered. */
const ANSWERED = 50;
const MOST_CONNECTIONS = 512;
const MOST_IN_ALL = 10_000;
const LOOK_MS = 100;
const FORGET_EVERY_MS = 10_000;

export interface Budget {
  /** What it has left after this; below zero: it had none. */
  spend(address: string, cost?: number): number;
  /** Addresses that are not full again. */
  readonly size: number;
}

export interface Share {
  readonly burst: number;
  readonly perSecond: number;
}

/** `now`: milliseconds that never jump. */
export function createBudget(
  now: () => number,
  { burst, perSecond }: Share = { burst: BURST, perSecond: REFILL },
): Budget {
  const left = new Map<string, { tokens: number; at: number }>();
  let tidied = now();
  const filled = ({ tokens, at }: { tokens: number; at: number }, t: number): number =>
    Math.min(burst, tokens + ((t - at) * perSecond) / 1000);
  return {
    spend(address, cost = 1) {
      if (isThisComputer(address)) return burst;
      const t = now();
      if (t - tidied > FORGET_EVERY_MS) {
        tidied = t;
        for (const [key, held] of left) if (filled(held, t) >= burst) left.delete(key);
      }
      const key = networkOf(address);
      const tokens = filled(left.get(key) ?? { tokens: burst, at: t }, t);
      const after = Math.max(-DEBT, tokens - cost);
      left.set(key, { tokens: after, at: t });
      return after;
    },
    get size() {
      return left.size;
    },
  };
}

/** Connections and requests of `app` are counted from here on. Must be called before other hooks. */
export function limitAddresses(
  app: FastifyInstance,
  counters: Counters,
  now = () => performance.now(),
  cost = costNow(app),
): void {
  const budget = createBudget(now);
  limitConnections(app.server, budget, counters, cost);
  app.addHook('onRequest', async (request, reply) => {
    const left = budget.spend(request.ip, cost());
    if (left >= 0) return;
    counters.count('requests_refused', 'rate');
    if (left < -ANSWERED) {
      reply.hijack();
      request.raw.destroy();
      return;
    }
    reply.header('retry-after', '5').header('connection', 'close');
    return sendProblem(
      reply,
      new Problem(429, 'Too many requests', 'This address asks for more than its share; wait five seconds.'),
    );
  });
}

/** How much a request costs now, by how late a timer of this process came lately. */
function costNow(app: FastifyInstance): () => number {
  let due = performance.now() + LOOK_MS;
  let late = 0;
  const timer = setInterval(() => {
    const now = performance.now();
    // One late timer counts for two seconds, less and less.
    late = Math.max(now - due, late * 0.9);
    due = now + LOOK_MS;
  }, LOOK_MS);
  timer.unref();
  app.addHook('onClose', async () => clearInterval(timer));
  return () => (late > 250 ? 10 : late > 50 ? 3 : 1);
}

function limitConnections(server: Server, budget: Budget, counters: Counters, cost: () => number): void {
  const open = new Map<string, number>();
  server.maxConnections = MOST_IN_ALL;
  server.on('connection', (socket) => {
    const address = socket.remoteAddress ?? '';
    if (isThisComputer(address)) return;
    const key = networkOf(address);
    const held = open.get(key) ?? 0;
    if (held >= MOST_CONNECTIONS || budget.spend(address, cost()) < 0) {
      counters.count('connections_refused');
      socket.destroy();
      return;
    }
    open.set(key, held + 1);
    socket.once('close', () => {
      const rest = (open.get(key) ?? 1) - 1;
      if (rest > 0) open.set(key, rest);
      else open.delete(key);
    });
  });
}

export function isThisComputer(address: string): boolean {
  return address === '127.0.0.1' || address === '::1' || address === '::ffff:127.0.0.1';
}

function networkOf(address: string): string {
  const v4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1];
  if (v4 !== undefined) return v4;
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('%', 1)[0]?.split('::') ?? [];
  const groups = head === '' ? [] : head.split(':');
  const missing = tail === undefined ? 0 : 8 - groups.length - (tail === '' ? 0 : tail.split(':').length);
  return [...groups, ...Array.from({ length: Math.max(0, missing) }, () => '0')].slice(0, 4).join(':');
}
