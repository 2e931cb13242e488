import { Agent, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import Fastify from 'fastify';
import { expect, it } from 'vitest';
import { createCounters } from '../metrics/counters.ts';
import { createBudget, limitAddresses } from './budget.ts';

it('gives an address so much at once and so much a second, and no more', () => {
  let t = 0;
  const budget = createBudget(() => t);
  const spent = (address: string, tries: number): number => {
    let n = 0;
    for (let k = 0; k < tries; k++) if (budget.spend(address) >= 0) n += 1;
    return n;
  };
  expect(spent('10.0.0.7', 1500)).toBe(1000);
  expect(spent('10.0.0.8', 10)).toBe(10);
  // Trying on and on earns nothing.
  t = 1000;
  expect(spent('10.0.0.7', 1500)).toBe(0);
  // Resting does.
  t = 3000;
  expect(spent('10.0.0.7', 1500)).toBe(200);
  t = 3_600_000;
  expect(spent('10.0.0.7', 1500)).toBe(1000);
});

it('takes one network of IPv6 and a mapped address for one, and never counts this computer', () => {
  const budget = createBudget(() => 0);
  for (let n = 0; n < 1000; n++) budget.spend(n % 2 === 0 ? '2001:db8:1:2:aaaa::1' : '2001:db8:1:2::9');
  expect(budget.spend('2001:db8:1:2:ffff:1:1:1')).toBe(-1);
  expect(budget.spend('2001:db8:1:3::1')).toBe(999);
  for (let n = 0; n < 1000; n++) budget.spend('::ffff:10.0.0.9');
  expect(budget.spend('10.0.0.9')).toBe(-1);
  for (let n = 0; n < 5000; n++) expect([budget.spend('127.0.0.1'), budget.spend('::1')]).toEqual([1000, 1000]);
});

it('forgets addresses that are full again', () => {
  let t = 0;
  const budget = createBudget(() => t);
  for (let n = 0; n < 5000; n++) budget.spend(`10.1.${n >> 8}.${n & 255}`);
  expect(budget.size).toBe(5000);
  t = 20_000;
  budget.spend('10.9.9.9');
  expect(budget.size).toBe(1);
});

it('answers 429 to who asks for more, then nothing, and others go on', async () => {
  const app = Fastify();
  const counters = createCounters();
  // Time stands still: nothing comes back meanwhile.
  let cost = 1;
  limitAddresses(
    app,
    counters,
    () => 0,
    () => cost,
  );
  app.get('/', async () => 'here');
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const ask = (localAddress: string, agent: Agent | false = false): Promise<number> =>
    new Promise((done) => {
      const asked = request({ host: '127.0.0.1', port, localAddress, agent }, (response) => {
        response.resume().once('end', () => done(response.statusCode ?? 0));
      });
      asked.once('error', () => done(0));
      asked.end();
    });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const statuses: number[] = [];
  for (let n = 0; n < 1005; n++) statuses.push(await ask('127.0.0.99', agent));
  // The connection was one of the thousand.
  expect(statuses.filter((status) => status === 200)).toHaveLength(999);
  expect(statuses[999]).toBe(429);
  // Its connection is closed with that, and a new one is not taken.
  expect(statuses.at(-1)).toBe(0);
  expect([await ask('127.0.0.1'), await ask('127.0.0.98')]).toEqual([200, 200]);
  // A server that is late asks more of each: a page loads, and a flood ends sooner.
  cost = 10;
  const late: number[] = [];
  for (let n = 0; n < 105; n++) late.push(await ask('127.0.0.97', agent));
  expect(late.filter((status) => status === 200)).toHaveLength(99);
  expect(counters.rows().map(({ name }) => name)).toEqual(
    expect.arrayContaining(['requests_refused', 'connections_refused']),
  );
  agent.destroy();
  await app.close();
});
