import { mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { UserError } from '#shared/contract/command.ts';
import { replayCommand } from './replay.ts';

const dir = mkdtempSync(join(tmpdir(), 'linewatt-replay-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const PLANT = `version: 1
site: { id: works, name: Works, timezone: Europe/London, currency: GBP, locale: en-GB }
calendars:
  cal: { shifts: [ { id: early, name: Early, days: [mon], start: "06:00", end: "14:00" } ] }
reasons: [ { id: jam, name: Jam, group: Stops, category: unplannedStop } ]
sources:
  plc: { type: opcua, endpoint: "opc.tcp://127.0.0.1:4840", owner: Maintenance, userName: x, password: "\${PLC_PASSWORD}" }
lines:
  - id: line
    name: Line
    area: Hall
    calendar: cal
    machines:
      - id: filler
        idealCycleSeconds: 1
        state: { source: plc, node: "ns=2;s=State", map: { 2: running, 3: down } }
        total: { source: plc, node: "ns=2;s=Total" }
`;
const SHIFT = [{ id: 'q', kind: 'shift', machines: ['filler'], shift: 'early', date: '2026-06-01' }];
const GOOD = '{"t":"2026-06-01T05:00:00Z","signal":"filler.state","value":"running"}';

let files = 0;
function file(text: string | Uint8Array): string {
  const path = join(dir, `f${files++}`);
  writeFileSync(path, text);
  return path;
}

async function replay(given: { plant?: string; samples?: string; entries?: string; queries?: string }) {
  const args = ['--plant', given.plant ?? file(PLANT), '--samples', given.samples ?? file(GOOD)];
  args.push('--queries', given.queries ?? file(JSON.stringify(SHIFT)));
  if (given.entries !== undefined) args.push('--entries', given.entries);
  let out = '';
  let err = '';
  const io = {
    out: (text: string) => {
      out += text;
    },
    err: (text: string) => {
      err += text;
    },
    env: {},
    signal: new AbortController().signal,
  };
  try {
    return { code: await replayCommand.run(args, io), out, err, message: '' };
  } catch (error) {
    // What linewatt.ts does with it; anything else would be a stack trace.
    if (!(error instanceof UserError)) throw error;
    return { code: error.exitCode, out, err, message: error.message };
  }
}

const samples = (...lines: string[]) => file(`${lines.join('\n')}\n`);

describe('bad samples end in one sentence with the line', () => {
  it.each([
    [
      'a file that is cut off',
      [GOOD, GOOD.slice(0, 40)],
      /:2: the line ends in the middle of a sample: the file is cut off/,
    ],
    ['no JSON', [GOOD, 'garbage'], /:2: is not JSON/],
    ['an array', [GOOD, '[1]'], /:2: .*not a sample/],
    [
      'an unknown signal',
      [GOOD, GOOD.replace('filler.state', 'filer.state')],
      /:2: signal: the plant has no "filer.state"; did you mean filler.state\?/,
    ],
    ['a number for a state', [GOOD, GOOD.replace('"running"', '2')], /:2: value: 2 is no state of filler.state/],
    [
      'text for a counter',
      ['{"t":"2026-06-01T05:00:00Z","signal":"filler.total","value":"many"}'],
      /:1: value: many of filler.total is not a number/,
    ],
    [
      'a number in quotes',
      ['{"t":"2026-06-01T05:00:00Z","signal":"filler.total","value":"12"}'],
      /:1: value: "12" of filler.total is text; write the number without quotes/,
    ],
    [
      '1e308',
      ['{"t":"2026-06-01T05:00:00Z","signal":"filler.total","value":1e308}'],
      /:1: value: 1e\+308 of filler.total is beyond any reading/,
    ],
    ['NaN', ['{"t":"2026-06-01T05:00:00Z","signal":"filler.total","value":NaN}'], /:1: is not JSON/],
    [
      'NaN in CSV',
      ['t,signal,value', '2026-06-01T05:00:00Z,filler.total,NaN'],
      /:2: value: NaN of filler.total is not a number/,
    ],
    ['year 0', [GOOD.replace('2026', '0000')], /:1: t: 0000-06-01T05:00:00Z is not an instant between 1970 and 2200/],
    ['a time without an offset', [GOOD.replace('00Z', '00')], /:1: t: .* with an offset/],
    ['a 30th of February', [GOOD.replace('06-01', '02-30')], /:1: t: /],
    ['no value', ['{"t":"2026-06-01T05:00:00Z","signal":"filler.total"}'], /:1: value: is missing/],
    [
      'an unknown quality',
      [GOOD.replace('}', ',"quality":"fine"}')],
      /:1: quality: fine is none of good, uncertain, bad/,
    ],
    [
      'a short CSV row',
      ['t,signal,value', '2026-06-01T05:00:00Z,filler.total'],
      /:2: has 2 cells where the header has 3/,
    ],
    ['an unknown CSV header', ['time;signal;value'], /:1: is neither a JSON sample nor the header of a CSV file/],
    [
      'an open quotation mark',
      ['t,signal,value', '"2026-06-01T05:00:00Z,filler.total,1'],
      /:2: a quotation mark is not closed/,
    ],
  ])('%s', async (_, lines, message) => {
    const { code, message: said, out } = await replay({ samples: samples(...lines) });
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(said).toMatch(message);
    expect(said).not.toMatch(/\n/);
  });

  it('an empty file, a missing file, a directory, a binary file', async () => {
    expect((await replay({ samples: file('') })).message).toMatch(/is empty/);
    expect((await replay({ samples: join(dir, 'nothing') })).message).toBe(`there is no file ${join(dir, 'nothing')}`);
    expect((await replay({ samples: dir })).message).toMatch(/is a directory/);
    expect((await replay({ samples: file(Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0)) })).message).toMatch(
      /is not a text file/,
    );
  });

  it('a line of 200 MB, without reading it whole', async () => {
    const path = join(dir, 'long');
    const handle = openSync(path, 'w');
    const block = Buffer.alloc(1 << 20, 'x');
    for (let i = 0; i < 200; i++) writeSync(handle, block);
    const before = process.memoryUsage().rss;
    const { code, message } = await replay({ samples: path });
    expect(code).toBe(1);
    expect(message).toMatch(/:1: is longer than 65536 characters/);
    expect(process.memoryUsage().rss - before).toBeLessThan(100 << 20);
  });
});

describe('bad plants, entries and queries', () => {
  it('names the place in the plant file', async () => {
    const { code, message } = await replay({
      plant: file(PLANT.replace('idealCycleSeconds: 1', 'idealCycleSecond: 1')),
    });
    expect(code).toBe(1);
    expect(message).toMatch(/:15: .*idealCycleSecond/);
  });

  it.each([
    ['{"id":"e1"', /:1: is not JSON/],
    [
      '{"id":"e1","recordedAt":"2026-06-01T10:00:00Z","by":"ann","type":"stopReason","machine":"filer","at":"2026-06-01T09:00:00Z","reason":"jam"}',
      /:1: machine: the plant has no machine "filer"/,
    ],
    [
      '{"id":"e1","recordedAt":"2026-06-01T10:00:00Z","by":"ann","type":"stopReason","machine":"filler","at":"2026-06-01T09:00:00Z","reason":"jem"}',
      /:1: reason: the plant has no reason "jem"/,
    ],
    ['{"id":"e1","recordedAt":"yesterday","by":"ann","type":"void","entry":"e0"}', /:1: recordedAt: is not an instant/],
    [
      '{"id":"e1","recordedAt":"2026-06-01T10:00:00Z","by":"ann","type":"scrap","machine":"filler","at":"2026-06-01T09:00:00Z","count":-3}',
      /:1: count: must be more than 0, not -3/,
    ],
    ['{"id":"e1","recordedAt":"2026-06-01T10:00:00Z","type":"void","entry":"e0"}', /:1: by: is missing/],
    [
      '{"id":"e1","recordedAt":"2026-06-01T10:00:00Z","by":"ann","type":"stopReson"}',
      /:1: type: "stopReson" is none of stopReason/,
    ],
    [
      '{"id":"e1","recordedAt":"2026-06-01T10:00:00Z","by":"ann","type":"void","entry":"e0"}',
      /:1: entry: there is no entry "e0" before it/,
    ],
  ])('entry %s', async (line, message) => {
    const { code, message: said } = await replay({ entries: file(line) });
    expect(code).toBe(1);
    expect(said).toMatch(message);
  });

  it.each([
    ['[{"id":"q","kind":"shift"', /is not JSON/],
    ['{}', /must be one JSON array/],
    ['[{"id":"q","kind":"shfit"}]', /:1: query 1 \(q\): kind: must be one of shift, range, line, energy, iso22400/],
    [
      '[{"id":"q","kind":"range","machines":["x"],"from":"2026-06-01T05:00:00Z","to":"2026-06-01T06:00:00Z"}]',
      /:1: query 1 \(q\): machines: the plant has no machine "x"; known are "filler"/,
    ],
    [
      '[{"id":"q","kind":"range","machines":["filler"],"from":"2026-06-01T05:00:00Z","to":"2026-06-01T04:00:00Z"}]',
      /to: must not be earlier than from/,
    ],
    [
      '[{"id":"q","kind":"shift","machines":["filler"],"shift":"late","date":"2026-06-01"}]',
      /shift: the calendar "cal" has no shift "late"; known are "early"/,
    ],
    ['[{"id":"q","kind":"shift","machines":["filler"],"shift":"early","date":"2026-06-31"}]', /date: is not a date/],
    ['[{"id":"q","kind":"shift","machines":[],"shift":"early","date":"2026-06-01"}]', /machines: must not be empty/],
    [
      '[\n {"id":"q","kind":"shift","machines":["filler"],\n "shift":"early","date":"2026-06-31"}]',
      /:3: query 1 \(q\): date: is not a date/,
    ],
    [
      '[{"id":"q","kind":"shift","machines":["filler","filler"],"shift":"early","date":"2026-06-01"}]',
      /machines: names a machine twice/,
    ],
    ['[{"id":"q","kind":"shift","machine":"filler","shift":"early","date":"2026-06-01"}]', /machines: is missing/],
    [
      '[{"id":"q","kind":"range","machines":["filler"],"from":"2000-06-01T05:00:00Z","to":"2026-06-01T06:00:00Z"}]',
      /to: is more than ten years after from/,
    ],
  ])('queries %s', async (text, message) => {
    const { code, message: said } = await replay({ queries: file(text) });
    expect(code).toBe(1);
    expect(said).toMatch(message);
  });

  it('wrong usage is exit code 2', async () => {
    const io = { out: () => {}, err: () => {}, env: {}, signal: new AbortController().signal };
    await expect(replayCommand.run(['--plant', 'x'], io)).rejects.toMatchObject({ exitCode: 2 });
    await expect(replayCommand.run(['--plan', 'x'], io)).rejects.toMatchObject({ exitCode: 2 });
  });
});

describe('what is well formed is answered', () => {
  const result = async (given: Parameters<typeof replay>[0]) => JSON.parse((await replay(given)).out)[0];

  it('CSV and NDJSON alike, with a byte order mark, blank lines and Windows line ends', async () => {
    const json = `\uFEFF${GOOD}\r\n\r\n{"t":"2026-06-01T06:00:00Z","signal":"filler.total","value":5}\r\n{"t":"2026-06-01T13:00:00+01:00","signal":"filler.total","value":905,"quality":"good"}\r\n`;
    const csv =
      '\uFEFFsignal,t,value,quality\r\n"filler.state",2026-06-01T05:00:00Z,running,\r\nfiller.total,2026-06-01T06:00:00Z,5,good\r\nfiller.total,2026-06-01T12:00:00Z,905,good\r\n';
    for (const text of [json, csv]) {
      expect(await result({ samples: file(text) })).toMatchObject({ seconds: { run: 28_800 }, counts: { total: 900 } });
    }
  });

  it('an asOf before the window leaves nothing', async () => {
    const queries = file(JSON.stringify([{ ...SHIFT[0], asOf: '2026-05-01T00:00:00Z' }]));
    expect(await result({ queries })).toMatchObject({ seconds: { all: 0 }, kpi: { oee: null }, coverage: null });
  });

  it('a sample of a broken clock takes no part, and is told', async () => {
    const path = samples(GOOD.replace('2026', '1971'), GOOD);
    const { code, err, out } = await replay({ samples: path });
    expect(code).toBe(0);
    expect(err).toMatch(/1 samples lie more than 1000 days from every query/);
    expect(JSON.parse(out)[0].seconds.run).toBe(28_800);
  });

  it('no query at all is an empty array', async () => {
    expect((await replay({ queries: file('[]') })).out).toBe('[]\n');
  });

  it('a line received late counts from when it was received', async () => {
    const late =
      '{"t":"2026-06-01T09:00:00Z","signal":"filler.state","value":"down","received":"2026-06-01T12:00:00Z"}';
    const ask = (asOf: string) => file(JSON.stringify([{ ...SHIFT[0], asOf }]));
    const path = samples(GOOD, late);
    expect(await result({ samples: path, queries: ask('2026-06-01T11:59:59Z') })).toMatchObject({
      seconds: { run: 7 * 3600 - 1, unplannedStop: 0 },
    });
    expect(await result({ samples: path, queries: ask('2026-06-01T12:00:00Z') })).toMatchObject({
      seconds: { run: 4 * 3600, unplannedStop: 3 * 3600 },
    });
  });
});
