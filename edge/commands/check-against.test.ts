import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSqliteLedger } from '#api/ledger/sqlite.ts';
import type { CommandIo } from '#shared/contract/command.ts';
import { emptyBatch } from '#shared/oee/facts.ts';
import { factsOf, type Stage } from '#shared/oee/fixture.ts';
import { readPlantFile } from '#shared/store/plant-file.ts';
import { openPlantHistory, plantHistoryFile } from '#shared/store/plant-history.ts';
import { openSqliteWriter } from '#shared/store/sqlite/writer.ts';
import { MINUTE } from '#shared/time/instant.ts';
import { check } from './check.ts';

const PLANT = `version: 1
site: { id: s1, name: Works, timezone: Europe/London, currency: GBP }
calendars:
  early: { shifts: [ { id: early, name: Early, days: [mon, tue, wed], start: "06:00", end: "14:00" } ] }
reasons:
  - { id: jam, name: Jam, category: unplannedStop }
  - { id: clean, name: Cleaning, category: plannedStop }
sources:
  plc: { type: opcua, endpoint: "opc.tcp://10.0.0.5:4840", securityMode: SignAndEncrypt, userName: me, password: "\${PLC}", owner: me }
lines:
  - id: l1
    calendar: early
    constraint: m1
    machines:
      - { id: m1, idealCycleSeconds: 2, smallStopSeconds: 300, state: { source: plc, node: "i=1", map: { 1: running } }, total: { source: plc, node: "i=2", maxPerSecond: 1 } }
      - { id: m2, idealCycleSeconds: 2, state: { source: plc, node: "i=3", map: { 1: running } }, total: { source: plc, node: "i=4", maxPerSecond: 1 } }
meters: [ { id: e1, feeds: m1, importWh: { source: plc, node: "i=5", maxKw: 10 } } ]
tariffs: [ { id: grid, meter: e1, validFrom: 2026-01-01, intervalMinutes: 30, bands: [ { name: all, rate: 0.1 } ] } ]
`;

/** 06:00 in London on Tuesday 2 June 2026. */
const START = Date.parse('2026-06-02T05:00:00Z');
const at = (minutes: number) => START + minutes * MINUTE;
const END = at(480);
/** Tuesday: 24 pieces a minute, 10 minutes of a jam, 4 minutes of nothing. */
const STAGES: readonly Stage[] = [
  { start: at(-24 * 60), state: 'running', good: 24 },
  { start: at(100), state: 'down', reason: 'jam' },
  { start: at(110), state: 'running', good: 24 },
  { start: at(200), state: 'idle' },
  { start: at(204), state: 'running', good: 24 },
];

let data: string;
beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), 'linewatt-against-'));
  const history = openPlantHistory(plantHistoryFile(data));
  history.record(readPlantFile(plantFile(PLANT)), at(-24 * 60));
  history.close();
  const facts = [factsOf('m1', STAGES, END), factsOf('m2', [{ start: at(-24 * 60), state: 'running', good: 24 }], END)];
  const writer = openSqliteWriter(join(data, 'historian.sqlite'));
  await writer.write({
    ...emptyBatch(),
    intervals: facts.flatMap((f) => f.intervals),
    pieces: facts.flatMap((f) => f.pieces),
    // 100 Wh a minute.
    meterPieces: Array.from({ length: 480 }, (_, n) => ({
      meter: 'e1',
      machine: '',
      minute: at(n),
      intervalStart: at(n),
      start: at(n),
      end: at(n + 1),
      state: 'unknown' as const,
      product: '',
      order: '',
      slot: 0,
      energyWh: 100,
      exportWh: 0,
      varh: 0,
      coveredSeconds: 60,
      revision: 1,
    })),
  });
  await writer.close();
});
afterAll(() => rmSync(data, { recursive: true }));

let files = 0;
function plantFile(text: string): string {
  const path = join(data, `plant-${files++}.yaml`);
  writeFileSync(path, text);
  return path;
}

async function against(text: string, ...more: string[]) {
  return againstAt(at(24 * 60), text, ...more);
}

async function againstAt(now: number, text: string, ...more: string[]) {
  const said = { out: '', err: '' };
  const io: CommandIo = {
    out: (line) => {
      said.out += line;
    },
    err: (line) => {
      said.err += line;
    },
    env: {},
    signal: new AbortController().signal,
  };
  const code = await check([plantFile(text), '--against', data, ...more], io, now);
  return { code, ...said, told: said.out.slice(said.out.indexOf('\nAgainst')) };
}

