import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { emptyBatch, type FactBatch, type FactHeader } from '#shared/oee/facts.ts';
import { factsOf, type Stage } from '#shared/oee/fixture.ts';
import { edgeTopic } from '#shared/plant/topics.ts';
import { openSqliteWriter } from '#shared/store/sqlite/writer.ts';
import { HOUR, type Instant, MINUTE, toIso } from '#shared/time/instant.ts';
import { at, FILLER, type Fixture, makeFixture, NOW, SHIFT_START } from '../fixture.ts';

/*
 * The historian is written behind the api's back: a history in one go, a recomputation, an outbox that catches up. What was
 * judged before must not be what is answered after.
 */

/** What the historian says at first: no stop at all. */
const BEFORE: readonly Stage[] = [{ start: at(-24 * 60), state: 'running', product: 'A', good: 59, reject: 1 }];
/** Days later, so that the day is over. */
const LATER = NOW + 30 * HOUR;

let site: Fixture;
beforeEach(async () => {
  site = await makeFixture({ filler: BEFORE });
});
afterEach(() => site.close());

const get = async (url: string) =>
  (await site.app.inject({ url: `/api/v1/${url}`, headers: { host: 'localhost' } })).json();

/** Down seconds of the filler, and kWh that it drew while it was down, of the morning. */
async function ask() {
  const window = `from=${toIso(SHIFT_START)}&to=${toIso(NOW)}`;
  const kpi = await get(`kpi?scope=machine:filler&by=shift&${window}`);
  const energy = await get(`energy?scope=site&by=total,category&${window}`);
  const down = energy.items.find((i: { category: string }) => i.category === 'unplannedStop');
  return { seconds: kpi.items[0].seconds.unplannedStop, kWh: down?.kWh ?? 0 };
}
const NO_STOP = { seconds: 0, kWh: 0 };
const STOP = { seconds: 600, kWh: 2 };

/** Facts of BEFORE become those of FILLER, as a recomputation writes them: what vanishes is void. */
async function rewrite(): Promise<void> {
  const batch = emptyBatch();
  const was = factsOf('filler', BEFORE, NOW);
  const is = factsOf('filler', FILLER, NOW);
  const put = <F extends FactHeader>(out: F[], before: readonly F[], now: readonly F[], key: (fact: F) => string) => {
    const standing = new Set(now.map(key));
    for (const fact of before) if (!standing.has(key(fact))) out.push({ ...fact, revision: 2, void: true });
    for (const fact of now) out.push({ ...fact, revision: 2 });
  };
  put(batch.intervals, was.intervals, is.intervals, (i) => `${i.start}`);
  put(batch.pieces, was.pieces, is.pieces, (p) => `${p.minute} ${p.state} ${p.product} ${p.slot}`);
  await write(batch);
}

async function write(batch: FactBatch): Promise<void> {
  const writer = openSqliteWriter(`${site.dir}/historian.sqlite`);
  await writer.write(batch);
  await writer.close();
}

let revision = 0;
function edgeSays(state: 'seeding' | 'online', ...codes: string[]): void {
  revision += 1;
  const { plant, live } = site.deps;
  const findings = codes.map((code) => ({ code, signal: 'history', t: NOW, message: 'it is written' }));
  const health = { version: 1, edge: 'main', epoch: 1, revision, state, t: NOW, sources: [], counters: {}, findings };
  live.apply(edgeTopic(plant.current, 'main', 'health'), Buffer.from(JSON.stringify(health)));
}

describe('facts that were written without a word', () => {
  it('count once the day that they lie in is looked at', async () => {
    site.setNow(LATER);
    const { kpi } = site.deps;
    await kpi.look();
    expect(kpi.settled).toBe(true);
    expect(await ask()).toEqual(NO_STOP);
    const told: Instant[] = [];
    kpi.onRewritten(({ start, end }) => told.push(start, end));
    await rewrite();
    // The figure is kept: nobody has looked.
    expect(await ask()).toEqual(NO_STOP);
    await kpi.look();
    expect(await ask()).toEqual(STOP);
    // Reports of these days are looked at again.
    expect(Math.min(...told)).toBeLessThanOrEqual(at(100));
    expect(Math.max(...told)).toBeGreaterThanOrEqual(at(110));
  });

  it('throw away the figures of their days and their machines only', async () => {
    site.setNow(LATER);
    const { kpi, counters } = site.deps;
    await kpi.look();
    await ask();
    await get(`kpi?scope=machine:packer&by=shift&from=${toIso(SHIFT_START)}&to=${toIso(NOW)}`);
    const kept = kpi.keptSlices;
    await kpi.look();
    expect(kpi.keptSlices).toBe(kept);
    expect(counters.get('rewrites_found', '')).toBe(0);
    await rewrite();
    await kpi.look();
    expect(kpi.keptSlices).toBeGreaterThan(0);
    expect(kpi.keptSlices).toBeLessThan(kept);
  });

  it('count within minutes on a day that is still being written, which is not thrown away at each look', async () => {
    site.setNow(NOW);
    const { kpi } = site.deps;
    await kpi.look();
    expect(await ask()).toEqual(NO_STOP);
    await rewrite();
    await kpi.look();
    expect(await ask()).toEqual(NO_STOP);
    site.setNow(NOW + 5 * MINUTE);
    await kpi.look();
    expect(await ask()).toEqual(STOP);
  });
});

describe('while an edge writes the past', () => {
  it('nothing is kept, and what it wrote counts at once when it is done', async () => {
    site.setNow(LATER);
    const { kpi } = site.deps;
    await kpi.look();
    edgeSays('seeding');
    expect(kpi.settled).toBe(false);
    expect(await ask()).toEqual(NO_STOP);
    edgeSays('online', 'historyUnfinished');
    expect(kpi.settled).toBe(false);
    expect(await ask()).toEqual(NO_STOP);
    await rewrite();
    edgeSays('online');
    expect(kpi.settled).toBe(true);
    expect(await ask()).toEqual(STOP);
  });

  it('what was asked meanwhile is asked anew after seconds', async () => {
    site.setNow(LATER);
    await site.deps.kpi.look();
    edgeSays('online', 'historyUnfinished');
    expect(await ask()).toEqual(NO_STOP);
    await rewrite();
    site.setNow(LATER + 6000);
    expect(await ask()).toEqual(STOP);
  });
});
