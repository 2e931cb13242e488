import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bindReading } from '#edge/core/bind.ts';
import { createCounters } from '#edge/core/counters.ts';
import { createFindings } from '#edge/core/findings.ts';
import { SLACK_MS } from '#edge/core/watermark.ts';
import { openJournal } from '#edge/journal/journal.ts';
import { resumeAggregator } from '#edge/pipeline/checkpoint.ts';
import { createFactMemory } from '#edge/pipeline/memory.ts';
import { createPipeline } from '#edge/pipeline/pipeline.ts';
import { recompute } from '#edge/recompute/recompute.ts';
import type { Machine, Plant } from '#shared/plant/model.ts';
import { signalsOf } from '#shared/plant/signals.ts';
import type { Sample } from '#shared/signal/sample.ts';
import type { MachineState } from '#shared/state/state.ts';
import { openSqliteReader } from '#shared/store/sqlite/reader.ts';
import { openSqliteWriter } from '#shared/store/sqlite/writer.ts';
import { DAY, HOUR, type Instant, MINUTE, SECOND } from '#shared/time/instant.ts';
import { factTable, oracleTable, tableDifferences } from '../simulation/compare-facts.ts';
import { randomDay } from './random-day.ts';

/*
 * A plant file with wrong maps, scales and thresholds; then the right one and `recompute`; then the edge goes on. What the
 * historian holds is compared with what brute force makes of all samples under the right file.
 */
const MEMORY_DISK = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
const SEEDS = Array.from({ length: 20 }, (_, n) => n + 1);

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(MEMORY_DISK, 'linewatt-recompute-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const WRONG = new Map<string, MachineState>([
  ['idle', 'down'],
  ['off', 'running'],
  ['running', 'setup'],
]);

/** What somebody might get wrong. */
function mistaken(plant: Plant): Plant {
  const machines = [...plant.machines].map(([id, machine]) => {
    const { state } = machine;
    if (state?.from === 'signal') return [id, { ...machine, state: { ...state, map: WRONG } }] as const;
    if (state?.from === 'power') return [id, { ...machine, state: { ...state, runningAboveWatts: 700 } }] as const;
    return [id, { ...machine, total: machine.total && { ...machine.total, jitter: 1 } }] as const;
  });
  const meters = [...plant.meters].map(
    ([id, meter]) => [id, { ...meter, importWh: meter.importWh && { ...meter.importWh, scale: 7 } }] as const,
  );
  return { ...plant, machines: new Map<string, Machine>(machines), meters: new Map(meters) };
}

/** As the edge journals it under this plant file. */
function bound(plant: Plant, samples: readonly Sample[]): Sample[] {
  const meanings = new Map(signalsOf(plant).map((signal) => [signal.signal, signal]));
  return samples.flatMap((sample) => {
    const meaning = meanings.get(sample.signal);
    return meaning ? [bindReading(meaning, sample, () => {})] : [];
  });
}

async function runEdge(plant: Plant, samples: readonly Sample[], begin: Instant, to: Instant): Promise<void> {
  const journal = openJournal(dir, { sinks: ['historian'] });
  const options = {
    hotSeconds: 300,
    recall: (signals: readonly string[], from: Instant, until: Instant) => journal.read(signals, from, until),
  };
  const resumed = resumeAggregator(plant, journal, options, begin);
  expect(resumed.problem).toBeNull();
  const deps = {
    plant,
    journal,
    aggregator: resumed.aggregator,
    memory: createFactMemory(journal),
    counters: createCounters(),
    findings: createFindings(),
    owns: () => true,
    onCommit: () => {},
    onSamples: () => {},
  };
  const pipeline = createPipeline(deps, resumed.watermark ?? begin);
  const waiting = [...samples].reverse();
  for (let now = begin; now <= to + SLACK_MS; now += 10 * SECOND) {
    for (let next = waiting.at(-1); next && next.t <= now; next = waiting.at(-1)) {
      waiting.pop();
      pipeline.push([{ ...next, received: next.t }]);
    }
    pipeline.advance(Math.min(now, to + SLACK_MS), [now]);
  }
  pipeline.advance(to + SLACK_MS, [to + SLACK_MS]);
  journal.close();
}

async function send(): Promise<void> {
  const journal = openJournal(dir);
  const writer = openSqliteWriter(join(dir, 'historian.sqlite'));
  const outbox = journal.outbox('historian');
  for (const { seq, batch } of outbox.next(10_000)) {
    await writer.write(batch);
    outbox.ack(seq);
  }
  await writer.close();
  journal.close();
}

function recomputed(plant: Plant, from: Instant, to: Instant | null = null, now = from) {
  const journal = openJournal(dir);
  try {
    return recompute({ plant, journal, owns: () => true, from, to, now, progress: () => {} });
  } finally {
    journal.close();
  }
}

