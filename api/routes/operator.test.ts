import { afterAll, beforeAll, expect, it } from 'vitest';
import { at, type Fixture, makeFixture } from '../fixture.ts';

let site: Fixture;
beforeAll(async () => {
  site = await makeFixture({
    filler: [
      { start: at(-24 * 60), state: 'running', product: 'A', good: 59, reject: 1 },
      { start: at(-20 * 60), state: 'down', product: 'A', reason: 'jam' },
      { start: at(-20 * 60 + 8), state: 'running', product: 'A', good: 59, reject: 1 },
      { start: at(100), state: 'down', product: 'A' },
      { start: at(110), state: 'running', product: 'A', good: 59, reject: 1 },
    ],
  });
});
afterAll(() => site.close());

const iso = (t: number) => new Date(t).toISOString();
const get = async (query = 'machine=filler') => {
  const answer = await site.app.inject({ url: `/api/v1/operator?${query}`, headers: { host: 'localhost' } });
  return { status: answer.statusCode, body: answer.json() };
};
const enter = (content: object, key: string) =>
  site.app.inject({
    method: 'POST',
    url: '/api/v1/entries',
    headers: { host: 'localhost', 'content-type': 'application/json', 'idempotency-key': key },
    payload: JSON.stringify({ by: 'ann', ...content }),
  });

it('shows the stop without a reason, likely reasons with evidence, and all others by group', async () => {
  const { body } = await get();
  expect(body).toMatchObject({ machine: 'filler', machineName: 'Filler', lineName: 'Filling', seq: 0 });
  expect(body.stops).toMatchObject([
    { start: iso(at(100)), end: iso(at(110)), startLabel: '07:40', seconds: 600, unexplained: true, byPerson: false },
  ]);
  expect(body.likely).toMatchObject([
    { reason: 'jam', name: 'Jam', evidence: { kind: 'before', count: 1, seconds: 480 } },
  ]);
  expect(body.groups.map((g: { name: string }) => g.name)).toEqual(['Mechanical', 'Planned', 'Line']);
});

it('follows what is entered: reason, split, merge, order, scrap, note and call', async () => {
  expect(
    (await enter({ type: 'stopReason', machine: 'filler', at: iso(at(104)), reason: 'jam' }, 'a')).statusCode,
  ).toBe(201);
  await enter(
    { type: 'stopReason', machine: 'filler', from: iso(at(100)), to: iso(at(104)), reason: 'changeover' },
    'b',
  );
  const split = (await get()).body;
  expect(split.stops).toMatchObject([
    { reason: 'jam', seconds: 360, byPerson: true, stretchStart: iso(at(100)) },
    { reason: 'changeover', seconds: 240, byPerson: true, stretchStart: iso(at(100)) },
  ]);
  await enter({ type: 'merge', machine: 'filler', at: iso(at(101)) }, 'c');
  expect((await get()).body.stops).toMatchObject([{ reason: 'jam', seconds: 600 }]);

  await enter(
    { type: 'orderStart', machine: 'filler', at: iso(at(120)), order: 'W7', product: 'A', quantity: 20_000 },
    'd',
  );
  await enter({ type: 'scrap', machine: 'filler', at: iso(at(150)), count: 12, reason: 'dent' }, 'e');
  await enter({ type: 'note', machine: 'filler', at: iso(at(160)), text: 'Belt slips', about: 'handover' }, 'f');
  const call = (
    await enter({ type: 'andonCall', machine: 'filler', at: iso(at(161)), team: 'maintenance' }, 'g')
  ).json();
  const { body } = await get();
  // 120 minutes of 59 good, less 12 of scrap; the break has begun, the pace is that of the hour before it.
  expect(body.order).toMatchObject({
    order: 'W7',
    productName: 'Bottle A',
    quantity: 20_000,
    good: 120 * 59 - 12,
    entered: true,
  });
  expect(body.order.endsLabel).toMatch(/^\d\d:\d\d$/);
  expect(body.scrap.soFar).toBe(230 + 12);
  expect(body.notes).toMatchObject([{ text: 'Belt slips', about: 'handover', by: 'ann' }]);
  expect(body.calls).toMatchObject([{ id: call.id, team: 'maintenance', acknowledged: null }]);
  expect(body.seq).toBe(7);

  await enter({ type: 'andonAcknowledge', machine: 'filler', at: iso(at(163)), call: call.id, by: 'max' }, 'h');
  expect((await get()).body.calls).toMatchObject([{ acknowledged: { by: 'max', atLabel: '08:43' } }]);
  await enter({ type: 'andonClose', machine: 'filler', at: iso(at(170)), call: call.id }, 'i');
  await enter({ type: 'orderFinish', machine: 'filler', at: iso(at(200)), order: 'W7' }, 'j');
  const after = (await get()).body;
  expect(after.calls).toEqual([]);
  expect(after.order).toBeNull();
});

it('says what is wrong with the question', async () => {
  expect(await get('machine=nope')).toMatchObject({
    status: 404,
    body: { detail: expect.stringContaining('no machine') },
  });
  expect((await get('')).status).toBe(400);
});
