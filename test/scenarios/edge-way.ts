import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AggregatorOptions } from '#edge/aggregate/contract.ts';
import { createCounters } from '#edge/core/counters.ts';
import { createFindings } from '#edge/core/findings.ts';
import { SLACK_MS } from '#edge/core/watermark.ts';
import { type Journal, openJournal } from '#edge/journal/journal.ts';
import { resumeAggregator } from '#edge/pipeline/checkpoint.ts';
import { createFactMemory } from '#edge/pipeline/memory.ts';
import { createPipeline, type Pipeline } from '#edge/pipeline/pipeline.ts';
import { emptyBatch, type FactBatch } from '#shared/oee/facts.ts';
import type { Plant } from '#shared/plant/model.ts';
import type { Sample } from '#shared/signal/sample.ts';
import { openSqliteReader } from '#shared/store/sqlite/reader.ts';
import { openSqliteWriter } from '#shared/store/sqlite/writer.ts';
import { type Instant, MINUTE } from '#shared/time/instant.ts';

/*
 * The edge without sources, on a clock that this file turns: journal, pipeline, aggregator, outbox, historian, all of them
 * the production ones, on a disk in memory where there is one.
 */
export interface Arrival {
  readonly at: Instant;
  readonly sample: Sample;
}

export interface EdgeRun {
  readonly plant: Plant;
  readonly arrivals: readonly Arrival[];
  readonly cuts: readonly Instant[];
  /** The process dies at the first arrival from each of these instants on, and is started again at once. */
  readonly kills?: readonly Instant[];
  /** A whole minute: how far facts are wanted. */
  readonly to: Instant;
}

/** Every commit waits for the disk, which is not what is tested here. */
const MEMORY_DISK = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
const STEPS = 250;

/** What the historian holds in the end. */
export async function runEdge({ plant, arrivals, cuts, kills = [], to }: EdgeRun): Promise<FactBatch> {
  const dir = mkdtempSync(join(MEMORY_DISK, 'linewatt-day-'));
  const file = join(dir, 'historian.sqlite');
  const writer = openSqliteWriter(file);
  const begin = Math.floor((arrivals[0]?.at ?? to) / MINUTE) * MINUTE;
  const end = Math.max(to + SLACK_MS, ...arrivals.map(({ at }) => at));
  // Long days are stepped through in longer steps: arrivals are taken in at their own time whatever the step.
  const step = Math.ceil((end - begin) / STEPS / MINUTE) * MINUTE;
  let life = startLife(plant, dir, cuts, begin);
  const send = async () => {
    const outbox = life.journal.outbox('historian');
    for (let waiting = outbox.next(50); waiting.length > 0; waiting = outbox.next(50)) {
      for (const { seq, batch } of waiting) {
        await writer.write(batch);
        outbox.ack(seq);
      }
    }
  };
  try {
    const dying = kills.toSorted((a, b) => a - b);
    let next = 0;
    for (let now = begin; now < end; ) {
      now = Math.min(now + step, end);
      for (let arrival = arrivals[next]; arrival && arrival.at <= now; arrival = arrivals[next]) {
        life.pipeline.push([arrival.sample]);
        life.pipeline.flush(arrival.at);
        next += 1;
        // Between the journal and the commit: the journal has samples that no fact and no checkpoint knows.
        if ((dying[0] ?? Number.POSITIVE_INFINITY) > arrival.at) continue;
        dying.shift();
        life.journal.close();
        life = startLife(plant, dir, cuts, begin);
      }
      // Facts beyond the end are not asked for, and time beyond the end would make a stop of silence.
      const clock = Math.min(now, to + SLACK_MS);
      life.pipeline.advance(clock, [clock]);
      await send();
    }
    life.pipeline.close(to + SLACK_MS);
    await send();
    await writer.close();
    return await factsIn(file, plant, begin, to);
  } finally {
    life.journal.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

interface Life {
  readonly journal: Journal;
  readonly pipeline: Pipeline;
}

/** What `edge/main.ts` does when it starts, with the journal that it finds. */
function startLife(plant: Plant, dir: string, cuts: readonly Instant[], begin: Instant): Life {
  const journal = openJournal(dir, { sinks: ['historian'] });
  const recall = (signals: readonly string[], from: Instant, to: Instant) => journal.read(signals, from, to);
  const options: AggregatorOptions = { cuts, recall, recallSince: () => journal.oldest() };
  const resumed = resumeAggregator(plant, journal, options, begin);
  if (resumed.problem !== null) throw new Error(resumed.problem);
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
  return { journal, pipeline: createPipeline(deps, resumed.watermark ?? begin) };
}

async function factsIn(file: string, plant: Plant, begin: Instant, to: Instant): Promise<FactBatch> {
  const reader = openSqliteReader(file);
  const query = { from: begin - 400 * 24 * 60 * MINUTE, to: to + MINUTE };
  const machines = [...plant.machines.keys()];
  const facts = {
    ...emptyBatch(),
    intervals: await reader.intervals(machines, query),
    pieces: await reader.pieces(machines, query),
    meterPieces: await reader.meterPieces([...plant.meters.keys()], query),
    counterEvents: await reader.counterEvents(query),
  };
  await reader.close();
  return facts;
}
