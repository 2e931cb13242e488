import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { at, type Fixture, makeFixture, NOW, PLANT } from '../fixture.ts';

const DAY = 86_400_000;
const iso = (t: number) => new Date(t).toISOString();
const window = `from=${iso(at(0))}&to=${iso(NOW)}`;

let site: Fixture;
beforeEach(async () => {
  site = await makeFixture();
});
afterEach(() => site.close());

const ask = async (url: string) => {
  const answer = await site.app.inject({ url: `/api/v1/${url}`, headers: { host: 'localhost' } });
  return { status: answer.statusCode, body: answer.json() };
};
const item = async (url: string) => (await ask(url)).body.items[0];

/** The file is replaced when the clock stands at `t`. */
async function replacePlant(text: string, t: number): Promise<void> {
  site.setNow(t);
  const file = join(site.dir, 'plant.yaml');
  const changed = new Promise((done) => site.deps.plant.onChange(done));
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
  await changed;
  site.deps.kpi.reset();
}

describe('a plant file that was changed since', () => {
  it('judges what is asked as of then: an ideal cycle changed a day later', async () => {
    const url = `kpi?scope=machine:filler&by=total&${window}`;
    // 60 pieces a minute at 1 s each, in 230 of 240 minutes.
    expect((await item(url)).kpi.performance).toBeCloseTo(1, 9);
    await replacePlant(PLANT.replace('idealCycleSeconds: 1,', 'idealCycleSeconds: 0.5,'), NOW + DAY);
    site.setNow(NOW + 2 * DAY);
    expect((await item(url)).kpi.performance).toBeCloseTo(0.5, 9);
    expect((await item(`${url}&asOf=${iso(NOW + DAY - 1)}`)).kpi.performance).toBeCloseTo(1, 9);
    expect((await item(`${url}&asOf=${iso(NOW + DAY)}`)).kpi.performance).toBeCloseTo(0.5, 9);
    const line = `kpi?scope=line:filling&by=total&${window}`;
    expect((await item(line)).kpi.performance).toBeCloseTo(0.5, 9);
    expect((await item(`${line}&asOf=${iso(NOW + 1)}`)).kpi.performance).toBeCloseTo(1, 9);
  });

  it('does not restate the past where it gives the instant from which a value holds', async () => {
    const url = `kpi?scope=machine:filler&by=total&${window}`;
    const versions = `[{ validFrom: 2026-01-01, value: 1 }, { validFrom: "${iso(NOW)}", value: 0.5 }]`;
    const dated = PLANT.replace('idealCycleSeconds: 1,', `idealCycleSeconds: ${versions},`);
    await replacePlant(dated, NOW + DAY);
    expect((await item(url)).kpi.performance).toBeCloseTo(1, 9);
  });

  it('takes categories, breaks and machines as they were', async () => {
    const changed = PLANT.replace(
      'name: Jam, group: Mechanical, category: unplannedStop',
      'name: Jam, group: Mechanical, category: plannedStop',
    )
      .replace('start: "06:00", end: "14:00"', 'start: "07:00", end: "14:00"')
      .replace(/ {6}- \{ id: packer[\s\S]*?(?=meters:)/, '');
    await replacePlant(changed, NOW + DAY);
    const url = `kpi?scope=machine:filler&by=total&${window}`;
    const then = `&asOf=${iso(NOW + 1)}`;
    expect((await item(url)).seconds).toMatchObject({ plannedStop: 600, unplannedStop: 0, offShift: 3600 });
    expect((await item(`${url}${then}`)).seconds).toMatchObject({ plannedStop: 0, unplannedStop: 600, offShift: 0 });
    expect((await ask(`kpi?scope=machine:packer&${window}`)).status).toBe(404);
    expect((await item(`kpi?scope=machine:packer&by=total&${window}${then}`)).counts.good).toBe(59 * 230);
    expect((await item(`kpi?by=shift&scope=line:filling&from=${iso(at(0))}&to=${iso(NOW)}`)).window.start).toBe(
      iso(at(0)),
    );
    const explained = (await ask(`explain?scope=machine:filler&figure=availability&${window}${then}`)).body;
    expect(explained.plantHash).not.toBe(site.deps.plant.current.hash);
  });

  it('prices energy with the tariff of then', async () => {
    const url = `energy?scope=site&by=total&${window}`;
    await replacePlant(PLANT.replace('name: day, rate: 0.2', 'name: day, rate: 0.4'), NOW + DAY);
    expect((await item(url)).cost).toBeCloseTo(30 * 0.1 + 90 * 0.4, 9);
    expect((await item(`${url}&asOf=${iso(NOW + 1)}`)).cost).toBeCloseTo(30 * 0.1 + 90 * 0.2, 9);
    const bands = (await ask(`energy?scope=site&by=band&${window}&asOf=${iso(NOW + 1)}`)).body.items;
    expect(bands.map((b: { cost: number }) => b.cost).reduce((a: number, b: number) => a + b)).toBeCloseTo(21, 6);
  });
});

describe('what people are told about the plant file', () => {
  const findings = async (of: 'health' | 'sources') =>
    (await ask(of)).body.findings.map((f: { code: string; message: string }) => [f.code, f.message]);

  it('names the file, the line and what to do while it is refused', async () => {
    writeFileSync(join(site.dir, 'plant.yaml'), PLANT.replace('category: plannedStop', 'category: planed'));
    await vi.waitFor(() => expect(site.deps.plant.refused).not.toBeNull(), 5000);
    for (const of of ['health', 'sources'] as const) {
      const told = new Map(await findings(of));
      expect(told.get('plantFileRefused')).toMatch(/stays in force.*plant\.yaml:13: reasons\[1\]\.category: /);
    }
    expect((await ask('health')).body.status).toBe('degraded');
    writeFileSync(join(site.dir, 'plant.yaml'), PLANT);
    await vi.waitFor(() => expect(site.deps.plant.refused).toBeNull(), 5000);
    expect(new Map(await findings('health')).has('plantFileRefused')).toBe(false);
  });

  it('names both versions where an edge runs another file, until it runs the same', async () => {
    const own = site.deps.plant.current.hash;
    const birth = (plantHash: string, epoch: number) =>
      site.deps.live.apply(
        'linewatt/v1/leeds/edge/main/birth',
        Buffer.from(
          JSON.stringify({
            version: 1,
            edge: 'main',
            epoch,
            revision: 1,
            plantHash,
            edgeVersion: '0.1.0',
            startedAt: NOW,
          }),
        ),
      );
    birth('ab'.repeat(32), 1);
    for (const of of ['health', 'sources'] as const) {
      expect(new Map(await findings(of)).get('plantDiffers')).toBe(
        `Edge main runs the plant file abababababab, the server ${own.slice(0, 12)}. Give both the same file.`,
      );
    }
    birth(own, 2);
    expect(new Map(await findings('health')).has('plantDiffers')).toBe(false);
  });
});
