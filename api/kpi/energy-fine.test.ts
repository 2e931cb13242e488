import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { at, type Fixture, makeFixture, NOW } from '../fixture.ts';

let site: Fixture;
beforeAll(async () => {
  site = await makeFixture();
});
afterAll(() => site.close());

const iso = (t: number) => new Date(t).toISOString();
const window = `from=${iso(at(0))}&to=${iso(NOW)}`;
const ask = async (url: string) => {
  const answer = await site.app.inject({ url: `/api/v1/${url}`, headers: { host: 'localhost' } });
  return { status: answer.statusCode, body: answer.json() };
};
const sum = (items: readonly { kWh: number | null }[]): number => items.reduce((all, item) => all + (item.kWh ?? 0), 0);

describe('energy by the minute', () => {
  it('adds up to what the coarser question says, in minutes that follow each other', async () => {
    const [whole] = (await ask(`energy?scope=machine:filler&by=total&${window}`)).body.items;
    const { items } = (await ask(`energy?scope=machine:filler&by=interval,state&every=1&${window}`)).body;
    expect(whole.kWh).toBeGreaterThan(0);
    expect(sum(items)).toBeCloseTo(whole.kWh, 9);
    expect(items.length).toBeGreaterThanOrEqual(240);
    for (const { window: w } of items) expect(Date.parse(w.end) - Date.parse(w.start)).toBe(60_000);
    const quarter = (await ask(`energy?scope=machine:filler&by=interval&every=15&${window}`)).body.items;
    expect(quarter).toHaveLength(16);
    expect(sum(quarter)).toBeCloseTo(whole.kWh, 9);
  });
  it('is refused in words for a line, without intervals, and for more than a week', async () => {
    for (const query of [
      `scope=line:filling&by=interval&every=1&${window}`,
      `scope=machine:filler&by=state&every=1&${window}`,
      `scope=machine:filler&by=interval&every=1&from=${iso(at(-20_000))}&to=${iso(NOW)}`,
    ]) {
      const { status, body } = await ask(`energy?${query}`);
      expect(status).toBe(400);
      expect(body.detail).toMatch(/every needs by=interval|ask for a shorter time/);
    }
  });
});

describe('energy of stops', () => {
  it('is what the meter saw between start and end, and null where no meter feeds the machine', async () => {
    const [stop] = (await ask(`stops?scope=machine:filler&energy=true&${window}`)).body.items;
    const minutes = (await ask(`energy?scope=machine:filler&by=interval&every=1&${window}`)).body.items;
    const inside = minutes.filter(
      (m: { window: { start: string; end: string } }) => m.window.start >= stop.start && m.window.end <= stop.end,
    );
    expect(inside.length).toBe(10);
    expect(stop.kWh).toBeCloseTo(sum(inside), 9);
    const packer = (await ask(`stops?scope=machine:packer&energy=true&${window}`)).body.items;
    expect(packer.length).toBeGreaterThan(0);
    expect(packer.map((s: { kWh: number | null }) => s.kWh)).toEqual(packer.map(() => null));
  });
  it('is null where it was not asked for, and refused for more than a month', async () => {
    expect((await ask(`stops?scope=machine:filler&${window}`)).body.items[0].kWh).toBeNull();
    const { status } = await ask(`stops?scope=site&energy=true&from=${iso(at(-60 * 24 * 32))}&to=${iso(NOW)}`);
    expect(status).toBe(400);
  });
});

describe('explained counts and energy', () => {
  it('name the meters and shares, and add up to the answer of /energy', async () => {
    const [whole] = (await ask(`energy?scope=machine:filler&by=total&${window}`)).body.items;
    const { body } = await ask(`explain?scope=machine:filler&figure=energy&${window}`);
    expect(body.value).toBeCloseTo(whole.kWh, 9);
    expect(body.terms[0].from).toContain('m-filler');
    expect(body.terms[0].from).toContain('100 %');
    expect(sum(body.machines[0].segments)).toBeCloseTo(whole.kWh, 9);
  });
  it('subtract what they say they subtract', async () => {
    const { body } = await ask(`explain?scope=machine:filler&figure=good&${window}`);
    expect(body.value).toBe(59 * 230);
    expect(body.substituted).toBe(`${60 * 230} - 230 = ${59 * 230}`);
  });
});
