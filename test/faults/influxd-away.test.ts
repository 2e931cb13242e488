import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createAggregator } from '#edge/aggregate/aggregator.ts';
import { createCounters } from '#edge/core/counters.ts';
import { createFindings } from '#edge/core/findings.ts';
import type { Sink } from '#edge/core/sink.ts';
import { simulateSamples } from '#edge/demo/history.ts';
import { type Journal, openJournal } from '#edge/journal/journal.ts';
import { createFactMemory } from '#edge/pipeline/memory.ts';
import { createPipeline } from '#edge/pipeline/pipeline.ts';
import { type Pump, startPump } from '#edge/pipeline/pump.ts';
import { createHistorianSink } from '#edge/sinks/historian/sink.ts';
import { systemClock } from '#edge/system-clock.ts';
import type { Sample } from '#shared/signal/sample.ts';
import { openHistorianReader, openHistorianWriter } from '#shared/store/open.ts';
import { HOUR, type Instant, MINUTE, SECOND } from '#shared/time/instant.ts';
import { demoPlant } from '../bench/demo-samples.ts';
import { type Influxd, startInfluxd } from '../servers/influxd.ts';
import { until } from '../servers/linewatt.ts';

/*
 * The real influxd is away for an hour of plant time. Plant time runs as fast as it can; pumps, network and influxd are real.
 * Another sink gets every minute at once meanwhile, and in the end both hold the same.
 */
const plant = demoPlant();
const BEGIN = Date.parse('2026-06-01T06:00:00Z');
const END = BEGIN + 90 * MINUTE;

let dir: string;
let influxd: Influxd;
let journal: Journal;
const pumps: Pump[] = [];
const sinks: Sink[] = [];

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'linewatt-away-'));
  influxd = await startInfluxd();
  journal = openJournal(dir, { sinks: ['historian', 'beside'] });
});
afterAll(async () => {
  await Promise.all(pumps.map((pump) => pump.stop()));
  await Promise.all(sinks.map((sink) => sink.close()));
  journal?.close();
  await influxd?.stop();
  rmSync(dir, { recursive: true, force: true });
});

const placeOf = (url: string) => ({ url, dataDir: dir, credentials: {} });

function pumpTo(name: string, url: string): void {
  const sink = { ...createHistorianSink(() => openHistorianWriter(placeOf(url), () => plant)), name };
  sinks.push(sink);
  const setAside = (_batch: unknown, why: string) => expect.unreachable(`${name} set a batch aside: ${why}`);
  const options = { clock: systemClock, random: () => 0.5, counters: createCounters(), log: () => {}, setAside };
  pumps.push(startPump({ sink, outbox: journal.outbox(name), ...options }));
}

it('catches up while live facts go on, in order, and loses nothing', { timeout: 90_000 }, async () => {
  pumpTo('historian', `${influxd.url}/linewatt`);
  pumpTo('beside', 'sqlite:');
  const memory = createFactMemory(journal);
  const aggregator = createAggregator(plant, { recall: (signals, from, to) => journal.read(signals, from, to) });
  const pipeline = createPipeline(
    {
      plant,
      aggregator,
      journal,
      memory,
      counters: createCounters(),
      findings: createFindings(),
      owns: () => true,
      onCommit: () => {
        for (const pump of pumps) pump.wake();
      },
      onSamples: () => {},
    },
    BEGIN,
  );
  const samples: Sample[] = [];
  simulateSamples(plant, { seed: 7, start: BEGIN }, BEGIN, END, (sample) => samples.push(sample));
  let fed = 0;
  let now = BEGIN;
  const live = async (to: Instant) => {
    for (; now < to; now += MINUTE) {
      const rest = samples.slice(fed).findIndex(({ t }) => t >= now + MINUTE);
      const next = rest < 0 ? samples.length : fed + rest;
      pipeline.push(samples.slice(fed, next));
      fed = next;
      pipeline.advance(now + MINUTE + SECOND, [now + MINUTE + SECOND]);
      await new Promise((done) => setImmediate(done));
    }
  };
  const historian = journal.outbox('historian');
  const beside = journal.outbox('beside');
  const caughtUp = () => historian.depth() === 0;

  await live(BEGIN + 10 * MINUTE);
  await until(caughtUp, 20_000, () => `${pumps[0]?.trouble}`);
  await influxd.kill();
  await live(BEGIN + 10 * MINUTE + HOUR);
  expect(historian.depth()).toBeGreaterThanOrEqual(60);
  await until(
    () => beside.depth() === 0,
    20_000,
    () => 'the other sink waits too',
  );
  expect(pumps[0]?.trouble).toMatch(/influx|ECONN|connect|reach/i);

  await influxd.start();
  const begun = performance.now();
  let minutesBeside = 0;
  while (!caughtUp() && now < END) {
    await live(now + MINUTE);
    await until(
      () => beside.depth() === 0,
      10_000,
      () => 'live facts do not go on',
    );
    if (!caughtUp()) minutesBeside += 1;
    await new Promise((done) => setTimeout(done, 100));
  }
  await live(END);
  await until(caughtUp, 40_000, () => `still waiting: ${historian.depth()} batches, ${pumps[0]?.trouble}`);
  expect(minutesBeside).toBeGreaterThan(0);
  const seconds = (performance.now() - begun) / 1000;
  process.stdout.write(`an hour of plant time caught up ${seconds.toFixed(1)} s after influxd came back\n`);

  const query = { from: BEGIN, to: END };
  const machines = [...plant.machines.keys()];
  const meters = [...plant.meters.keys()];
  const [there, here] = await Promise.all([`${influxd.url}/linewatt`, 'sqlite:'].map((url) => read(url)));
  expect(there?.pieces.length).toBeGreaterThan(machines.length * 89);
  expect(there).toEqual(here);

  async function read(url: string) {
    const reader = await openHistorianReader(placeOf(url));
    const sorted = (facts: readonly object[]) =>
      facts.map((fact) => JSON.stringify(Object.entries(fact).sort(([a], [b]) => (a < b ? -1 : 1)))).sort();
    const facts = {
      pieces: sorted(await reader.pieces(machines, query)),
      intervals: sorted(await reader.intervals(machines, query)),
      meterPieces: sorted(await reader.meterPieces(meters, query)),
    };
    await reader.close();
    return facts;
  }
});
