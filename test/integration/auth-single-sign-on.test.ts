import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MeAnswer } from '#shared/contract/account-answers.ts';
import { CALLBACK, identityOf } from '../../api/auth/oidc.ts';
import { parseServerFile } from '../../api/settings/server-file.ts';
import { type RunningApi, startRealApi } from '../servers/api.ts';
import { freePort } from '../servers/free-port.ts';
import { type IdentityProvider, startIdentityProvider, walkThrough } from '../servers/identity-provider.ts';

/* Single sign-on against a real provider, with the browser's part done by hand so that every step can be looked at and broken. */
const groups = new Map<string, string[]>([
  ['maria', ['oee-supervisors']],
  ['nobody', ['canteen']],
]);
let provider: IdentityProvider;
let api: RunningApi;

const cookiesOf = (answer: Response): string =>
  answer.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .filter((one) => !one?.endsWith('='))
    .join('; ');

beforeAll(async () => {
  const port = await freePort();
  provider = await startIdentityProvider(`http://127.0.0.1:${port}${CALLBACK}`, (name) => groups.get(name) ?? []);
  const settings = parseServerFile(
    `singleSignOn:
  name: Acme
  issuer: ${provider.issuer}
  clientId: linewatt
  clientSecret: "\${CLIENT_SECRET}"
  scopes: openid profile groups
  roles: { oee-admins: admin, oee-supervisors: supervisor, oee-operators: operator }
`,
    'server.yaml',
    { CLIENT_SECRET: 'client-secret-of-the-test' },
  );
  api = await startRealApi({ port, settings });
});
afterAll(async () => {
  await api?.dispose();
  await provider?.close();
});

/** To the provider and back; resolves with where the browser ends up and its session. */
async function signIn(name: string, change: (back: URL) => void = () => {}) {
  const begun = await fetch(`${api.url}/api/v1/auth/sso`, { redirect: 'manual' });
  const way = cookiesOf(begun);
  const back = new URL(await walkThrough(begun.headers.get('location') ?? '', provider.issuer, name));
  change(back);
  const landed = await fetch(back, { redirect: 'manual', headers: { cookie: way } });
  return { landed, to: landed.headers.get('location') ?? '', cookie: cookiesOf(landed), way, back };
}
const me = async (cookie: string): Promise<MeAnswer> =>
  (await (await fetch(`${api.url}/api/v1/auth/me`, { headers: { cookie } })).json()) as MeAnswer;

describe('single sign-on', () => {
  it('gives the role of the group, and an account that the next sign-in finds again', async () => {
    const first = await signIn('maria');
    expect(first.to).toBe('/');
    const { who } = await me(first.cookie);
    expect(who).toMatchObject({ name: 'maria', role: 'supervisor', kind: 'user' });
    groups.set('maria', ['oee-operators']);
    const second = await signIn('maria');
    expect((await me(second.cookie)).who).toMatchObject({ id: who?.id, role: 'operator' });
  });

  it('lets nobody in whose groups have no role, and says so', async () => {
    const { to, cookie } = await signIn('nobody');
    expect(decodeURIComponent(to)).toMatch(/^\/signin#Acme knows you, but gives you no role here/);
    expect(cookie).not.toContain('linewatt-session');
  });

  it.each([
    ['another state', (back: URL) => back.searchParams.set('state', 'forged')],
    ['another code', (back: URL) => back.searchParams.set('code', 'forged')],
    ['another issuer', (back: URL) => back.searchParams.set('iss', 'http://evil.example')],
    ['no code', (back: URL) => back.searchParams.delete('code')],
  ])('lets nobody in with %s', async (_what, change) => {
    const { to, cookie } = await signIn('maria', change);
    expect(to).toMatch(/^\/signin#/);
    expect(cookie).not.toContain('linewatt-session');
  });

  it('takes an answer only from the browser that asked, and once', async () => {
    const { back, way } = await signIn('maria');
    const other = await fetch(back, { redirect: 'manual' });
    expect(other.headers.get('location')).toMatch(/^\/signin#/);
    const again = await fetch(back, { redirect: 'manual', headers: { cookie: way } });
    expect(again.headers.get('location')).toMatch(/^\/signin#/);
  });

  it('says in words that the provider is away, and goes on without it', async () => {
    const settings = parseServerFile(
      'singleSignOn: { name: Acme, issuer: "http://127.0.0.1:9", clientId: linewatt, roles: { a: viewer } }',
      'server.yaml',
      {},
    );
    const lonely = await startRealApi({ settings });
    const answer = await fetch(`${lonely.url}/api/v1/auth/sso`, { redirect: 'manual' });
    expect(decodeURIComponent(answer.headers.get('location') ?? '')).toContain('Acme does not answer');
    expect((await fetch(`${lonely.url}/api/v1/plant`)).status).toBe(200);
    await lonely.dispose();
  });
});

describe('claims', () => {
  const settings = parseServerFile(
    'singleSignOn: { name: Acme, issuer: "https://id.example", clientId: x, scopeClaim: lines, otherwise: viewer, roles: { boss: admin } }',
    'server.yaml',
    {},
  ).singleSignOn;
  it.each([
    [
      { sub: '1', iss: 'i', groups: 'boss', lines: ['line:a'] },
      { role: 'admin', scopes: ['line:a'], name: '1' },
    ],
    [
      { sub: '1', iss: 'i', groups: ['x', 7, null], email: 'a@b.c' },
      { role: 'viewer', scopes: [], name: 'a@b.c' },
    ],
    [{ iss: 'i', groups: ['boss'] }, { refused: expect.stringContaining('who that is') }],
  ])('%o', (claims, expected) => {
    if (!settings) throw new Error('no settings');
    expect(identityOf(claims, settings)).toMatchObject(expected);
  });
});
