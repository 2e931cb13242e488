import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { at, type Fixture, makeFixture, NOW } from '../fixture.ts';

let site: Fixture;
beforeAll(async () => {
  site = await makeFixture();
});
afterAll(() => site.close());

const iso = (t: number) => new Date(t).toISOString();
let key = 0;
const post = async (payload: unknown, headers: Record<string, string> = { 'idempotency-key': `key-${++key}` }) => {
  const answer = await site.app.inject({
    method: 'POST',
    url: '/api/v1/entries',
    headers: { host: 'localhost', 'content-type': 'application/json', ...headers },
    payload: JSON.stringify(payload),
  });
  return { status: answer.statusCode, body: answer.json() };
};
const jam = { type: 'stopReason', machine: 'filler', at: iso(at(105)), reason: 'jam' };

describe('POST /entries', () => {
  it('appends once, however often it is sent', async () => {
    const first = await post(jam, { 'idempotency-key': 'tablet-7' });
    expect(first.status).toBe(201);
    expect(first.body).toMatchObject({ seq: 1, by: 'unnamed', recordedAt: iso(NOW), at: iso(at(105)) });
    const again = await post(jam, { 'idempotency-key': 'tablet-7' });
    expect(again).toEqual({ status: 200, body: first.body });
    expect((await post({ ...jam, reason: 'changeover' }, { 'idempotency-key': 'tablet-7' })).status).toBe(409);
    expect(site.deps.ledger.seq).toBe(1);
  });

  it('takes a whole entry of the interchange format, and gives seq and time itself', async () => {
    const entry = { id: 'e-9', recordedAt: '2001-01-01T00:00:00Z', by: 'user-17', ...jam };
    const { status, body } = await post(entry, {});
    expect(status).toBe(201);
    expect(body).toMatchObject({ id: 'e-9', by: 'user-17', recordedAt: iso(NOW) });
    expect((await post(entry, {})).status).toBe(200);
  });

  it('wants a key where there is no id', async () => {
    const { status, body } = await post(jam, {});
    expect(status).toBe(400);
    expect(body.detail).toContain('Idempotency-Key');
  });

  it.each([
    [null, 400, 'JSON object'],
    [[], 400, 'JSON object'],
    [{ type: 'nonsense' }, 400, 'none of'],
    [{ ...jam, extra: 1 }, 400, 'extra'],
    [{ ...jam, at: 'yesterday' }, 400, 'at'],
    [{ ...jam, machine: 'nope' }, 422, 'no machine'],
    [{ ...jam, machine: '__proto__' }, 422, 'no machine'],
    [{ ...jam, reason: 'nope' }, 422, 'no reason'],
    [{ ...jam, at: iso(at(50)) }, 422, 'was running'],
    [{ ...jam, at: iso(NOW + 3_600_000) }, 422, 'has not come yet'],
    [{ type: 'scrap', machine: 'filler', at: iso(at(50)), count: -1 }, 400, 'count'],
    [{ type: 'scrap', machine: 'filler', at: iso(at(50)), count: 1, reason: 'nope' }, 422, 'no scrap reason'],
    [{ type: 'product', machine: 'filler', at: iso(at(50)), product: 'nope' }, 422, 'no product'],
    [{ type: 'meterExchange', meter: 'nope', at: iso(at(50)), oldFinal: 1, newStart: 0 }, 422, 'no meter'],
    [{ type: 'void', entry: 'nope' }, 422, 'no entry'],
  ])('%j is %i: %s', async (payload, status, words) => {
    const seq = site.deps.ledger.seq;
    const answer = await post(payload);
    expect(answer.status).toBe(status);
    expect(answer.body.detail).toContain(words);
    expect(site.deps.ledger.seq).toBe(seq);
  });

  it('refuses what is no JSON, too large, or of another content type', async () => {
    const send = (payload: string, type: string) =>
      site.app.inject({
        method: 'POST',
        url: '/api/v1/entries',
        headers: { host: 'localhost', 'content-type': type, 'idempotency-key': 'x' },
        payload,
      });
    expect((await send('{"type":', 'application/json')).statusCode).toBe(400);
    expect((await send('{"__proto__":{"a":1}}', 'application/json')).statusCode).toBe(400);
    expect((await send('a=b', 'application/x-www-form-urlencoded')).statusCode).toBe(415);
    expect((await send(JSON.stringify({ ...jam, comment: 'x'.repeat(100_000) }), 'application/json')).statusCode).toBe(
      413,
    );
  });
});

