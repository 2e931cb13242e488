import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { at, type Fixture, makeFixture, NOW } from '../fixture.ts';

/* The early shift of the fixture: 06:00 to 14:00, break 10:00 to 10:20; filler down 07:40 to 07:50 without a reason. */
const END = at(8 * 60);
let site: Fixture;
beforeAll(async () => {
  site = await makeFixture({
    until: END + 40 * 60_000,
    filler: [
      { start: at(-24 * 60), state: 'running', product: 'A', good: 59, reject: 1 },
      { start: at(100), state: 'down', product: 'A' },
      { start: at(110), state: 'running', product: 'A', good: 59, reject: 1 },
      { start: at(300), state: 'down', product: 'A', reason: 'jam' },
      { start: at(307), state: 'running', product: 'A', good: 59, reject: 1 },
    ],
  });
});
afterAll(() => site.close());

const iso = (t: number) => new Date(t).toISOString();
const get = async (path: string) => {
  const answer = await site.app.inject({ url: `/api/v1/${path}`, headers: { host: 'localhost' } });
  return { status: answer.statusCode, body: answer.json() };
};
let key = 0;
const enter = async (content: object) => {
  const answer = await site.app.inject({
    method: 'POST',
    url: '/api/v1/entries',
    headers: { host: 'localhost', 'content-type': 'application/json', 'idempotency-key': `k${++key}` },
    payload: JSON.stringify({ by: 'ann', ...content }),
  });
  expect(answer.statusCode).toBe(201);
  return answer.json();
};

describe('the shift desk', () => {
  it('shows the running shift hour by hour, its losses in four currencies, and what nobody explained', async () => {
    site.setNow(END - 30 * 60_000);
    await enter({ type: 'note', line: 'filling', at: iso(at(130)), text: 'Waited for the fitter', about: 'hour' });
    const { status, body } = await get('desk?scope=line:filling');
    expect(status).toBe(200);
    expect(body.shift).toMatchObject({
      id: 'early',
      date: '2026-06-02',
      startLabel: '06:00',
      endLabel: '14:00',
      running: true,
    });
    expect(body.unexplained).toMatchObject([
      { machine: 'filler', startLabel: '07:40', seconds: 600, pieces: 600, money: 300 },
    ]);
    expect(body.hours).toHaveLength(8);
    expect(body.hours[0]).toMatchObject({
      startLabel: '06:00',
      target: 2700,
      good: 60 * 59,
      stopSeconds: 0,
      topLoss: null,
    });
    // The filler stood for ten minutes; the line's good pieces are those of the packer, which waited.
    expect(body.hours[1]).toMatchObject({
      good: 50 * 59,
      stopSeconds: 600,
      topLoss: { name: 'No reason yet', seconds: 600 },
    });
    expect(body.hours[2].comments).toMatchObject([{ text: 'Waited for the fitter', by: 'ann' }]);
    // A break of twenty minutes is flat.
    expect(body.hours[4]).toMatchObject({ target: 1800 });
    const none = body.pareto.find((r: { reason: string | null }) => r.reason === null);
    expect(none).toMatchObject({ name: 'No reason yet', seconds: 600, count: 1, pieces: 600, money: 300 });
    // The packer waits: minutes, but no pieces of its own are lost on a line with a constraint.
    expect(body.pareto.find((r: { reason: string }) => r.reason === 'starved')).toMatchObject({
      seconds: 600,
      pieces: 0,
    });
    expect(body.explained).toEqual({
      stopSeconds: 600 + 420 + 600,
      byController: 420 + 600,
      byPerson: 0,
      byNobody: 600,
    });
  });

  it('counts time that a person explained as such', async () => {
    const entry = await enter({ type: 'stopReason', machine: 'filler', at: iso(at(105)), reason: 'changeover' });
    const { body } = await get('desk?scope=machine:filler');
    expect(body.explained).toEqual({ stopSeconds: 1020, byController: 420, byPerson: 600, byNobody: 0 });
    expect(body.unexplained).toEqual([]);
    await enter({ type: 'void', entry: entry.id });
  });

  it.each([
    ['desk?scope=site', 400, 'a line or a machine'],
    ['desk?scope=line:nope', 404, 'line:nope'],
    ['desk?scope=line:filling&shift=early', 400, 'together'],
    ['desk?scope=line:filling&shift=late&date=2026-06-02', 404, 'no shift late'],
    ['shift-versions?scope=site', 400, 'a line or a machine'],
  ])('%s is %i: %s', async (path, status, words) => {
    const answer = await get(path);
    expect(answer.status).toBe(status);
    expect(answer.body.detail).toContain(words);
  });
});

