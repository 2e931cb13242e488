import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MeAnswer } from '#shared/contract/account-answers.ts';
import { type RunningApi, startRealApi } from '../servers/api.ts';
import { TWO_LINES } from './access-plant.ts';

/* Sessions, tokens and live links against the real api over real sockets. Tests follow each other. */
const ADMIN = { name: 'kim', password: 'three green bottles' };
let api: RunningApi;
let adminCookie = '';

interface Answer<T> {
  readonly status: number;
  readonly body: T;
  readonly cookie: string;
  readonly headers: Headers;
}

async function call<T = Record<string, never>>(
  path: string,
  { cookie = '', body, headers = {} }: { cookie?: string; body?: unknown; headers?: Record<string, string> } = {},
): Promise<Answer<T>> {
  const answer = await fetch(`${api.url}/api/v1/${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      ...(cookie && { cookie }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const set = answer.headers.getSetCookie().map((one) => one.split(';')[0] ?? '');
  return { status: answer.status, body: (await answer.json()) as T, cookie: set.join('; '), headers: answer.headers };
}

const links: Socket[] = [];
/** Resolves once the link stands, or with why it does not. */
async function link(
  options: Partial<ManagerOptions & SocketOptions> = {},
): Promise<{ socket: Socket; refused: string | null }> {
  const socket = io(`${api.url}/live`, { transports: ['websocket'], reconnection: false, forceNew: true, ...options });
  links.push(socket);
  const refused = await new Promise<string | null>((done) => {
    socket.once('connect', () => done(null));
    socket.once('connect_error', (error) => done(error.message));
  });
  return { socket, refused };
}
const withCookie = (cookie: string) => link({ extraHeaders: { cookie } });

function heard(socket: Socket, event: string): Promise<{ readonly detail?: string; readonly scope?: string }> {
  return new Promise((done) => socket.once(event, done));
}

beforeAll(async () => {
  api = await startRealApi({ plant: TWO_LINES });
});
afterAll(async () => {
  for (const socket of links) socket.disconnect();
  await api.dispose();
});

describe('before there is an account', () => {
  it('answers everybody on the loopback address as it always did, and administers nothing', async () => {
    const { body } = await call<MeAnswer>('auth/me');
    expect(body).toMatchObject({
      mode: 'open',
      who: null,
      first: true,
      demoPeople: [],
      may: { enter: true, administer: false },
    });
    expect((await call('plant')).status).toBe(200);
    const entry = { type: 'note', machine: 'filler', at: new Date(Date.now() - 60_000).toISOString(), text: 'hello' };
    expect((await call('entries', { body: entry, headers: { 'idempotency-key': 'n1' } })).status).toBe(201);
    expect((await call('users')).status).toBe(403);
    expect((await call('users', { body: { name: 'mallory', role: 'admin' } })).status).toBe(403);
    expect((await link()).refused).toBeNull();
  });

  it('makes the first administrator once, with the token of the console alone', async () => {
    const token = /first#(\S+)/.exec(api.log())?.[1] ?? '';
    const wrong = await call('auth/first', { body: { token: 'x'.repeat(43), ...ADMIN } });
    expect(wrong.status).toBe(403);
    const both = await Promise.all([1, 2].map(() => call('auth/first', { body: { token, ...ADMIN } })));
    expect(both.map(({ status }) => status).sort()).toEqual([200, expect.toBeOneOf([409, 422])]);
    adminCookie = both.find(({ status }) => status === 200)?.cookie ?? '';
    expect(adminCookie).toMatch(/^linewatt-session=[\w-]{43}$/);
  });

  it('then asks everybody to sign in, and ends the links of those who have not', async () => {
    const last = links[0];
    if (last?.connected) await heard(last, 'disconnect');
    expect((await call('plant')).status).toBe(401);
    expect((await call('entries', { body: {}, headers: { 'idempotency-key': 'n2' } })).status).toBe(401);
    expect((await link()).refused).toMatch(/^signIn/);
    expect(Object.keys((await call('health')).body).sort()).toEqual(['build', 'serverTime', 'status']);
  });
});

describe('a session', () => {
  it('comes in a cookie that no script reads and no other page sends', async () => {
    const { headers, status } = await call('auth/sign-in', { body: ADMIN });
    expect(status).toBe(200);
    const [cookie = ''] = headers.getSetCookie();
    expect(cookie).toMatch(/HttpOnly/);
    expect(cookie).toMatch(/SameSite=Strict/);
    expect(cookie).toMatch(/Path=\//);
  });

  it('is a new one at every sign-in: what the browser brought along is ended, never kept', async () => {
    const first = await call('auth/sign-in', { body: ADMIN });
    const second = await call('auth/sign-in', { body: ADMIN, cookie: first.cookie });
    expect(second.cookie).not.toBe(first.cookie);
    expect((await call('plant', { cookie: first.cookie })).status).toBe(401);
    const fixed = await call('auth/sign-in', { body: ADMIN, cookie: `linewatt-session=${'A'.repeat(43)}` });
    expect(fixed.cookie).not.toContain('AAAA');
  });

  it('says the same of a wrong name and a wrong password', async () => {
    const wrong = await call<{ detail: string }>('auth/sign-in', { body: { ...ADMIN, password: 'not this one' } });
    const unknown = await call<{ detail: string }>('auth/sign-in', {
      body: { name: 'nobody', password: 'not this one' },
    });
    expect([wrong.status, unknown.status]).toEqual([401, 401]);
    expect(wrong.body.detail).toBe(unknown.body.detail);
  });

  it('of a person that is switched off ends everywhere, live links within two seconds', async () => {
    const made = await call<{ id: string }>('users', {
      cookie: adminCookie,
      body: { name: 'sam', role: 'operator', scopes: ['line:filling'], password: 'quiet yellow river' },
    });
    expect(made.status).toBe(201);
    const { cookie } = await call('auth/sign-in', { body: { name: 'sam', password: 'quiet yellow river' } });
    const { socket } = await withCookie(cookie);
    const closed = heard(socket, 'disconnect');
    const begun = performance.now();
    await call(`users/${made.body.id}`, { cookie: adminCookie, body: { disabled: true } });
    await closed;
    expect(performance.now() - begun).toBeLessThan(2000);
    expect((await call('plant', { cookie })).status).toBe(401);
    expect((await call('auth/sign-in', { body: { name: 'sam', password: 'quiet yellow river' } })).status).toBe(401);
    await call(`users/${made.body.id}`, { cookie: adminCookie, body: { disabled: false } });
  });

  it('that another replica or the console ended closes its links too, within two seconds', async () => {
    const { cookie, body } = await call<MeAnswer>('auth/sign-in', {
      body: { name: 'sam', password: 'quiet yellow river' },
    });
    const { socket } = await withCookie(cookie);
    const closed = heard(socket, 'disconnect');
    // Straight in the database, as another process does.
    const { openSqliteSql } = await import('../../api/auth/sql.ts');
    const sql = openSqliteSql(`${api.dataDir}/accounts.sqlite`);
    const begun = performance.now();
    await sql.run('DELETE FROM session WHERE id = ?', [body.who?.session ?? '']);
    await sql.close();
    await closed;
    expect(performance.now() - begun).toBeLessThan(2500);
  });
});

describe('a live link', () => {
  it('watches what is its own and nothing else, and learns nothing of the rest', async () => {
    const { cookie } = await call('auth/sign-in', { body: { name: 'sam', password: 'quiet yellow river' } });
    const { socket } = await withCookie(cookie);
    const snapshot = heard(socket, 'snapshot');
    socket.emit('watch', { scope: 'line:filling', topics: ['states'] });
    expect((await snapshot).scope).toBe('line:filling');
    const told: string[] = [];
    for (const scope of ['site', 'line:machining', 'machine:lathe', 'area:Metal', 'line:nope', 'machine:__proto__']) {
      const problem = heard(socket, 'problem');
      socket.emit('watch', { scope, topics: ['states'] });
      told.push(((await problem).detail ?? '').replace(scope, 'X'));
    }
    expect(new Set(told).size).toBe(1);
    socket.disconnect();
  });

  it('takes a session from the cookie alone, never from the address', async () => {
    const token = adminCookie.split('=')[1] ?? '';
    const { refused } = await link({ query: { token, 'linewatt-session': token }, auth: { token } });
    expect(refused).toMatch(/^signIn/);
  });

  it.each(['http://evil.example', 'null', 'http://127.0.0.1:1'])('is refused to a page of %s', async (origin) => {
    const { refused } = await link({ extraHeaders: { cookie: adminCookie, origin } });
    expect(refused).not.toBeNull();
  });
});

describe('a token of a wall screen', () => {
  it('reads one scope, enters nothing, and its links close when it is taken back', async () => {
    const made = await call<{ token: string; link: string; kiosk: { id: string } }>('kiosks', {
      cookie: adminCookie,
      body: { name: 'Wall', scope: 'line:filling' },
    });
    expect(made.status).toBe(201);
    expect(made.body.link).toBe(`${api.url}/kiosk#${made.body.token}`);
    const enrolled = await call('auth/kiosk', { body: { token: made.body.token } });
    const { cookie } = enrolled;
    expect(enrolled.headers.getSetCookie()[0]).toMatch(/HttpOnly/);
    expect((await call('states?scope=line:machining', { cookie })).status).toBe(403);
    expect(
      (await call('entries', { cookie, body: { type: 'note' }, headers: { 'idempotency-key': 'k' } })).status,
    ).toBe(403);
    expect((await call('users', { cookie })).status).toBe(403);
    const plant = await call<{ lines: { id: string }[]; machines: { id: string }[]; meters: { id: string }[] }>(
      'plant',
      {
        cookie,
      },
    );
    expect(plant.body.lines.map(({ id }) => id)).toEqual(['filling']);
    expect(plant.body.machines.map(({ id }) => id)).toEqual(['filler', 'packer']);
    expect(plant.body.meters.map(({ id }) => id)).toEqual(['m-filler']);
    const { socket, refused } = await withCookie(cookie);
    expect(refused).toBeNull();
    const closed = heard(socket, 'disconnect');
    const begun = performance.now();
    await call(`kiosks/${made.body.kiosk.id}/revoke`, { cookie: adminCookie, body: {} });
    await closed;
    expect(performance.now() - begun).toBeLessThan(2000);
    expect((await call('plant', { cookie })).status).toBe(401);
    expect((await call('plant', { headers: { authorization: `Bearer ${made.body.token}` } })).status).toBe(401);
  });

  it('is no way to say a PIN, but a tablet is, for the people of its line, until they are locked out', async () => {
    const add = (kind: string) =>
      call<{ token: string }>('kiosks', { cookie: adminCookie, body: { name: kind, kind, scope: 'line:filling' } });
    const [wall, tablet] = [await add('wall'), await add('tablet')];
    const enrol = async ({ body }: Answer<{ token: string }>) =>
      (await call('auth/kiosk', { body: { token: body.token } })).cookie;
    const [wallCookie, tabletCookie] = [await enrol(wall), await enrol(tablet)];
    const jo = await call<{ id: string }>('users', {
      cookie: adminCookie,
      body: { name: 'jo', role: 'operator', scopes: ['line:filling'], pin: '2580', badge: '04:A2:7C:11' },
    });
    await call('users', {
      cookie: adminCookie,
      body: { name: 'lee', role: 'operator', scopes: ['line:machining'], pin: '9517' },
    });
    const people = await call<{ items: { name: string }[] }>('auth/people', { cookie: tabletCookie });
    expect(people.body.items.map(({ name }) => name)).toEqual(['jo']);
    const say = (cookie: string, body: unknown) => call<MeAnswer>('auth/switch', { cookie, body });
    expect((await say(wallCookie, { account: jo.body.id, pin: '2580' })).status).toBe(403);
    expect((await say('', { account: jo.body.id, pin: '2580' })).status).toBe(403);
    const byPin = await say(tabletCookie, { account: jo.body.id, pin: '2580' });
    expect(byPin.body).toMatchObject({ who: { name: 'jo', kind: 'user' }, tabletMinutes: 10 });
    const byBadge = await say(tabletCookie, { badge: '04:a2:7c:11' });
    expect(byBadge.body.who?.name).toBe('jo');
    const statuses: number[] = [];
    for (let n = 0; n < 6; n++) statuses.push((await say(tabletCookie, { account: jo.body.id, pin: '0001' })).status);
    expect(statuses).toEqual([401, 401, 401, 401, 429, 429]);
    expect((await say(tabletCookie, { badge: '04:a2:7c:11' })).status).toBe(429);
  });
});

