import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAggregator } from '#edge/aggregate/aggregator.ts';
import { createCounters } from '#edge/core/counters.ts';
import { createFindings } from '#edge/core/findings.ts';
import type { Sink } from '#edge/core/sink.ts';
import { simulateSamples } from '#edge/demo/history.ts';
import { openJournal } from '#edge/journal/journal.ts';
import { createFactMemory } from '#edge/pipeline/memory.ts';
import { createPipeline, rememberedFrom } from '#edge/pipeline/pipeline.ts';
import { type Pump, startPump } from '#edge/pipeline/pump.ts';
import { createHistorianSink } from '#edge/sinks/historian/sink.ts';
import { systemClock } from '#edge/system-clock.ts';
import type { Sample } from '#shared/signal/sample.ts';
import { openHistorianReader, openHistorianWriter } from '#shared/store/open.ts';
import { DAY, type Instant, MINUTE, SECOND } from '#shared/time/instant.ts';
import { demoPlant } from '../bench/demo-samples.ts';
import { startInfluxd } from '../servers/influxd.ts';
import { until } from '../servers/linewatt.ts';

/*
 * The real influxd is away for some plant time, of any length. Plant time runs as fast as it can; journal, outbox, pumps,
 * network and influxd are real. Another sink, a SQLite historian, gets every minute at once meanwhile; live facts go on while
 * what waited is caught up, and in the end both must hold the same.
 */
export interface Away {
  /** Batches that waited when influxd came back. */
  readonly waiting: number;
  /** Seconds from its return until nothing waited. */
  readonly seconds: number;
  /** Minutes that the other sink got meanwhile. */
  readonly minutesBeside: number;
  readonly journalBytes: number;
  /** Facts of one kind and day that both hold, and where they differ, as sentences. */
  readonly facts: number;
  readonly differences: readonly string[];
}

const BEGIN: Instant = Date.parse('2026-06-01T06:00:00Z');
const BEFORE_MS = 10 * MINUTE;
/** What is told of a long run. */
const TELL_EVERY_MS = DAY;
/** The aim: fifty times real time. */
const CATCH_UP_TIMES = 50;
const LEAST_PATIENCE_MS = 40_000;

