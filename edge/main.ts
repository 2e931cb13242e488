import { mkdirSync } from 'node:fs';
import { createAggregator, restoreAggregator } from '#edge/aggregate/aggregator.ts';
import type { Aggregator, AggregatorOptions } from '#edge/aggregate/contract.ts';
import { within } from '#edge/core/clock.ts';
import { createCounters } from '#edge/core/counters.ts';
import { createFindings } from '#edge/core/findings.ts';
import type { Sink } from '#edge/core/sink.ts';
import { demoRunOf } from '#edge/demo/run-store.ts';
import { openJournal } from '#edge/journal/journal.ts';
import { createHistorianSink } from '#edge/sinks/historian/sink.ts';
import { createLiveClient } from '#edge/sinks/live/client.ts';
import { createLiveSink } from '#edge/sinks/live/facts.ts';
import { createSpoolSink } from '#edge/sinks/spool/sink.ts';
import { loadSourceType } from '#edge/sources/index.ts';
import { UserError } from '#shared/contract/command.ts';
import { emptyBatch, type FactBatch } from '#shared/oee/facts.ts';
import type { Plant } from '#shared/plant/model.ts';
import { partOfEdge } from '#shared/plant/signals.ts';
import { edgeTopic, siteTopic } from '#shared/plant/topics.ts';
import type { Sample } from '#shared/signal/sample.ts';
import { openHistorianWriter } from '#shared/store/open.ts';
import { type PlantReading, plantFingerprint, requirePlantFile, watchPlantFile } from '#shared/store/plant-file.ts';
import { DAY, type Instant } from '#shared/time/instant.ts';
import { brokerPlace, type EdgeOptions, historianPlace, KEEP_JOURNAL, ONLY_EDGE } from './options.ts';
import { resumeAggregator } from './pipeline/checkpoint.ts';
import { lastClockOffset } from './pipeline/clock-offset.ts';
import { readContacts, writeContacts } from './pipeline/contacts-file.ts';
import { healthOf } from './pipeline/health.ts';
import { type Intake, startIntake } from './pipeline/intake.ts';
import { createKeeping } from './pipeline/kept.ts';
import { loadRunningShift } from './pipeline/load.ts';
import { createFactMemory } from './pipeline/memory.ts';
import { createPipeline, type Pipeline, rememberedFrom } from './pipeline/pipeline.ts';
import { createPublisher, type Publisher } from './pipeline/publisher.ts';
import { type OutboxReader, type Pump, startPump } from './pipeline/pump.ts';
import { keepAside } from './pipeline/set-aside.ts';
import { progressBar } from './seed/progress-bar.ts';
import { hasUnwrittenParts, markSeeded, needsSeed, type Seeding, startSeed } from './seed/seed.ts';
import { lockDirectory } from './supervise/lock.ts';
import { systemClock } from './system-clock.ts';

/*
 * The edge process: the only place that reads the clock, the environment and the plant file, and wires the rest together.
 *
 * - Everything goes outward: sources and broker are dialled from here, no port is opened, nothing received has an effect.
 * - What was heard before the process began, and while it was away, is unknown; nothing is made up.
 */

const TICK_MS = 250;
const SECOND_MS = 1000;
/** Samples of one burst are written together; a change of state is out this much later. */
const GATHER_MS = 20;
const PRUNE_MS = 10_000;
const FIRST_SAMPLES_MS = 10_000;
const HISTORY_RETRY_MS = 10_000;
const STOP_PATIENCE_MS = 2000;
const EDGE_VERSION = '0.1.0';

export interface Edge {
  /** Resolves when this edge counts live samples: at once, or when the demo's history is made. */
  readonly live: Promise<void>;
  stop(): Promise<void>;
}