const changed = (...pairs: [string, string][]): string =>
  pairs.reduce((text, [from, to]) => {
    expect(text).toContain(from);
    return text.replace(from, to);
  }, PLANT);

describe('check --against', () => {
  it('says that nothing changes where nothing differs', async () => {
    const { code, told } = await against(`# tidied\n${PLANT}`);
    expect(code).toBe(0);
    expect(told).toMatch(/^\nAgainst the version in force, [0-9a-f]{12}, since 2026-06-01 06:00\n/);
    expect(told.endsWith('\nno past shift changes\n')).toBe(true);
  });

  it('tells each shift, line and machine that an ideal cycle changes, and no other', async () => {
    const { told } = await against(changed(['id: m1, idealCycleSeconds: 2', 'id: m1, idealCycleSeconds: 1.5']));
    expect(told).toContain('Restates the past (1)\n  machine m1: idealCycleSeconds 2 -> 1.5\n');
    // Monday: 24 x 480 pieces in 480 minutes: 80 %, then 60 %. Tuesday 466 of 480 minutes with pieces.
    expect(told).toContain(
      [
        '  2026-06-01 Early, 06:00 to 14:00, line l1',
        '    line l1     OEE 80.0 % -> 60.0 %, A 100.0 %, P 80.0 % -> 60.0 %, Q 100.0 %',
        '    machine m1  OEE 80.0 % -> 60.0 %, A 100.0 %, P 80.0 % -> 60.0 %, Q 100.0 %',
        '  2026-06-02 Early, 06:00 to 14:00, line l1',
        // Good pieces of the line are those of m2, which ran all the time.
        '    line l1     OEE 80.0 % -> 60.0 %, A 97.9 %, P 81.7 % -> 61.3 %, Q 100.0 %',
        '    machine m1  OEE 77.7 % -> 58.3 %, A 97.9 %, P 79.3 % -> 59.5 %, Q 100.0 %',
        '',
        '2 of 2 past shifts change',
      ].join('\n'),
    );
  });

  it('tells the seconds that move, also where OEE stays', async () => {
    const { told } = await against(changed(['smallStopSeconds: 300', 'smallStopSeconds: 60']));
    expect(told).toContain(
      '    machine m1  OEE 77.7 %, A 97.9 % -> 97.1 %, P 79.3 % -> 80.0 %, Q 100.0 %; run -240 s, smallStop -240 s, unplannedStop +240 s\n',
    );
    expect(told.endsWith('\n1 of 2 past shifts change\n')).toBe(true);
    const planned = await against(changed(['name: Jam, category: unplannedStop', 'name: Jam, category: notScheduled']));
    expect(planned.told).toContain('plannedProduction -600 s, unplannedStop -600 s, scheduleLoss +600 s');
  });

  it('leaves the past alone where a value has the instant from which it holds', async () => {
    const list = '[ { validFrom: 2026-01-01, value: 2 }, { validFrom: 2026-06-03, value: 1.5 } ]';
    const { told } = await against(changed(['id: m1, idealCycleSeconds: 2', `id: m1, idealCycleSeconds: ${list}`]));
    expect(told.endsWith('\nno past shift changes (2 compared)\n')).toBe(true);
  });

  it('names what shapes facts as acting from now on', async () => {
    const { told } = await against(changed(['node: "i=2"', 'node: "i=2", modulus: 65536'], ['10.0.0.5', '10.0.0.6']));
    expect(told).toContain('Acts from now on; only recompute --from changes the past with it (2)\n');
    expect(told).toContain('  machine m1: total.modulus 65536 added\n');
    expect(told.endsWith('\nno past shift changes (2 compared)\n')).toBe(true);
    expect(told).not.toContain('Restates');
  });

  it('follows a shift whose bounds move, and tells new ones and gone ones', async () => {
    const moved = await against(changed(['end: "14:00"', 'end: "13:00"']));
    expect(moved.told).toContain('  2026-06-01 Early, 06:00 to 14:00 -> 06:00 to 13:00, line l1\n');
    expect(moved.told).toContain('all -3600 s, plannedProduction -3600 s, run -3600 s, total -1440, good -1440');
    const days = await against(
      changed(
        ['days: [mon, tue, wed]', 'days: [tue, wed]'],
        ['end: "14:00" }', 'end: "14:00" }, { id: late, name: Late, days: [mon], start: "14:00", end: "15:00" }'],
      ),
    );
    expect(days.told).toContain(
      '  2026-06-01 Early, 06:00 to 14:00 -> no such shift, line l1\n    line l1     OEE 80.0 % -> -',
    );
    expect(days.told).toContain(
      '  2026-06-01 Late, no such shift -> 14:00 to 15:00, line l1\n    line l1     OEE - -> 80.0 %',
    );
    expect(days.told.endsWith('\n2 of 3 past shifts change\n')).toBe(true);
  });

  it('tells of a machine that is gone, and nothing of a new one without a past', async () => {
    const gone = await against(PLANT.replace(/ {6}- \{ id: m2.*\n/, ''));
    expect(gone.told).toContain('  machine m2: removed\n');
    expect(gone.told).toContain('    machine m2  OEE 80.0 % -> -');
    const added = await against(
      PLANT.replace(
        /( {6}- \{ id: m1)/,
        '      - { id: m0, state: { source: plc, node: "i=9", map: { 1: running } } }\n$1',
      ),
    );
    expect(added.told.endsWith('\nno past shift changes (2 compared)\n')).toBe(true);
  });

  it('counts what people entered', async () => {
    const ledger = openSqliteLedger(join(data, 'ledger.sqlite'), () => at(300));
    const content = { type: 'stopReason', machine: 'm1', at: at(105), reason: 'clean' } as const;
    await ledger.append({ idempotencyKey: 'k', by: 'ann', content });
    await ledger.close();
    // The jam was cleaning: what jams are now no longer matters, what cleaning is does.
    const jam = await against(changed(['name: Jam, category: unplannedStop', 'name: Jam, category: notScheduled']));
    expect(jam.told).toContain('no past shift changes');
    const clean = await against(
      changed(['name: Cleaning, category: plannedStop', 'name: Cleaning, category: notScheduled']),
    );
    expect(clean.told).toContain('plannedStop -600 s, scheduleLoss +600 s');
    rmSync(join(data, 'ledger.sqlite'));
  });

  it('compares the days that are asked for, and what energy costs with the new prices', async () => {
    const { told } = await against(
      changed(['idealCycleSeconds: 2', 'idealCycleSeconds: 1'], ['rate: 0.1', 'rate: 0.2']),
      '--days',
      '1',
    );
    expect(told.endsWith('\n1 of 1 past shifts change\n')).toBe(true);
    expect(told).toContain('2026-06-02 Early, meter e1: cost 4.8000 -> 9.6000 GBP\n');
    expect(told).toContain('Demand, capacity and standing charges are not in these');
    const same = await against(changed(['name: all', 'name: flat']));
    expect(same.told).toContain('no past shift has other energy, cost or CO2');
    const none = await against(changed(['idealCycleSeconds: 2', 'idealCycleSeconds: 1']));
    expect(none.told).not.toContain('Energy of past shifts');
  });

  it('leaves the running shift out, and one that the first facts cut', async () => {
    const text = changed(['id: m1, idealCycleSeconds: 2', 'id: m1, idealCycleSeconds: 1.5']);
    const { told } = await againstAt(at(120), text);
    expect(told.endsWith('\n1 of 1 past shifts change\n')).toBe(true);
    const earlier = await against(text.replace('start: "06:00"', 'start: "05:00"'));
    expect(earlier.told).not.toContain('2026-06-01 Early');
    expect(earlier.told.endsWith('\n1 of 1 past shifts change\n')).toBe(true);
  });

  it('is still a check: what is not valid is told, and nothing is compared', async () => {
    const { code, out, err } = await against(changed(['calendar: early', 'calendar: erly']));
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain('is not a valid plant file');
  });

  it.each<[string, string[], 1 | 2, RegExp]>([
    ['no history', ['--against', '/nowhere'], 1, /has no plant-history\.sqlite/],
    ['no historian', ['--historian', 'sqlite:/nowhere/h.sqlite'], 1, /is not there yet/],
    ['another kind of historian', ['--historian', 'file:x'], 1, /must begin with sqlite: or http/],
    ['another kind of ledger', ['--ledger', 'postgres://x'], 1, /--ledger must be sqlite:/],
    ['no number of days', ['--days', 'many'], 2, /--days must be a whole number/],
  ])('%s is one sentence', async (_, more, exitCode, message) => {
    const text = changed(['idealCycleSeconds: 2', 'idealCycleSeconds: 1']);
    await expect(against(text, ...more)).rejects.toMatchObject({
      name: 'UserError',
      exitCode,
      message: expect.stringMatching(message),
    });
  });

  it('refuses --days without --against', async () => {
    const io = { out: () => {}, err: () => {}, env: {}, signal: new AbortController().signal };
    await expect(check(['p.yaml', '--days', '3'], io, 0)).rejects.toMatchObject({ exitCode: 2 });
  });
});