describe('an entry made on a stale view', () => {
  const slice = (from: number, to: number, reason = 'jam') => ({
    type: 'stopReason',
    machine: 'packer',
    from: iso(at(from)),
    to: iso(at(to)),
    reason,
  });
  const whole = (reason: string) => ({ type: 'stopReason', machine: 'packer', at: iso(at(105)), reason });

  it('is refused with what changed, and taken once the person has seen it', async () => {
    const basedOn = site.deps.ledger.seq;
    const theirs = await post({ ...slice(103, 106), by: 'bob', device: 'Tablet 1', basedOn });
    expect(theirs.status).toBe(201);
    const mine = { ...whole('changeover'), by: 'ann', device: 'Tablet 2' };
    const refused = await post({ ...mine, basedOn });
    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({ title: 'Changed meanwhile', seq: theirs.body.seq });
    expect(refused.body.changed).toEqual([theirs.body]);
    expect(site.deps.ledger.seq).toBe(theirs.body.seq);
    expect((await post({ ...mine, basedOn: refused.body.seq })).status).toBe(201);
  });

  it('is taken where what came since is about something else, or from the same device', async () => {
    const basedOn = site.deps.ledger.seq;
    const device = 'Tablet 3';
    expect((await post({ type: 'scrap', machine: 'packer', at: iso(at(60)), count: 1, device: 'other' })).status).toBe(
      201,
    );
    expect((await post({ ...whole('jam'), device, basedOn })).status).toBe(201);
    expect((await post({ ...whole('starved'), device, basedOn })).status).toBe(201);
  });

  it('is the same entry when it is sent again, whatever came since', async () => {
    const mine = { id: 'tap-1', ...whole('jam'), device: 'Tablet 4', basedOn: site.deps.ledger.seq };
    expect((await post(mine, {})).status).toBe(201);
    await post({ ...whole('starved'), device: 'Tablet 5' });
    expect((await post(mine, {})).status).toBe(200);
  });
});

describe('orders, calls, notes and the plan', () => {
  it.each([
    [{ type: 'merge', machine: 'filler', at: iso(at(50)) }, 'was running'],
    [{ type: 'orderStart', machine: 'filler', at: iso(at(1)), order: 'W1', product: 'nope' }, 'no product'],
    [{ type: 'note', line: 'nope', at: iso(at(1)), text: 'x' }, 'no line'],
    [{ type: 'andonAcknowledge', machine: 'filler', at: iso(at(1)), call: 'nope' }, 'no call'],
    [{ type: 'target', machine: 'packer', at: iso(at(1)), targetOee: 0.8 }, 'no targetOee'],
    [{ type: 'periodLock', until: iso(NOW + 3_600_000) }, 'has not come yet'],
    [{ type: 'calendarException', line: 'nope', date: '2026-06-02', closed: true }, 'no line'],
  ])('%j is refused: %s', async (payload, words) => {
    const { status, body } = await post(payload);
    expect(status).toBe(422);
    expect(body.detail).toContain(words);
  });

  it('a closed day has no planned time, now and as of now, and has it again when that is taken back', async () => {
    const url = `/api/v1/kpi?scope=machine:filler&by=total&from=${iso(at(0))}&to=${iso(NOW)}`;
    const planned = async (more = '') =>
      (await site.app.inject({ url: url + more, headers: { host: 'localhost' } })).json().items[0].seconds
        .plannedProduction;
    const before = await planned();
    expect(before).toBeGreaterThan(0);
    site.setNow(NOW + 60_000);
    const closed = await post({ type: 'calendarException', line: 'filling', date: '2026-06-02', closed: true });
    expect(closed.status).toBe(201);
    expect(await planned()).toBe(0);
    expect(await planned(`&asOf=${iso(NOW)}`)).toBe(before);
    site.setNow(NOW + 120_000);
    expect((await post({ type: 'void', entry: closed.body.id })).status).toBe(201);
    expect(await planned()).toBe(before);
    expect(await planned(`&asOf=${iso(NOW + 60_000)}`)).toBe(0);
    site.setNow(NOW);
  });
});

describe('GET /entries', () => {
  it('gives them in order, after a seq, of a machine', async () => {
    await post({ type: 'scrap', machine: 'packer', at: iso(at(60)), count: 3, reason: 'dent' });
    const get = async (query: string) =>
      (await site.app.inject({ url: `/api/v1/entries${query}`, headers: { host: 'localhost' } })).json();
    const all = await get('');
    expect(all.items.map((e: { seq: number }) => e.seq)).toEqual(all.items.map((_: unknown, i: number) => i + 1));
    expect(all.seq).toBe(all.items.length);
    expect((await get(`?after=${all.seq - 1}`)).items).toHaveLength(1);
    expect((await get(`?machine=packer&after=${all.seq - 1}`)).items).toMatchObject([
      { type: 'scrap', count: 3, at: iso(at(60)) },
    ]);
  });
});

it('a voided entry is as if it had never been, and stays in the ledger', async () => {
  const url = `/api/v1/kpi?scope=machine:filler&by=total&from=${iso(at(0))}&to=${iso(NOW)}`;
  const good = async () => (await site.app.inject({ url, headers: { host: 'localhost' } })).json().items[0].counts.good;
  const before = await good();
  const scrap = await post({ type: 'scrap', machine: 'filler', at: iso(at(60)), count: 12, reason: 'dent' });
  expect(await good()).toBe(before - 12);
  await post({ type: 'void', entry: scrap.body.id });
  expect(await good()).toBe(before);
});