/** @throws UserError for a plant file, an engine or a data directory that cannot be used. */
export async function startEdge(options: EdgeOptions): Promise<Edge> {
  const { dataDir, env, log, clock = systemClock } = options;
  const startedAt = clock.now();
  const first = requirePlantFile(options.plantFile, env);
  let plant = first.plant;
  let print = plantFingerprint(first);
  let owns = ownerOf(plant, options.edge);
  const broker = brokerPlace(options);
  const place = historianPlace(options);
  mkdirSync(dataDir, { recursive: true });
  const lock = lockDirectory(dataDir, options.edge === null ? 'edge' : `edge-${options.edge}`);

  const counters = createCounters();
  const findings = createFindings();
  const journal = openJournal(dataDir, {
    sinks: ['historian', 'live', ...(options.spoolDir ? ['spool'] : [])],
    onSetAside(message) {
      log(message);
      findings.add('journalSetAside', 'journal', message, startedAt);
    },
  });
  const memory = createFactMemory(journal);
  const aggregation: AggregatorOptions = {
    recall: (signals, from, to) => journal.read(signals, from, to),
    recallSince: () => journal.oldest(),
    // Takes are seconds apart: counted from the clock they are above those of any earlier life, also one whose disk is gone.
    firstRevision: Math.floor(startedAt / SECOND_MS),
  };
  const edge = options.edge ?? ONLY_EDGE;
  const link = createLiveClient(
    {
      ...broker,
      edge,
      epoch: startedAt,
      clientId: `linewatt-edge-${plant.site.id}-${edge}`,
      healthTopic: edgeTopic(plant, edge, 'health'),
      birthTopic: edgeTopic(plant, edge, 'birth'),
      birth: () => ({ plantHash: plant.hash, edgeVersion: EDGE_VERSION, startedAt }),
      unasked: () => counters.count('broker_unasked_messages'),
    },
    log,
  );
  const historian = createHistorianSink(() => openHistorianWriter(place, () => plant), { clock, counters, ...options });
  const pumps: Pump[] = [];
  function pumpTo(sink: Sink): void {
    const outbox: OutboxReader = journal.outbox(sink.name);
    const setAside = (batch: FactBatch, why: string) =>
      keepAside(dataDir, { at: clock.now(), sink: sink.name, why, batch });
    // That the broker is away is told by its client already.
    const tell = sink === historian ? log : () => {};
    pumps.push(startPump({ sink, outbox, clock, random: Math.random, counters, log: tell, setAside }));
  }
  pumpTo(createLiveSink(link, () => plant));
  if (options.spoolDir) {
    const site = () => ({ id: plant.site.id, plantHash: plant.hash });
    pumpTo(createSpoolSink({ folder: options.spoolDir, edge, site, clock }));
  }

  let aggregator: Aggregator | null = null;
  let pipeline: Pipeline | null = null;
  let publisher: Publisher | null = null;
  let seeding: Seeding | null = null;
  // Until it is known whether a past has to be made, this edge does not call itself online.
  let seedProgress: number | null = plant.demo && journal.checkpoint() === null ? 0 : null;
  const heldBack: Sample[] = [];
  let firstSamples: () => void = () => {};
  let gathering: (() => void) | null = null;
  const keeping = createKeeping();
  let stopped = false;

  const intake: Intake = startIntake(
    {
      clock,
      random: Math.random,
      loadType: (type) => loadSourceType(type, dataDir),
      counters,
      findings,
      contactsBefore: readContacts(dataDir),
      clockOffset: (source) => lastClockOffset(journal, source, clock.now()),
      log,
      kept: keeping.kept,
      push(samples) {
        if (!pipeline) {
          heldBack.push(...samples);
          if (samples.length > 0) firstSamples();
          return;
        }
        pipeline.push(samples);
        gathering ??= clock.after(GATHER_MS, () => {
          gathering = null;
          pipeline?.flush(clock.now());
        });
      },
    },
    plant,
    owns,
  );

  /** From here on samples count. */
  function goLive(from: Aggregator, startAt: Instant, before: Pipeline | null): void {
    aggregator = from;
    const deps = { plant, owns, aggregator: from, journal, memory, counters, findings, onKept: keeping.done };
    const onCommit = () => {
      for (const pump of pumps) pump.wake();
    };
    const next = createPipeline({ ...deps, onCommit, onSamples: (s) => publisher?.samples(s) }, startAt, before);
    pipeline = next;
    publisher = createPublisher({ plant, owns, link, pipeline: next, intake, aggregator: from });
    next.push(heldBack.splice(0));
    next.flush(clock.now());
    publisher.again(clock.now());
  }

  async function begin(): Promise<void> {
    if (await needsSeed(plant, place, journal.checkpoint() !== null)) return beginWithHistory();
    seedProgress = null;
    const resumed = resumeAggregator(plant, journal, aggregation, startedAt);
    if (resumed.problem !== null) {
      log(resumed.problem);
      findings.add('checkpointUnreadable', 'journal', resumed.problem, clock.now());
    }
    const restored = memory.restore(plant.machines.keys(), rememberedFrom(plant, startedAt));
    goLive(resumed.aggregator, resumed.watermark ?? startedAt, null);
    // A demo's past was never sent by this edge; it may read it, because it wrote all of it.
    if (plant.demo || !restored) loadShift();
    if (hasUnwrittenParts(dataDir)) finishHistory(startSeed(plant, null, startedAt, place, () => {}));
    else pumpTo(historian);
  }

  /** Sources first, so that the history ends where the first live samples begin; then the past; then both joined. */
  async function beginWithHistory(): Promise<void> {
    if (!plant.demo) return;
    seedProgress = 0;
    const days = plant.demo.historyDays;
    const first = new Promise<void>((resolve) => {
      firstSamples = resolve;
    });
    await within(clock, FIRST_SAMPLES_MS, first);
    await new Promise<void>((resolve) => void clock.after(SECOND_MS, resolve));
    if (stopped) return;
    const to = Math.min(clock.now(), ...heldBack.map((sample) => sample.t));
    log(`making ${days} days of history for the demo plant`);
    const begunAt = performance.now();
    let told = 0;
    seeding = startSeed(plant, demoRunOf(dataDir, plant, startedAt), to, place, (share) => {
      seedProgress = share;
      if (share < told + 0.1) return;
      told = Math.floor(share * 10) / 10;
      log(`history ${progressBar(share)}`);
    });
    const made = await seeding.ready;
    if (stopped || !made) return;
    journal.append(made.tail);
    const seeded = restoreAggregator(plant, made.snapshot, aggregation);
    journal.commit({ batch: emptyBatch(), checkpoint: { version: 1, watermark: to, aggregator: seeded.snapshot() } });
    markSeeded(dataDir);
    log(`history ${progressBar(1)} ${made.samples} samples in ${((performance.now() - begunAt) / 1000).toFixed(1)} s`);
    seedProgress = null;
    goLive(seeded, to, null);
    finishHistory(seeding);
  }

  /** Figures of this shift go on where the process before this one, or the history, left them. */
  function loadShift(): void {
    void loadRunningShift(plant, place, journal.outbox('historian'), clock.now())
      .then((facts) => {
        memory.load(facts);
        pipeline?.figures.upsert(facts);
      })
      .catch((error: Error) => log(`the figures of this shift begin with this process (${error.message})`));
  }

  /** Live facts go to the historian once what they can touch of the history is there. */
  function finishHistory(work: Seeding): void {
    seeding = work;
    const what = 'older history is still being written, newest first; shifts before today fill in as it goes on';
    findings.add('historyUnfinished', 'history', what, clock.now());
    const isPumping = () => pumps.some(({ sink }) => sink === historian.name);
    work.recent.then(
      () => {
        loadShift();
        if (!stopped && !isPumping()) pumpTo(historian);
      },
      () => {},
    );
    work.done.then(
      () => {
        seeding = null;
        findings.clear('historyUnfinished', 'history');
        log('the history is all written');
      },
      (error: Error) => {
        seeding = null;
        if (stopped) return;
        log(`the history is not all written yet (${error.message}); trying again`);
        clock.after(HISTORY_RETRY_MS, () => {
          if (!stopped) finishHistory(startSeed(plant, null, startedAt, place, () => {}));
        });
      },
    );
  }

  async function follow(reading: PlantReading): Promise<void> {
    const next = reading.plant;
    const isRunning = plantFingerprint(reading) === print;
    if (isRunning) findings.clear('plantRefused', 'plant');
    if (isRunning || !pipeline || !aggregator) return;
    if (siteTopic(next) !== siteTopic(plant)) {
      refuse('the plant file has another site or enterprise; restart linewatt for that, until then the old file stays');
      return;
    }
    const nextOwns = ownerOf(next, options.edge);
    pipeline.close(clock.now());
    let carried: Aggregator;
    try {
      carried = restoreAggregator(next, aggregator.snapshot(), aggregation);
    } catch {
      carried = createAggregator(next, aggregation);
    }
    plant = next;
    print = plantFingerprint(reading);
    owns = nextOwns;
    findings.clear('plantRefused', 'plant');
    goLive(carried, pipeline.watermark, pipeline);
    link.publish(
      edgeTopic(plant, edge, 'birth'),
      { plantHash: plant.hash, edgeVersion: EDGE_VERSION, startedAt },
      { retain: true },
    );
    await intake.follow(next, nextOwns);
    log(`plant file: now ${next.machines.size} machines, ${next.meters.size} meters`);
  }

  function refuse(message: string): void {
    log(message);
    findings.add('plantRefused', 'plant', message, clock.now());
  }

  const unwatch = watchPlantFile(options.plantFile, env, {
    // Until samples count there is nothing that could follow.
    changed: (next) => void live.then(() => follow(next)).catch((error: Error) => refuse(error.message)),
    refused: (message) => refuse(`${message}; the old plant file stays in force`),
  });

  function tick(): void {
    const now = clock.now();
    pipeline?.advance(now, intake.connectedContacts());
    publisher?.derivedStates();
  }

  function second(): void {
    const now = clock.now();
    const depths = Object.fromEntries(
      ['historian', 'live'].map((sink) => [`outbox_${sink}`, journal.outbox(sink).depth()] as const),
    );
    const own = [...findings.list(), ...troubles(pumps, now)];
    const health = healthOf(now, {
      sources: intake.health(),
      counters: { ...counters.values(), ...aggregator?.counters, ...depths, journal_bytes: journal.sizeBytes() },
      findings: [...(aggregator?.findings ?? []), ...own],
      seedProgress,
    });
    link.publish(edgeTopic(plant, edge, 'health'), health, { retain: true });
    publisher?.second(now);
    try {
      writeContacts(dataDir, intake.contacts());
    } catch {
      counters.count('contacts_not_written');
    }
  }

  function prune(): void {
    const { days, bytes } = options.journal ?? KEEP_JOURNAL;
    try {
      const { aged, crowdedOut } = journal.prune({ olderThan: clock.now() - days * DAY, maxBytes: bytes });
      if (aged > 0) counters.count('journal_samples_aged', aged);
      if (crowdedOut > 0) counters.count('journal_samples_crowded_out', crowdedOut);
    } catch {
      // Deleting needs room too; the next round may find it.
      counters.count('journal_refused');
    }
  }

  link.onConnect(() => {
    second();
    publisher?.again(clock.now());
    for (const pump of pumps) pump.wake();
  });
  const timers = [setInterval(tick, TICK_MS), setInterval(second, SECOND_MS), setInterval(prune, PRUNE_MS)];
  const live = begin();

  async function stop(): Promise<void> {
    if (stopped) return;
    stopped = true;
    unwatch();
    for (const timer of timers) clearInterval(timer);
    gathering?.();
    firstSamples();
    await seeding?.stop();
    await live.catch(() => {});
    await within(clock, STOP_PATIENCE_MS, intake.stop());
    try {
      writeContacts(dataDir, intake.contacts());
    } catch (error) {
      log(`the contacts were not kept: ${(error as Error).message}`);
    }
    pipeline?.close(clock.now());
    await within(clock, STOP_PATIENCE_MS, Promise.all(pumps.map((pump) => pump.stop())));
    await link.close();
    await historian.close().catch(() => {});
    journal.close();
    lock.release();
  }

  return { live, stop };
}

function ownerOf(plant: Plant, edge: string | null): (owner: string) => boolean {
  const part = partOfEdge(plant, edge);
  if (part) return (owner) => part.machines.has(owner) || part.meters.has(owner);
  const known = [...plant.edges.keys()].join(', ') || 'none';
  throw new UserError(`the plant file names no edge "${edge}"; it names: ${known}`);
}

function troubles(pumps: readonly Pump[], now: Instant) {
  return pumps.flatMap(({ sink, trouble }) =>
    trouble === null
      ? []
      : [{ code: 'factsWaiting', signal: sink, t: now, message: `${sink}: ${trouble}; facts wait here` }],
  );
}
