import { mkdirSync } from 'node:fs';
import { within } from '#edge/core/clock.ts';
import { createFindings } from '#edge/core/findings.ts';
import { demoRunOf } from '#edge/demo/run-store.ts';
import { openJournal } from '#edge/journal/journal.ts';
import { createHistorianSink } from '#edge/sinks/historian/sink.ts';
import { createLiveClient } from '#edge/sinks/live/client.ts';
import { createLiveSink } from '#edge/sinks/live/facts.ts';
import { createSpoolSink } from '#edge/sinks/spool/sink.ts';
import { loadSourceType } from '#edge/sources/index.ts';
import { UserError } from '#shared/contract/command.ts';
import { emptyBatch } from '#shared/oee/facts.ts';
import type { Plant } from '#shared/plant/model.ts';
import { partOfEdge } from '#shared/plant/signals.ts';
import { edgeTopic, siteTopic } from '#shared/plant/topics.ts';
import { openHistorianWriter } from '#shared/store/open.ts';
import { type PlantReading, plantFingerprint, requirePlantFile, watchPlantFile } from '#shared/store/plant-file.ts';
import type { Instant } from '#shared/time/instant.ts';
import { brokerPlace, type EdgeOptions, historianPlace, KEEP_JOURNAL, ONLY_EDGE } from './options.ts';
import { readContacts, writeContacts } from './pipeline/contacts-file.ts';
import { healthOf } from './pipeline/health.ts';
import { loadRunningShift } from './pipeline/load.ts';
import { createPublisher, type Publisher } from './pipeline/publisher.ts';
import type { Pump } from './pipeline/pump.ts';
import { keepAside } from './pipeline/set-aside.ts';
import { progressBar } from './seed/progress-bar.ts';
import { hasUnwrittenParts, markSeeded, needsSeed, type Seeding, startSeed } from './seed/seed.ts';
import { lockDirectory } from './supervise/lock.ts';
import { systemClock } from './system-clock.ts';
import { wireEdge } from './wiring.ts';

/*
 * The edge process: the only place that reads the clock, the environment and the plant file. What it is made of is put
 * together in wiring.ts; here are the broker, the plant file, the demo's past and the timers.
 *
 * - Everything goes outward: sources and broker are dialled from here, no port is opened, nothing received has an effect.
 * - What was heard before the process began, and while it was away, is unknown; nothing is made up.
 */

