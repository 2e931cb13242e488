import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAggregator } from '#edge/aggregate/aggregator.ts';
import { bindReading } from '#edge/core/bind.ts';
import { type Journal, openJournal } from '#edge/journal/journal.ts';
import { type Command, UserError } from '#shared/contract/command.ts';
import { parsePlant } from '#shared/plant/parse.ts';
import { signalsOf } from '#shared/plant/signals.ts';
import { MINUTE } from '#shared/time/instant.ts';
import { recomputeCommand } from './recompute.ts';
import { replayCommand } from './replay.ts';

/* Code 3 is down; the plant file said idle for a while. */
const BEGIN = Date.parse('2026-06-01T09:00:00Z');
const plantText = (three: string) => `version: 1
site: { id: works, name: Works, timezone: Europe/London, currency: GBP, locale: en-GB }
calendars: { cal: { shifts: [ { id: early, name: Early, days: [mon], start: "06:00", end: "14:00" } ] } }
sources: { plc: { type: opcua, endpoint: "opc.tcp://127.0.0.1:4840", owner: Maintenance } }
lines:
  - { id: line, name: Line, area: Hall, calendar: cal, machines: [ { id: filler, idealCycleSeconds: 1,
      state: { source: plc, node: "ns=2;s=State", map: { 2: running, 3: ${three} } } } ] }
`;

let dir: string;
let journal: Journal | null;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'linewatt-recompute-'));
  writeFileSync(join(dir, 'right.yaml'), plantText('down'));
  mkdirSync(join(dir, 'data'));
  journal = openJournal(join(dir, 'data'), { sinks: ['historian'] });
});
afterEach(() => {
  journal?.close();
  rmSync(dir, { recursive: true, force: true });
});

/** Four minutes: running, code 3 from the second on. */
function record(): void {
  const { plant } = parsePlant(plantText('idle'), { hash: 'wrong' });
  const [state] = signalsOf(plant);
  if (!state) throw new Error('the plant has no signal');
  const aggregator = createAggregator(plant);
  const reading = (minute: number, value: number) => {
    const t = BEGIN + minute * MINUTE;
    const sample = bindReading(state, { signal: state.signal, value, quality: 'good', t, received: t }, () => {});
    journal?.append([sample]);
    aggregator.ingest(sample);
  };
  reading(0, 2);
  reading(1, 3);
  const watermark = BEGIN + 4 * MINUTE;
  aggregator.advance(watermark);
  const batch = aggregator.takeChanges();
  const checkpoint = { version: 1, watermark, aggregator: aggregator.snapshot() };
  journal?.commit({ batch, checkpoint, at: watermark });
}

async function run(command: Command, ...args: string[]) {
  const said = { out: '', err: '' };
  const io = {
    out: (text: string) => {
      said.out += text;
    },
    err: (text: string) => {
      said.err += text;
    },
    env: {},
    signal: new AbortController().signal,
  };
  try {
    return { code: await command.run(args, io), ...said };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { code: error.exitCode, out: said.out, err: error.message };
  }
}

const recompute = (...args: string[]) =>
  run(recomputeCommand, '--plant', join(dir, 'right.yaml'), '--data', join(dir, 'data'), ...args);
const replay = (samples: string) => {
  const query = {
    id: 'q',
    kind: 'range',
    machines: ['filler'],
    from: '2026-06-01T09:00:00Z',
    to: '2026-06-01T09:04:00Z',
  };
  writeFileSync(join(dir, 'queries.json'), JSON.stringify([query]));
  return run(
    replayCommand,
    '--plant',
    join(dir, 'right.yaml'),
    '--samples',
    samples,
    '--queries',
    join(dir, 'queries.json'),
  );
};

describe('recompute', () => {
  it('sends what a corrected map changes, once, and takes back what is gone', async () => {
    record();
    journal?.close();
    journal = null;
    const first = await recompute('--from', '2026-06-01T09:00:00Z');
    expect(first).toMatchObject({ code: 0, err: '' });
    // The interval keeps its key; each of three minutes has a piece of another state now.
    expect(first.out).toMatch(/: 4 facts changed, 3 taken back, 1 as they were\n.*when the edge starts/);
    expect((await recompute('--from', '2026-06-01T09:00:00Z')).out).toMatch(/: 0 facts changed, 0 taken back/);
    journal = openJournal(join(dir, 'data'));
    const batches = journal.outbox('historian').next(10);
    const rewrite = batches.at(-1)?.batch;
    expect(rewrite?.pieces.filter((p) => p.void).map((p) => p.state)).toEqual(['idle', 'idle', 'idle']);
    expect(rewrite?.pieces.filter((p) => !p.void).map((p) => p.state)).toEqual(['down', 'down', 'down']);
    expect(Math.min(...(rewrite?.pieces ?? []).map((p) => p.revision))).toBeGreaterThan(1);
  });

  it('says what is wrong and what to do', async () => {
    expect(await recompute()).toMatchObject({ code: 2, err: expect.stringMatching(/needs --plant and --from/) });
    expect(await recompute('--from', 'yesterday')).toMatchObject({ code: 2, err: expect.stringMatching(/instant/) });
    expect((await recompute('--from', '2026-06-01T09:00:00Z')).err).toMatch(/made no facts here yet/);
    record();
    expect((await recompute('--from', '2026-05-01T09:00:00Z')).err).toMatch(/the earliest is 2026-06-01T09:00/);
    expect((await recompute('--from', '2026-06-01T12:00:00Z')).err).toMatch(/--from must be before 2026-06-01T09:04/);
    const elsewhere = ['--plant', join(dir, 'right.yaml'), '--data', dir, '--from', '2026-06-01T09:00:00Z'];
    expect((await run(recomputeCommand, ...elsewhere)).err).toMatch(/there is no journal in/);
  });
});

describe('replay', () => {
  it('reads a journal, its folder, and one that is open, through the maps of its plant file', async () => {
    record();
    for (const path of [join(dir, 'data'), join(dir, 'data', 'journal.sqlite')]) {
      const { code, out, err } = await replay(path);
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(JSON.parse(out)[0].seconds).toMatchObject({ run: 60 + 180, smallStop: 180 });
    }
  });

  it('names what is no journal', async () => {
    expect((await replay(dir)).err).toMatch(/is a directory without a journal\.sqlite/);
    const other = new DatabaseSync(join(dir, 'other.sqlite'));
    other.exec('CREATE TABLE theirs (a)');
    other.close();
    expect((await replay(join(dir, 'other.sqlite'))).err).toMatch(/cannot be read as a journal/);
  });
});