describe('the published versions of a shift', () => {
  const versions = async (scope = 'machine:filler') =>
    (await get(`shift-versions?scope=${scope}&shift=early&date=2026-06-02`)).body;
  const minutesAfter = (n: number) => site.setNow(END + n * 60_000);

  it('begin fifteen minutes after its end, and grow with each entry that changes it, with the cause', async () => {
    minutesAfter(14);
    expect((await versions()).versions).toEqual([]);
    minutesAfter(16);
    const first = await versions();
    expect(first.publishedAt).toBe(iso(END + 15 * 60_000));
    expect(first.versions).toMatchObject([{ version: 1, cause: null, adjustment: false }]);
    const oee = first.versions[0].oee;

    minutesAfter(20);
    await enter({ type: 'note', machine: 'filler', at: iso(at(105)), text: 'says nothing about figures' });
    await enter({ type: 'stopReason', machine: 'filler', from: iso(at(100)), to: iso(at(104)), reason: 'changeover' });
    minutesAfter(22);
    const scrap = await enter({ type: 'scrap', machine: 'filler', at: iso(at(60)), count: 590, reason: 'dent' });
    minutesAfter(30);
    const list = (await versions()).versions;
    // Planned or not, a stop in planned time is availability lost: the split changes no figure of OEE, the scrap does.
    expect(list).toHaveLength(2);
    expect(list[1]).toMatchObject({ version: 2, by: 'ann', entry: scrap.id, adjustment: false, atLabel: '14:22' });
    expect(list[1].cause).toBe('590 pieces made by 07:00 were entered as scrap, at 14:22 by ann');
    expect(list[1].oee).toBeLessThan(oee);

    minutesAfter(32);
    await enter({ type: 'void', entry: scrap.id });
    minutesAfter(33);
    const back = (await versions()).versions;
    expect(back[2].cause).toBe(
      'it was taken back that 590 pieces made by 07:00 were entered as scrap, at 14:32 by ann',
    );
    expect(back[2].oee).toBeCloseTo(oee, 12);
  });

  it('are adjustments once the period is locked', async () => {
    minutesAfter(34);
    const lock = await enter({ type: 'periodLock', until: iso(END), by: 'boss' });
    minutesAfter(35);
    await enter({ type: 'scrap', machine: 'filler', at: iso(at(61)), count: 59 });
    minutesAfter(36);
    const after = await versions();
    expect(after.locked).toMatchObject({ by: 'boss', at: lock.recordedAt });
    expect(after.versions.map((v: { adjustment: boolean }) => v.adjustment)).toEqual([false, false, false, true]);
    await enter({ type: 'void', entry: lock.id });
    minutesAfter(37);
    expect((await versions()).locked).toBeNull();
  });

  it('follow a shift whose plan is changed afterwards', async () => {
    site.setNow(NOW + 10 * 3_600_000);
    await enter({
      type: 'calendarException',
      line: 'filling',
      date: '2026-06-02',
      shift: { id: 'early', start: '06:00', end: '13:00' },
    });
    site.setNow(NOW + 11 * 3_600_000);
    const { body } = await get('shift-versions?scope=line:filling&shift=early&date=2026-06-02');
    expect(body.shift.endLabel).toBe('13:00');
    expect(body.versions.at(-1).cause).toContain('the shifts of 2026-06-02 were changed');
  });
});
