import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openJudgedWriter } from '#shared/store/judged/open.ts';
import { type Fixture, makeFixture } from '../fixture.ts';
import { type ShiftKeeper, startShiftKeeper } from './shift-keeper.ts';

describe('judged shifts for other tools', () => {
  let fixture: Fixture;
  let keeper: ShiftKeeper;
  beforeEach(async () => {
    fixture = await makeFixture();
    const { plant, kpi, historian, clock, counters, log } = fixture.deps;
    keeper = startShiftKeeper({
      plant: () => plant.current,
      kpi,
      historian,
      open: () => openJudgedWriter({ url: 'sqlite:', dataDir: fixture.dir }),
      clock,
      counters,
      log,
    });
  });
  afterEach(async () => {
    await keeper.stop();
    await fixture.close();
  });

  const rows = () => {
    const db = new DatabaseSync(join(fixture.dir, 'linewatt_judged.sqlite'), { readOnly: true });
    const found = db.prepare('SELECT * FROM shift ORDER BY start, scope').all();
    db.close();
    return found;
  };

  it('are what /kpi answers, one row for each machine and line, once the shift is over', async () => {
    await keeper.pass();
    const now = fixture.deps.clock();
    const { items } = (await fixture.app.inject('/api/v1/kpi?scope=line:filling&by=shift')).json();
    const over = items.filter(
      (i: { shift: string | null; window: { start: string; end: string } }) =>
        Date.parse(i.window.start) > now - 13 * 86_400_000 &&
        i.shift !== null &&
        i.shift !== 'offShift' &&
        Date.parse(i.window.end) + 15 * 60_000 <= now,
    );
    expect(over.length).toBeGreaterThan(0);
    const lines = rows().filter((r) => r['scope'] === 'line:filling');
    for (const item of over) {
      const row = lines.find((r) => r['start'] === Date.parse(item.window.start));
      expect(row).toMatchObject({
        shift: item.shift,
        date: item.date,
        basis: 'restated',
        machine: null,
        runSeconds: item.seconds.run,
        goodCount: item.counts.good,
        oee: item.kpi.oee === null ? null : expect.closeTo(item.kpi.oee, 9),
      });
    }
    expect(new Set(rows().map((r) => r['scope']))).toEqual(
      new Set(['line:filling', 'machine:filler', 'machine:packer']),
    );
  });

  it('are written again when an entry changes them', async () => {
    await keeper.pass();
    const of = () => rows().filter((r) => r['scope'] === 'machine:filler' && Number(r['goodCount']) > 100);
    const before = of()[0];
    const at = new Date(Number(before?.['start']) + 3_600_000).toISOString();
    const answer = await fixture.app.inject({
      method: 'POST',
      url: '/api/v1/entries',
      headers: { 'idempotency-key': 'k1' },
      payload: { type: 'scrap', machine: 'filler', at, count: 7, by: 'somebody' },
    });
    expect(answer.statusCode, answer.body).toBe(201);
    await keeper.pass();
    const after = of()[0];
    expect(after?.['rejectCount']).toBe(Number(before?.['rejectCount']) + 7);
    expect(rows()).toHaveLength(new Set(rows().map((r) => `${r['scope']} ${r['start']} ${r['shift']}`)).size);
  });
});
