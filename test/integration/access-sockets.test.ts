import { join } from 'node:path';
import { io, type Socket } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ROLES, type Role } from '../../api/auth/access.ts';
import { createAccounts } from '../../api/auth/accounts.ts';
import { createKiosks, KIOSK_KINDS } from '../../api/auth/kiosks.ts';
import { openSecrets, secretsFile } from '../../api/auth/secrets.ts';
import { createSessions } from '../../api/auth/sessions.ts';
import { openSqliteSql } from '../../api/auth/sql.ts';
import { type RunningApi, startRealApi } from '../servers/api.ts';
import { TWO_LINES } from './access-plant.ts';

/* The other half of the matrix: every scope of the plant x every role and kind of token, watched over real sockets. */
const OWN = new Set(['line:filling', 'area:Packaging', 'machine:filler', 'machine:packer']);
const SCOPES = [
  ...['site', 'area:Packaging', 'area:Metal', 'line:filling', 'line:machining', 'machine:filler', 'machine:packer'],
  ...['machine:lathe', 'line:nope', 'machine:nope', 'area:nope'],
] as const;
const NOT_THERE = /nope$/;

interface Asker {
  readonly label: string;
  readonly sees: 'all' | 'filling';
  readonly headers: Record<string, string>;
}

let api: RunningApi;
const askers: Asker[] = [];
const links: Socket[] = [];

beforeAll(async () => {
  api = await startRealApi({ plant: TWO_LINES });
  const sql = openSqliteSql(join(api.dataDir, 'accounts.sqlite'));
  const accounts = createAccounts(sql, openSecrets(secretsFile(api.dataDir)).pepper, Date.now);
  const sessions = createSessions(sql, Date.now);
  const kiosks = createKiosks(sql, Date.now);
  const asUser = async (role: Role, sees: Asker['sees']): Promise<void> => {
    const scopes = sees === 'all' ? ('all' as const) : ['line:filling'];
    const { id } = await accounts.add({ name: `${role} ${sees}`, role, scopes });
    const life = { lifeMs: 600_000, idleMs: 600_000 };
    const { token } = await sessions.start({
      account: id,
      kind: 'user',
      via: 'password',
      address: '',
      device: '',
      ...life,
    });
    askers.push({ label: `${role}, ${sees}`, sees, headers: { cookie: `linewatt-session=${token}` } });
  };
  for (const sees of ['all', 'filling'] as const) {
    for (const role of ROLES) await asUser(role, sees);
    for (const kind of KIOSK_KINDS) {
      const scope = sees === 'all' ? 'site' : 'line:filling';
      const { token } = await kiosks.add({ name: kind, kind, scope, createdBy: 'test', endsAt: null });
      const headers: Record<string, string> =
        kind === 'program' ? { authorization: `Bearer ${token}` } : { cookie: `linewatt-kiosk=${token}` };
      askers.push({ label: `${kind} token, ${sees}`, sees, headers });
    }
  }
  await sql.close();
});
afterAll(async () => {
  for (const link of links) link.disconnect();
  await api.dispose();
});

async function connected(extraHeaders: Record<string, string>): Promise<Socket> {
  const options = { transports: ['websocket'], forceNew: true, reconnection: false, extraHeaders };
  const socket = io(`${api.url}/live`, options);
  links.push(socket);
  await new Promise<void>((done, fail) => {
    socket.once('connect', () => done());
    socket.once('connect_error', fail);
  });
  return socket;
}

/** What the server answers to a watch: a view, or a refusal. */
function watch(socket: Socket, scope: string): Promise<'shown' | 'refused' | 'unknown'> {
  return new Promise((done) => {
    const off = (answer: 'shown' | 'refused' | 'unknown'): void => {
      socket.off('snapshot');
      socket.off('problem');
      done(answer);
    };
    socket.on('snapshot', (snapshot: { scope: string }) => snapshot.scope === scope && off('shown'));
    socket.on('problem', ({ detail }: { detail: string }) => off(/ may use /.test(detail) ? 'refused' : 'unknown'));
    socket.emit('watch', { scope, topics: ['states'] });
  });
}

describe('every scope x role and token', () => {
  it('is shown or refused as its scope says', async () => {
    const wrong: string[] = [];
    for (const asker of askers) {
      const socket = await connected(asker.headers);
      for (const scope of SCOPES) {
        const expected =
          asker.sees === 'all' ? (NOT_THERE.test(scope) ? 'unknown' : 'shown') : OWN.has(scope) ? 'shown' : 'refused';
        const answer = await watch(socket, scope);
        if (answer !== expected) wrong.push(`${asker.label} about ${scope}: ${answer}, not ${expected}`);
      }
    }
    expect(askers).toHaveLength(2 * (ROLES.length + KIOSK_KINDS.length));
    expect(wrong).toEqual([]);
  });
});

describe('a link that is open', () => {
  it('closes within seconds when the time of its session or token is over', async () => {
    const sql = openSqliteSql(join(api.dataDir, 'accounts.sqlite'));
    const accounts = createAccounts(sql, openSecrets(secretsFile(api.dataDir)).pepper, Date.now);
    const { id } = await accounts.add({ name: 'guest', role: 'viewer' });
    const endsAt = Date.now() + 1500;
    const life = { lifeMs: 1500, idleMs: 600_000 };
    const session = await createSessions(sql, Date.now).start({
      account: id,
      kind: 'user',
      via: 'password',
      address: '',
      device: '',
      ...life,
    });
    const wish = { name: 'for an hour', kind: 'program', scope: 'site', createdBy: 'test', endsAt } as const;
    const token = await createKiosks(sql, Date.now).add(wish);
    await sql.close();
    const closed = [{ cookie: `linewatt-session=${session.token}` }, { authorization: `Bearer ${token.token}` }].map(
      async (headers) => {
        const socket = await connected(headers);
        expect(await watch(socket, 'site')).toBe('shown');
        if (socket.connected) await new Promise<void>((done) => socket.once('disconnect', () => done()));
        return Date.now();
      },
    );
    for (const at of await Promise.all(closed)) {
      expect(at).toBeGreaterThanOrEqual(endsAt);
      expect(at - endsAt).toBeLessThan(5000);
    }
  });

  it('of a wall vouches for the lines that it may see, and for no other', async () => {
    const [all, filling] = ['all', 'filling'].map((sees) =>
      askers.find((a) => a.sees === sees && /^wall/.test(a.label)),
    );
    const socket = await connected(filling?.headers ?? {});
    const screen = { page: '/wall/filling/machining', build: 'b', width: 1920, height: 1080, shows: 'live' };
    socket.emit('wall', { id: 'wall-aaaa', lines: ['filling', 'machining'], ...screen });
    const walls = async () => {
      const answer = await fetch(`${api.url}/api/v1/walls`, { headers: all?.headers ?? {} });
      return ((await answer.json()) as { items: { lines: string[]; name: string }[] }).items;
    };
    await vi.waitFor(async () => expect(await walls()).toMatchObject([{ lines: ['filling'], name: 'wall' }]), 5000);
  });
});
