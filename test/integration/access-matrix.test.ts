import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Access, AccessObject, Role } from '../../api/auth/access.ts';
import { ROLES } from '../../api/auth/access.ts';
import { routeTable, type TableRow } from '../../api/auth/route-table.ts';
import { at, type Fixture, makeFixture } from '../../api/fixture.ts';
import { TWO_LINES } from './access-plant.ts';

/*
 * Every route, as it stands in the router, asked by every kind of person about every kind of object. What is expected is worked
 * out here from the declaration by a few lines of its own; what is checked is what comes back over HTTP.
 *
 * A refusal is 401 or 403. Anything else (200, 404, 422, ...) means that the gate was passed.
 */
interface Asker {
  readonly label: string;
  readonly role: Role | 'kiosk' | 'nobody';
  /** `filling`: sees that line alone. */
  readonly sees: 'all' | 'filling' | 'nothing';
  readonly headers: Readonly<Record<string, string>>;
}

/** `mine`: on the line filling. `other`: on the line machining. */
interface Target {
  readonly label: string;
  readonly kind: 'site' | 'mine' | 'other' | 'unknown';
  readonly scope: string;
  readonly line: string;
  readonly machine: string;
  readonly meter: string;
}

const TARGETS: readonly Target[] = [
  { label: 'own', kind: 'mine', scope: 'line:filling', line: 'filling', machine: 'filler', meter: 'm-filler' },
  { label: "another's", kind: 'other', scope: 'line:machining', line: 'machining', machine: 'lathe', meter: 'm-lathe' },
  { label: 'unknown', kind: 'unknown', scope: 'line:nope', line: 'nope', machine: 'nope', meter: 'nope' },
  {
    label: 'own machine',
    kind: 'mine',
    scope: 'machine:packer',
    line: 'filling',
    machine: 'packer',
    meter: 'm-filler',
  },
  { label: 'own area', kind: 'mine', scope: 'area:Packaging', line: 'filling', machine: 'filler', meter: 'm-filler' },
  {
    label: "another's meter",
    kind: 'other',
    scope: 'meter:m-lathe',
    line: 'machining',
    machine: 'lathe',
    meter: 'm-main',
  },
  { label: 'the site', kind: 'site', scope: 'site', line: '', machine: '', meter: '' },
];

let site: Fixture;
const askers: Asker[] = [];
const covered = new Set<string>();
/** Routes that take a window of time: a short one is asked, because a long one takes longer to answer. */
const windowed = new Set<string>();

beforeAll(async () => {
  site = await makeFixture({
    plant: TWO_LINES,
    // Who may ask is the question, not what there is to answer.
    until: at(-24 * 60),
    dashboard: { 'index.html': '<p>wall</p>' },
    limits: { signInsPerMinute: 100_000 },
  });
  const { auth, cookies } = site.deps;
  const { paths } = (await site.app.inject({ url: '/api/docs/json', headers: { host: 'localhost' } })).json();
  for (const [url, { get }] of Object.entries<{ get?: { parameters?: { name: string }[] } }>(paths)) {
    const names = (get?.parameters ?? []).map(({ name }) => name);
    if (names.includes('from') && names.includes('to')) windowed.add(url);
  }
  const from = { address: '127.0.0.1', device: 'test' };
  for (const role of ROLES) {
    for (const sees of ['all', 'filling'] as const) {
      const scopes = sees === 'all' ? ('all' as const) : ['line:filling'];
      const account = await auth.accounts.add({ name: `${role} ${sees}`, role, scopes });
      const { token } = await auth.start(account, 'password', from);
      askers.push({ label: `${role}, ${sees}`, role, sees, headers: { cookie: `${cookies.session}=${token}` } });
    }
  }
  for (const [sees, scope] of [
    ['all', 'site'],
    ['filling', 'line:filling'],
  ] as const) {
    for (const kind of ['wall', 'tablet', 'program'] as const) {
      const { token } = await auth.kiosks.add({
        name: `${kind} ${sees}`,
        kind,
        scope,
        createdBy: 'test',
        endsAt: null,
      });
      askers.push({
        label: `${kind} token, ${sees}`,
        role: 'kiosk',
        sees,
        headers: kind === 'program' ? { authorization: `Bearer ${token}` } : { cookie: `${cookies.kiosk}=${token}` },
      });
    }
  }
  askers.push({ label: 'nobody', role: 'nobody', sees: 'nothing', headers: {} });
});
afterAll(() => site.close());

/** The table's own reading of a declaration, apart from may.ts. */
function isAllowed(row: TableRow, asker: Asker, target: Target): boolean {
  const access = row.access as Access;
  if (access.roles === 'everyone') return true;
  if (asker.role === 'nobody') return false;
  const isRead = row.method === 'GET' || row.method === 'HEAD';
  const role = asker.role === 'kiosk' ? 'viewer' : asker.role;
  if (asker.role === 'kiosk' && !isRead) return false;
  if (!access.roles.includes(role)) return false;
  // The entry that is asked for is scrap, which is no energy manager's to enter; other types have their own test in may.test.ts.
  if (access.object.of === 'entry' && role === 'energyManager') return false;
  return asker.sees === 'all' || holds(access.object, target, isRead);
}