const TICK_MS = 250;
const SECOND_MS = 1000;
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

  const findings = createFindings();
  const journal = openJournal(dataDir, {
    sinks: ['historian', 'live', ...(options.spoolDir ? ['spool'] : [])],
    onSetAside(message) {
      log(message);
      findings.add('journalSetAside', 'journal', message, startedAt);
    },
  });
  const edge = options.edge ?? ONLY_EDGE;
  let publisher: Publisher | null = null;
  const wiring = wireEdge({
    plant,
    owns,
    journal,
    clock,
    random: Math.random,
    findings,
    loadType: (type) => loadSourceType(type, dataDir),
    contactsBefore: readContacts(dataDir),
    log,
    setAside: (sink, batch, why) => keepAside(dataDir, { at: clock.now(), sink, why, batch }),
    onLive() {
      const { pipeline, aggregator } = wiring;
      if (pipeline && aggregator) publisher = createPublisher({ plant, owns, link, pipeline, intake, aggregator });
    },
    onSamples: (samples) => publisher?.samples(samples),
  });
  const { counters, memory, intake, pumps } = wiring;
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
  wiring.pumpTo(createLiveSink(link, () => plant));
  if (options.spoolDir) {
    const site = () => ({ id: plant.site.id, plantHash: plant.hash });
    wiring.pumpTo(createSpoolSink({ folder: options.spoolDir, edge, site, clock }));
  }

  let seeding: Seeding | null = null;
  // Until it is known whether a past has to be made, this edge does not call itself online.
  let seedProgress: number | null = plant.demo && journal.checkpoint() === null ? 0 : null;
  let stopped = false;
  const stopping = Promise.withResolvers<void>();

  /** From here on samples count. */
  function goLive(from: Parameters<typeof wiring.goLive>[0], startAt: Instant): void {
    wiring.goLive(from, startAt);
    publisher?.again(clock.now());
  }

  async function begin(): Promise<void> {
    if (await needsSeed(plant, place, journal.checkpoint() !== null)) return beginWithHistory();
    seedProgress = null;
    const resumed = wiring.resume();
    if (resumed.problem !== null) {
      log(resumed.problem);
      findings.add('checkpointUnreadable', 'journal', resumed.problem, clock.now());
    }
    goLive(resumed.aggregator, resumed.watermark ?? startedAt);
    // A demo's past was never sent by this edge; it may read it, because it wrote all of it.
    if (plant.demo || !resumed.restored) loadShift();
    if (hasUnwrittenParts(dataDir)) finishHistory(startSeed(plant, null, startedAt, place, () => {}));
    else wiring.pumpTo(historian, log);
  }

  /** Sources first, so that the history ends where the first live samples begin; then the past; then both joined. */
  async function beginWithHistory(): Promise<void> {
    if (!plant.demo) return;
    seedProgress = 0;
    const days = plant.demo.historyDays;
    await within(clock, FIRST_SAMPLES_MS, Promise.race([wiring.firstSamples, stopping.promise]));
    await new Promise<void>((resolve) => void clock.after(SECOND_MS, resolve));
    if (stopped) return;
    const to = Math.min(clock.now(), ...wiring.heldBack.map((sample) => sample.t));
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
    const seeded = wiring.aggregatorFrom(made.snapshot);
    journal.commit({ batch: emptyBatch(), checkpoint: { version: 1, watermark: to, aggregator: seeded.snapshot() } });
    markSeeded(dataDir);
    log(`history ${progressBar(1)} ${made.samples} samples in ${((performance.now() - begunAt) / 1000).toFixed(1)} s`);
    seedProgress = null;
    goLive(seeded, to);
    finishHistory(seeding);
  }

  /** Figures of this shift go on where the process before this one, or the history, left them. */
  function loadShift(): void {
    void loadRunningShift(plant, place, journal.outbox('historian'), clock.now())
      .then((facts) => {
        memory.load(facts);
        wiring.pipeline?.figures.upsert(facts);
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
        if (!stopped && !isPumping()) wiring.pumpTo(historian, log);
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
    if (isRunning || !wiring.pipeline) return;
    if (siteTopic(next) !== siteTopic(plant)) {
      refuse('the plant file has another site or enterprise; restart linewatt for that, until then the old file stays');
      return;
    }
    const nextOwns = ownerOf(next, options.edge);
    plant = next;
    print = plantFingerprint(reading);
    owns = nextOwns;
    findings.clear('plantRefused', 'plant');
    wiring.replacePlant(next, nextOwns);
    publisher?.again(clock.now());
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
    wiring.tick();
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
      counters: { ...counters.values(), ...wiring.aggregator?.counters, ...depths, journal_bytes: journal.sizeBytes() },
      findings: [...(wiring.aggregator?.findings ?? []), ...own],
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

  link.onConnect(() => {
    second();
    publisher?.again(clock.now());
    for (const pump of pumps) pump.wake();
  });
  const timers = [
    setInterval(tick, TICK_MS),
    setInterval(second, SECOND_MS),
    setInterval(() => wiring.prune(options.journal ?? KEEP_JOURNAL), PRUNE_MS),
  ];
  const live = begin();

  async function stop(): Promise<void> {
    if (stopped) return;
    stopped = true;
    unwatch();
    for (const timer of timers) clearInterval(timer);
    stopping.resolve();
    await seeding?.stop();
    await live.catch(() => {});
    await within(clock, STOP_PATIENCE_MS, intake.stop());
    try {
      writeContacts(dataDir, intake.contacts());
    } catch (error) {
      log(`the contacts were not kept: ${(error as Error).message}`);
    }
    await within(clock, STOP_PATIENCE_MS, wiring.close());
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
