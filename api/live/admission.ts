import type { IncomingMessage } from 'node:http';
import type { Socket } from 'socket.io';
import type { Plant } from '#shared/plant/model.ts';
import type { Auth } from '../auth/auth.ts';
import { createBudget, isThisComputer } from '../auth/budget.ts';
import { maySee } from '../auth/may.ts';
import type { Principal } from '../auth/principal.ts';
import type { Counters } from '../metrics/counters.ts';

/*
 * Who may open a live link, and what they may watch on it.
 *
 * - The session or token is that of the handshake's cookie or Authorization header, never of the address.
 * - Every watch is checked on its own. A refusal says the same whether the scope is another's or does not exist.
 * - A link that talks without end is closed, like one that asks for more than it may.
 * - A link whose session or token has ended closes within two seconds, whichever replica ended it.
 */
export interface Admission {
  readonly auth: Auth;
  readonly plant: () => Plant;
  readonly isOwnHost: (host: string | undefined) => boolean;
  readonly principal: (request: IncomingMessage) => Promise<Principal | null>;
  /** Live links that one address may hold; whoever is on this machine itself is not counted. */
  readonly maxPerAddress?: number;
}

export interface Door {
  /** Null: come in. Else why not. */
  admit(socket: Socket): Promise<string | null>;
  /** Null: watch it. Else why not. */
  refusal(socket: Socket, scope: string): string | null;
  screensOf(session: string): number;
  /** Of the token or the person on this link; null where nobody had to sign in. */
  nameOf(socket: Socket): string | null;
  close(): void;
}

const CHECK_MS = 1000;
const MAX_PER_ADDRESS = 250;
/** What the screens of one address may say: a few words each when they come, and one every ten seconds. */
const WORDS = { burst: 1000, perSecond: 50 };
export const SIGN_IN = 'signIn: this live link needs somebody signed in; open /signin';

export function openDoor(sockets: () => Iterable<Socket>, admission: Admission, counters: Counters): Door {
  const { auth, plant, principal, maxPerAddress = MAX_PER_ADDRESS } = admission;
  const who = new WeakMap<Socket, Principal>();
  const perAddress = new Map<string, number>();

  const close = (socket: Socket): void => {
    counters.count('sockets_ended');
    socket.disconnect(true);
  };
  auth.onEnded((ids) => {
    const ended = new Set(ids);
    for (const socket of [...sockets()]) {
      const { session = null, id = null } = who.get(socket) ?? {};
      if ((session !== null && ended.has(session)) || (session === null && id !== null && ended.has(id))) close(socket);
    }
  });

  const words = createBudget(() => performance.now(), WORDS);
  const endFloods = (socket: Socket): void => {
    let ended = false;
    socket.use((_message, next) => {
      // What was on its way already is heard by nobody.
      if (ended) return;
      if (words.spend(socket.handshake.address) >= 0) return next();
      ended = true;
      counters.count('sockets_ended', 'flood');
      socket.disconnect(true);
    });
  };

  const check = async (): Promise<void> => {
    const links = [...sockets()].flatMap((socket) => {
      const principal = who.get(socket);
      return principal ? [{ socket, principal }] : [];
    });
    if (links.length === 0) return;
    const sessions = new Set(links.flatMap(({ principal }) => principal.session ?? []));
    const tokens = new Set(links.flatMap(({ principal: { session, id } }) => (session === null && id ? [id] : [])));
    const valid = await auth.stillValid([...sessions], [...tokens]);
    const mode = await auth.mode();
    for (const { socket, principal } of links) {
      const { session, id, kind } = principal;
      const key = session ?? id;
      const ok = key !== null ? valid.has(key) : mode === (kind === 'anyone' ? 'open' : 'demo');
      if (!ok) close(socket);
    }
  };
  let checking = false;
  const timer = setInterval(() => {
    if (checking) return;
    checking = true;
    // A database that is away for a moment ends nobody's link.
    void check()
      .catch(() => counters.count('session_checks_failed'))
      .finally(() => {
        checking = false;
      });
  }, CHECK_MS);

  return {
    async admit(socket) {
      const found = await principal(socket.request);
      if (!found) {
        counters.count('sockets_refused', 'signIn');
        return SIGN_IN;
      }
      const { address } = socket.handshake;
      const held = perAddress.get(address) ?? 0;
      if (held >= maxPerAddress && !isThisComputer(address)) {
        counters.count('sockets_refused', 'address');
        return `this server takes at most ${maxPerAddress} live links from one address`;
      }
      if (words.spend(address) < 0) {
        counters.count('sockets_refused', 'flood');
        return 'the screens of this address say more than they may; wait a few seconds';
      }
      who.set(socket, found);
      endFloods(socket);
      perAddress.set(address, held + 1);
      socket.on('disconnect', () => {
        const left = (perAddress.get(address) ?? 1) - 1;
        if (left > 0) perAddress.set(address, left);
        else perAddress.delete(address);
      });
      return null;
    },
    refusal(socket, scope) {
      const principal = who.get(socket);
      if (!principal) return SIGN_IN;
      const verdict = maySee(principal, scope, plant());
      return verdict.ok ? null : verdict.detail;
    },
    screensOf: (session) => [...sockets()].filter((socket) => who.get(socket)?.session === session).length,
    nameOf(socket) {
      const { kind, name } = who.get(socket) ?? {};
      return kind === undefined || kind === 'anyone' || kind === 'visitor' ? null : (name ?? null);
    },
    close: () => clearInterval(timer),
  };
}