describe('an entry', () => {
  it('carries the name of who is signed in, whatever its body says, and is taken back by them or a supervisor', async () => {
    await call('users', {
      cookie: adminCookie,
      body: { name: 'pat', role: 'operator', password: 'quiet yellow river' },
    });
    await call('users', {
      cookie: adminCookie,
      body: { name: 'ali', role: 'supervisor', password: 'quiet yellow river' },
    });
    const signedIn = async (name: string) =>
      (await call('auth/sign-in', { body: { name, password: 'quiet yellow river' } })).cookie;
    const [sam, pat, ali] = [await signedIn('sam'), await signedIn('pat'), await signedIn('ali')];
    const at = new Date(Date.now() - 60_000).toISOString();
    const post = (cookie: string, body: Record<string, unknown>) =>
      call<{ id: string; by: string }>('entries', {
        cookie,
        body,
        headers: { 'idempotency-key': Math.random().toString() },
      });
    const entry = await post(pat, { type: 'scrap', machine: 'filler', at, count: 1, by: 'ali' });
    expect(entry).toMatchObject({ status: 201, body: { by: 'pat' } });
    expect((await post(sam, { type: 'void', entry: entry.body.id })).status).toBe(403);
    expect((await post(ali, { type: 'void', entry: entry.body.id })).status).toBe(201);
    expect((await post(sam, { type: 'scrap', machine: 'lathe', at, count: 1 })).status).toBe(403);
  });
});
