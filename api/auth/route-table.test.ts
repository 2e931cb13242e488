import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Fixture, makeFixture } from '../fixture.ts';
import { routeTable } from './route-table.ts';

let site: Fixture;
beforeAll(async () => {
  site = await makeFixture({ dashboard: { 'index.html': '<p>wall</p>' } });
});
afterAll(() => site.close());

describe('the table of routes', () => {
  it('sees the routes of the product and of its libraries', () => {
    const urls = routeTable(site.app).map((row) => row.url);
    expect(urls).toEqual(
      expect.arrayContaining(['/api/v1/kpi', '/api/v1/entries', '/metrics', '/api/docs/json', '/*']),
    );
  });

  it('finds no route that forgot to declare who may use it (config: { access }, see access.ts)', () => {
    const silent = routeTable(site.app).filter((row) => row.access === null);
    expect(silent.map((row) => `${row.method} ${row.url}`)).toEqual([]);
  });

  it('lets nobody change anything without a role', () => {
    const loose = routeTable(site.app).filter(
      ({ method, url, access }) =>
        method !== 'GET' && method !== 'HEAD' && access?.roles === 'everyone' && !url.startsWith('/api/v1/auth/'),
    );
    expect(loose.map((row) => `${row.method} ${row.url}`)).toEqual([]);
  });
});