/** Away from ten minutes after the start for `awayMs`, then back for `afterMs` of plant time at least. */
export async function historianAway(
  awayMs: number,
  afterMs: number,
  tell: (line: string) => void = () => {},
): Promise<Away> {
  const plant = demoPlant();
  const end = BEGIN + BEFORE_MS + awayMs + afterMs;
  const dir = await mkdtemp(join(tmpdir(), 'linewatt-away-'));
  const influxd = await startInfluxd();
  const journal = openJournal(dir, { sinks: ['historian', 'beside'] });
  const pumps: Pump[] = [];
  const sinks: Sink[] = [];
  const problems: string[] = [];
  const placeOf = (url: string) => ({ url, dataDir: dir, credentials: {} });
  const urls = { historian: `${influxd.url}/linewatt`, beside: 'sqlite:' } as const;
  for (const [name, url] of Object.entries(urls)) {
    const sink = { ...createHistorianSink(() => openHistorianWriter(placeOf(url), () => plant)), name };
    sinks.push(sink);
    const setAside = (_batch: unknown, why: string) => void problems.push(`${name} set a batch aside: ${why}`);
    const options = { clock: systemClock, random: () => 0.5, counters: createCounters(), log: () => {}, setAside };
    pumps.push(startPump({ sink, outbox: journal.outbox(name), ...options }));
  }
  const memory = createFactMemory(journal);
  const pipeline = createPipeline(
    {
      plant,
      aggregator: createAggregator(plant, { recall: (signals, from, to) => journal.read(signals, from, to) }),
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
  simulateSamples(plant, { seed: 7, start: BEGIN }, BEGIN, end, (sample) => samples.push(sample));
  let fed = 0;
  let now = BEGIN;
  const live = async (to: Instant): Promise<void> => {
    for (; now < to; now += MINUTE) {
      const first = fed;
      while (fed < samples.length && (samples[fed]?.t ?? now) < now + MINUTE) fed += 1;
      pipeline.push(samples.slice(first, fed));
      pipeline.advance(now + MINUTE + SECOND, [now + MINUTE + SECOND]);
      if ((now - BEGIN) % TELL_EVERY_MS === 0 && now > BEGIN) tell(`${(now - BEGIN) / DAY} days of plant time`);
      await new Promise((done) => setImmediate(done));
    }
  };
  const historian = journal.outbox('historian');
  const beside = journal.outbox('beside');
  const caughtUp = () => historian.depth() === 0;
  const besideIsThere = () =>
    until(
      () => beside.depth() === 0,
      60_000,
      () => `the other sink waits too: ${beside.depth()} batches`,
    );

  try {
    await live(BEGIN + BEFORE_MS);
    await until(caughtUp, 20_000, () => `${pumps[0]?.trouble}`);
    await influxd.kill();
    await live(BEGIN + BEFORE_MS + awayMs);
    const waiting = historian.depth();
    await besideIsThere();
    if (!/influx|ECONN|connect|reach/i.test(pumps[0]?.trouble ?? '')) problems.push('nobody was told that it is away');
    const journalBytes = journal.sizeBytes();
    tell(`${waiting} batches wait; influxd comes back`);

    await influxd.start();
    const begun = performance.now();
    let minutesBeside = 0;
    while (!caughtUp() && now < end) {
      await live(now + MINUTE);
      await besideIsThere();
      if (!caughtUp()) minutesBeside += 1;
      await new Promise((done) => setTimeout(done, 100));
    }
    await until(
      caughtUp,
      Math.max(LEAST_PATIENCE_MS, awayMs / CATCH_UP_TIMES),
      () => `slower than ${CATCH_UP_TIMES} times real time: ${historian.depth()} batches still wait`,
    );
    const seconds = (performance.now() - begun) / 1000;
    await live(end);
    await besideIsThere();
    await until(caughtUp, 40_000, () => `still waiting: ${historian.depth()} batches`);
    if (memory.pieces('filler', 0).some(({ minute }) => minute < rememberedFrom(plant, end) - DAY)) {
      problems.push('the memory of facts grew with the outage');
    }
    const compared = await compare();
    return {
      waiting,
      seconds,
      minutesBeside,
      journalBytes,
      facts: compared.facts,
      differences: [...problems, ...compared.differences],
    };
  } finally {
    await Promise.all(pumps.map((pump) => pump.stop()));
    await Promise.all(sinks.map((sink) => sink.close()));
    journal.close();
    await influxd.stop();
    await rm(dir, { recursive: true, force: true });
  }

  /** A day at a time: a week of both does not fit well into memory. */
  async function compare(): Promise<{ facts: number; differences: string[] }> {
    const readers = await Promise.all(Object.values(urls).map((url) => openHistorianReader(placeOf(url))));
    const machines = [...plant.machines.keys()];
    const meters = [...plant.meters.keys()];
    const differences: string[] = [];
    let facts = 0;
    for (let from = BEGIN; from < end; from += DAY) {
      const query = { from, to: Math.min(from + DAY, end) };
      for (const kind of ['pieces', 'intervals', 'meterPieces'] as const) {
        const owners = kind === 'meterPieces' ? meters : machines;
        const [there = [], here = []] = await Promise.all(
          readers.map(async (r) => lines(await r[kind](owners, query))),
        );
        facts += here.length;
        const odd = here.findIndex((line, n) => line !== there[n]);
        if (odd >= 0 || there.length !== here.length) {
          differences.push(
            `${kind} of the day from ${new Date(from).toISOString()}: ${there[odd]} is not ${here[odd]}`,
          );
        }
      }
    }
    await Promise.all(readers.map((reader) => reader.close()));
    return { facts, differences };
  }
}

function lines(facts: readonly object[]): string[] {
  return facts.map((fact) => JSON.stringify(Object.entries(fact).sort(([a], [b]) => (a < b ? -1 : 1)))).sort();
}