async function factsHeld(plant: Plant, begin: Instant, to: Instant) {
  const reader = openSqliteReader(join(dir, 'historian.sqlite'));
  const query = { from: begin - DAY, to: to + DAY };
  const machines = [...plant.machines.keys()];
  const facts = {
    intervals: await reader.intervals(machines, query),
    pieces: await reader.pieces(machines, query),
    meterPieces: await reader.meterPieces([...plant.meters.keys()], query),
    counterEvents: await reader.counterEvents(query),
  };
  await reader.close();
  return facts;
}

function dayOf(seed: number) {
  const { plant, samples } = randomDay(seed);
  const begin = Math.floor((samples[0]?.t ?? 0) / MINUTE) * MINUTE;
  return { right: plant, wrong: mistaken(plant), samples, begin, middle: begin + 14 * MINUTE, to: begin + 30 * MINUTE };
}

describe('recompute', () => {
  it.each(SEEDS)('from the beginning makes facts as if the file had always been right, seed %i', async (seed) => {
    const { right, wrong, samples, begin, middle, to } = dayOf(seed);
    const before = samples.filter(({ t }) => t < middle);
    await runEdge(wrong, bound(wrong, before), begin, middle);
    await send();
    const done = recomputed(right, begin);
    expect(recomputed(right, begin)).toMatchObject({ changed: 0, voided: 0 });
    await runEdge(right, bound(right, samples.slice(before.length)), middle, to);
    await send();
    const problems: string[] = [];
    const found = factTable(await factsHeld(right, begin, to), problems);
    const truth = oracleTable(right, bound(right, samples), to);
    expect([...problems, ...tableDifferences(truth, found)].slice(0, 5)).toEqual([]);
    expect(done.changed + done.same).toBeGreaterThan(0);
  });

  it.each(SEEDS)('from the middle leaves what was before and stays in one piece, seed %i', async (seed) => {
    const { right, wrong, samples, begin, middle, to } = dayOf(seed);
    const from = begin + 7 * MINUTE;
    const before = samples.filter(({ t }) => t < middle);
    await runEdge(wrong, bound(wrong, before), begin, middle);
    await send();
    recomputed(right, from);
    await runEdge(right, bound(right, samples.slice(before.length)), middle, to);
    await send();
    expectWhole(await factsHeld(right, begin, to), { right, samples, from, until: to, to });
  });

  it.each(SEEDS.slice(0, 3))(
    'of a piece in between leaves both sides and stays in one piece, seed %i',
    async (seed) => {
      const { right, wrong, samples, begin } = dayOf(seed);
      const [from, until, to] = [begin + 5 * MINUTE, begin + 15 * MINUTE, begin + 7 * HOUR];
      await runEdge(wrong, bound(wrong, samples), begin, to);
      await send();
      recomputed(right, from, until);
      await send();
      expectWhole(await factsHeld(right, begin, to), { right, samples, from, until, to });
    },
  );
});

interface Span {
  readonly right: Plant;
  readonly samples: readonly Sample[];
  /** Recomputed from here to here; the day ends at `to`. */
  readonly from: Instant;
  readonly until: Instant;
  readonly to: Instant;
}

/** Pieces and intervals without gap or overlap, each piece in its interval, and as brute force has them where recomputed. */
function expectWhole(facts: Awaited<ReturnType<typeof factsHeld>>, { right, samples, from, until, to }: Span): void {
  const table = [...oracleTable(right, bound(right, samples), to)];
  for (const machine of right.machines.keys()) {
    const pieces = facts.pieces.filter((p) => p.machine === machine).sort((a, b) => a.start - b.start);
    const intervals = facts.intervals.filter((i) => i.machine === machine).sort((a, b) => a.start - b.start);
    pieces.forEach((piece, i) => {
      expect(piece.start).toBe(pieces[i - 1]?.end ?? piece.start);
      const own = intervals.find((interval) => interval.start === piece.intervalStart);
      expect(own, `interval of ${JSON.stringify(piece)}`).toMatchObject({ state: piece.state });
      expect(own?.end ?? to).toBeGreaterThanOrEqual(piece.end);
    });
    intervals.forEach((interval, i) => {
      expect(interval.start).toBe(intervals[i - 1]?.end ?? interval.start);
    });
    const isInside = (start: unknown) => Number(start) >= from && Number(start) < until;
    const found = pieces.map((p) => [p.start, p.end, p.state, p.totalCount]).filter(([start]) => isInside(start));
    const truth = table
      .filter(([key]) => key.startsWith(`piece|${machine}|`))
      .map(([key, row]) => [row['start'], row['end'], key.split('|')[3], row['totalCount']])
      .filter(([start]) => isInside(start))
      .sort((a, b) => Number(a[0]) - Number(b[0]));
    expect(found).toEqual(truth);
  }
}