function holds(object: AccessObject, target: Target, isRead: boolean): boolean {
  switch (object.of) {
    case 'nothing':
      return true;
    case 'site':
      return false;
    case 'entry':
      return target.kind === 'mine';
    case 'scope':
      return target.kind === 'mine';
    default:
      // The site is asked for by leaving the id out.
      return target.kind === 'mine' || (target.kind === 'site' && object.optional && isRead);
  }
}

/** A request that names the target where the declaration says that the object is named. */
function request(row: TableRow, asker: Asker, target: Target) {
  const object = row.access?.object;
  const query = new URLSearchParams();
  const body: Record<string, unknown> = {};
  let url = row.url.replace('*', 'index.html');
  const name = (place: string, key: string, value: string): void => {
    if (value === '') return;
    if (place === 'query') query.set(key, value);
    else if (place === 'body') body[key] = value;
    else url = url.replace(`:${key}`, encodeURIComponent(value));
  };
  if (object?.of === 'scope') name(object.in, object.name, target.scope);
  if (object?.of === 'line' || object?.of === 'machine' || object?.of === 'meter') {
    name(object.in, object.name, target[object.of]);
  }
  if (object?.of === 'entry') {
    Object.assign(body, { type: 'scrap', machine: target.machine, count: 1, at: new Date(at(50)).toISOString() });
  }
  if (windowed.has(row.url)) {
    query.set('from', new Date(at(60)).toISOString());
    query.set('to', new Date(at(90)).toISOString());
  }
  const search = query.toString();
  return {
    method: row.method as 'GET' | 'POST',
    url: url.replace(/:\w+/g, 'none') + (search ? `?${search}` : ''),
    headers: {
      host: 'localhost:8080',
      ...asker.headers,
      ...(row.method === 'POST' && {
        'content-type': 'application/json',
        'idempotency-key': `${asker.label} ${target.label}`,
      }),
    },
    ...(row.method === 'POST' && { payload: JSON.stringify(body) }),
  };
}

/** Only what a request cannot say by itself: these check more than their declaration, in their own tests. */
const MORE_THAN_DECLARED = new Set([
  '/api/v1/auth/switch',
  '/api/v1/auth/first',
  '/api/v1/auth/demo',
  '/api/v1/auth/kiosk',
]);
const OWN_ONLY = /^\/api\/v1\/(sessions\/:id\/end|auth\/password)$/;

describe('every route x role x object', () => {
  it('is allowed or refused as its declaration says', { timeout: 120_000 }, async () => {
    const wrong: string[] = [];
    let asked = 0;
    for (const row of routeTable(site.app)) {
      covered.add(`${row.method} ${row.url}`);
      if (row.url.startsWith('/api/docs') && row.url !== '/api/docs/json') {
        // The files of a library, all under one declaration.
        expect(row.access?.roles, row.url).toContain('viewer');
        continue;
      }
      // HEAD is GET without its body: some askers are enough.
      for (const asker of row.method === 'HEAD' ? askers.filter((_, i) => i % 4 === 0) : askers) {
        for (const target of TARGETS) {
          // Signing out would end the asker's own session.
          if (row.url === '/api/v1/auth/sign-out' && asker.role !== 'nobody') continue;
          const answer = await site.app.inject(request(row, asker, target));
          asked += 1;
          const refused = answer.statusCode === 401 || answer.statusCode === 403;
          // A question of the wrong shape is told so (400) before its object is looked at, and answered with nothing else.
          const misformed = answer.statusCode === 400;
          const allowed = isAllowed(row, asker, target);
          const more =
            MORE_THAN_DECLARED.has(row.url) || OWN_ONLY.test(row.url) || row.url.startsWith('/api/v1/auth/s');
          const fits = refused ? !allowed || more : allowed || (misformed && roleAllowed(row, asker));
          if (!fits) {
            wrong.push(
              `${row.method} ${row.url}: ${asker.label} about ${target.label}: ${answer.statusCode} ${answer.body.slice(0, 120)}`,
            );
          }
        }
      }
    }
    expect(wrong.slice(0, 40)).toEqual([]);
    expect(asked).toBeGreaterThan(2000);
  });

  it('has asked every route that there is', () => {
    const all = routeTable(site.app).map((row) => `${row.method} ${row.url}`);
    expect(all.filter((one) => !covered.has(one))).toEqual([]);
  });

  it('finds objects on most routes, so that the matrix is about something', () => {
    const kinds = new Map<string, number>();
    for (const { access } of routeTable(site.app)) {
      if (access) kinds.set(access.object.of, (kinds.get(access.object.of) ?? 0) + 1);
    }
    for (const kind of ['nothing', 'site', 'scope', 'machine', 'entry'])
      expect(kinds.get(kind), kind).toBeGreaterThan(0);
  });
});

function roleAllowed({ access, method }: TableRow, asker: Asker): boolean {
  if (!access || access.roles === 'everyone') return true;
  if (asker.role === 'nobody') return false;
  if (asker.role === 'kiosk') return method !== 'POST' && access.roles.includes('viewer');
  return access.roles.includes(asker.role);
}
