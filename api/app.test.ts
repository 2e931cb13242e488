import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Fixture, makeFixture } from './fixture.ts';

let site: Fixture;
beforeAll(async () => {
  site = await makeFixture({ dashboard: { 'index.html': '<p>wall</p>', 'build.json': '{"build":"b1"}' } });
});
afterAll(() => site.close());

const get = (url: string, headers: Record<string, string> = {}) =>
  site.app.inject({ url, headers: { host: 'localhost:8080', ...headers } });

describe('what the server refuses', () => {
  it('answers only to its own name, so that a rebound DNS name gets nothing', async () => {
    const answer = await get('/api/v1/health', { host: 'evil.example' });
    expect(answer.statusCode).toBe(421);
    expect(answer.headers['content-type']).toContain('application/problem+json');
  });

  it('refuses a page of another origin, and serves its own', async () => {
    expect((await get('/api/v1/health', { origin: 'http://evil.example' })).statusCode).toBe(403);
    expect((await get('/api/v1/health', { origin: 'http://localhost:8080' })).statusCode).toBe(200);
  });

  it.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS'] as const)('refuses %s with 405', async (method) => {
    const answer = await site.app.inject({ method, url: '/api/v1/kpi', headers: { host: 'localhost' } });
    expect(answer.statusCode).toBe(405);
    expect(answer.headers.allow).toBe('GET, HEAD, POST');
  });

  it('says what is wrong with a question, without a stack', async () => {
    const answer = await get('/api/v1/kpi?scope=line:filling&by=fortnight');
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ type: 'about:blank', status: 400, detail: expect.stringContaining('by') });
    expect(answer.body).not.toContain('node_modules');
  });

  it('refuses keys it does not know', async () => {
    expect((await get('/api/v1/kpi?scop=site')).statusCode).toBe(400);
  });

  it.each(['//etc/passwd', '/..%2f..%2fplant.yaml', '/%2e%2e/plant.yaml', '/assets/..%2f..%2fplant.yaml'])(
    'gives nothing outside the dashboard: %s',
    async (url) => {
      const answer = await get(url);
      expect(answer.body).not.toContain('version: 1');
      expect(answer.body).not.toContain('root:');
    },
  );
});

describe('the dashboard', () => {
  it('serves a page for every address of the application, never from a cache', async () => {
    for (const url of ['/', '/plant', '/wall/filling', '/machine/filler?x=1']) {
      const answer = await get(url);
      expect(answer.body).toBe('<p>wall</p>');
      expect(answer.headers['cache-control']).toBe('no-cache');
    }
  });

  it('answers an unknown API address with a problem, not with a page', async () => {
    const answer = await get('/api/v1/nothing');
    expect(answer.statusCode).toBe(404);
    expect(answer.json().detail).toContain('/api/docs');
  });

  it('sends the headers that keep other pages out', async () => {
    const { headers } = await get('/');
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers['x-content-type-options']).toBe('nosniff');
  });
});

describe('documents', () => {
  it('describes every route in OpenAPI, with its parameters', async () => {
    const { paths } = (await get('/api/docs/json')).json();
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining(['/api/v1/kpi', '/api/v1/energy', '/api/v1/entries', '/api/v1/explain', '/api/v1/stops']),
    );
    const names = paths['/api/v1/kpi'].get.parameters.map((p: { name: string }) => p.name);
    expect(names).toEqual(expect.arrayContaining(['scope', 'from', 'to', 'by', 'asOf']));
    expect(paths['/api/v1/entries'].post.requestBody).toBeDefined();
  });

  it('names engines, sources and what is missing on /health, and no password', async () => {
    const answer = await get('/api/v1/health');
    expect(answer.json()).toMatchObject({
      status: 'degraded',
      historian: { engine: 'sqlite', version: expect.any(String) },
      sources: [{ id: 'plc', state: 'connecting', owner: 'Maintenance' }],
      broker: { url: 'mqtt://127.0.0.1:1' },
    });
    expect(answer.json().findings.map((f: { code: string }) => f.code)).toContain('noEdge');
    expect(answer.body).not.toContain('secret');
  });

  it('lists the plant without any address', async () => {
    const answer = await get('/api/v1/plant');
    expect(answer.json().lines[0]).toMatchObject({
      id: 'filling',
      constraint: 'filler',
      machines: ['filler', 'packer'],
    });
    expect(answer.body).not.toContain('opc.tcp');
  });

  it('counts requests on /metrics', async () => {
    const answer = await get('/metrics');
    expect(answer.headers['content-type']).toContain('text/plain');
    expect(answer.body).toMatch(/linewatt_api_requests_total\{reason="2xx"\} \d+/);
  });
});
