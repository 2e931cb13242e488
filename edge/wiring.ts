import { createAggregator, restoreAggregator } from '#edge/aggregate/aggregator.ts';
import type { Aggregator, AggregatorOptions } from '#edge/aggregate/contract.ts';
import type { Clock } from '#edge/core/clock.ts';
import { type Counters, createCounters } from '#edge/core/counters.ts';
import type { Findings } from '#edge/core/findings.ts';
import type { Sink } from '#edge/core/sink.ts';
import type { SourceType } from '#edge/core/source.ts';
import type { Journal } from '#edge/journal/journal.ts';
import type { FactBatch } from '#shared/oee/facts.ts';
import type { Plant } from '#shared/plant/model.ts';
import type { Sample } from '#shared/signal/sample.ts';
import { DAY, type Instant, SECOND } from '#shared/time/instant.ts';
import type { JournalKeeping } from './options.ts';
import { type Resumed, resumeAggregator } from './pipeline/checkpoint.ts';
import { lastClockOffset } from './pipeline/clock-offset.ts';
import { type Intake, startIntake } from './pipeline/intake.ts';
import { createKeeping } from './pipeline/kept.ts';
import { createFactMemory, type FactMemory } from './pipeline/memory.ts';
import { createPipeline, type Pipeline, rememberedFrom } from './pipeline/pipeline.ts';
import { type Pump, startPump } from './pipeline/pump.ts';

/*
 * Sources, pipeline, aggregator, journal, outbox and sinks put together, once: the edge process runs this on the computer's
 * clock, disk and network (main.ts), the simulation runs the very same on a clock, a disk and a network that fail.
 *
 * - Nothing here reads a clock, a file or the environment by itself; time, chance, disk and peers are handed in.
 * - Samples that come before `goLive` wait; from then on they count.
 * - Samples of one burst are written together. The first of a quiet edge do not wait for others.
 */
export interface WiringParts {
  readonly plant: Plant;
  /** Tells the machines and meters of this edge from those of others. */
  readonly owns: (owner: string) => boolean;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly random: () => number;
  readonly findings: Findings;
  readonly loadType: (type: string) => Promise<SourceType | null>;
  /** Last contact per source before this life began. */
  readonly contactsBefore: ReadonlyMap<string, Instant>;
  /** Seconds that the aggregator keeps at hand; left out: its own default. */
  readonly hotSeconds?: number;
  /** Left out: samples count as they come. The simulation, whose truth knows whole seconds, rounds their times up. */
  readonly atPush?: (sample: Sample) => Sample;
  readonly log: (line: string) => void;
  /** A batch that a sink will never take. */
  setAside(sink: string, batch: FactBatch, why: string): void;
  /** The pipeline is another one: at `goLive` and whenever the plant file is followed, before any sample counts. */
  onLive(): void;
  /** Samples were counted. */
  onSamples(samples: readonly Sample[]): void;
}

export interface Wiring {
  readonly counters: Counters;
  readonly memory: FactMemory;
  readonly intake: Intake;
  readonly pumps: readonly Pump[];
  /** Null until `goLive`. */
  readonly pipeline: Pipeline | null;
  readonly aggregator: Aggregator | null;
  /** Samples that came before `goLive`. */
  readonly heldBack: readonly Sample[];
  /** Resolves when the first of them came. */
  readonly firstSamples: Promise<void>;
  /** `log`: who is told of a sink that takes nothing. */
  pumpTo(sink: Sink, log?: (line: string) => void): void;
  /** What the life before this one left on the disk. `restored`: facts of the running shift were among it. */
  resume(): Resumed & { readonly restored: boolean };
  /** @throws what a snapshot that cannot be read throws. */
  aggregatorFrom(snapshot: unknown): Aggregator;
  goLive(from: Aggregator, startAt: Instant): void;
  /** Takes over what is known into a pipeline of another plant file; `intake.follow` comes after it. */
  replacePlant(plant: Plant, owns: (owner: string) => boolean): void;
  /** Several times a second. */
  tick(): void;
  prune(keeping: JournalKeeping): void;
  /** Commits what is closed and waits for what is on its way out, not for ever. */
  close(): Promise<void>;
}

/** Between two writes of samples at the least. */
const GATHER_MS = 20;

export function wireEdge(parts: WiringParts): Wiring {
  const { journal, clock, random, findings, log } = parts;
  let { plant, owns } = parts;
  const startedAt = clock.now();
  const counters = createCounters();
  const memory = createFactMemory(journal);
  const keeping = createKeeping();
  const aggregation: AggregatorOptions = {
    ...(parts.hotSeconds === undefined ? {} : { hotSeconds: parts.hotSeconds }),
    recall: (signals, from, to) => journal.read(signals, from, to),
    recallSince: () => journal.oldest(),
    // Takes are seconds apart: counted from the clock they are above those of any earlier life, also one whose disk is gone.
    firstRevision: Math.floor(startedAt / SECOND),
  };
  const pumps: Pump[] = [];
  const heldBack: Sample[] = [];
  const heldBackReleased: number[] = [];
  const first = Promise.withResolvers<void>();
  let aggregator: Aggregator | null = null;
  let pipeline: Pipeline | null = null;
  let gathering: (() => void) | null = null;
  let writtenAt = Number.NEGATIVE_INFINITY;

  function push(came: readonly Sample[], released: readonly number[] = []): void {
    const samples = parts.atPush ? came.map(parts.atPush) : came;
    if (!pipeline) {
      heldBack.push(...samples);
      heldBackReleased.push(...released);
      if (samples.length > 0) first.resolve();
      return;
    }
    pipeline.push(samples, released);
    // A clock that was set back must not make anybody wait.
    const since = Math.max(0, clock.now() - writtenAt);
    gathering ??= clock.after(Math.max(0, GATHER_MS - since), () => {
      gathering = null;
      writtenAt = clock.now();
      pipeline?.flush(writtenAt);
    });
  }

  const intake = startIntake(
    {
      clock,
      random,
      loadType: parts.loadType,
      counters,
      findings,
      contactsBefore: parts.contactsBefore,
      clockOffset: (source) => lastClockOffset(journal, source, clock.now()),
      log,
      kept: keeping.kept,
      held: { keep: (source, readings) => journal.hold(source, readings), before: (source) => journal.held(source) },
      push,
    },
    plant,
    owns,
  );

  function goLive(from: Aggregator, startAt: Instant, before: Pipeline | null = null): void {
    aggregator = from;
    const deps = { plant, owns, aggregator: from, journal, memory, counters, findings, onKept: keeping.done };
    const onCommit = () => {
      for (const pump of pumps) pump.wake();
    };
    pipeline = createPipeline({ ...deps, onCommit, onSamples: parts.onSamples }, startAt, before);
    parts.onLive();
    pipeline.push(heldBack.splice(0), heldBackReleased.splice(0));
    pipeline.flush(clock.now());
  }

  return {
    counters,
    memory,
    intake,
    pumps,
    heldBack,
    firstSamples: first.promise,
    get pipeline() {
      return pipeline;
    },
    get aggregator() {
      return aggregator;
    },
    pumpTo(sink, tell = () => {}) {
      const setAside = (batch: FactBatch, why: string) => parts.setAside(sink.name, batch, why);
      pumps.push(startPump({ sink, outbox: journal.outbox(sink.name), clock, random, counters, log: tell, setAside }));
    },
    resume() {
      const resumed = resumeAggregator(plant, journal, aggregation, startedAt);
      const restored = memory.restore(plant.machines.keys(), rememberedFrom(plant, startedAt));
      return { ...resumed, restored };
    },
    aggregatorFrom: (snapshot) => restoreAggregator(plant, snapshot, aggregation),
    goLive: (from, startAt) => goLive(from, startAt),
    replacePlant(next, nextOwns) {
      if (!pipeline || !aggregator) return;
      pipeline.close(clock.now());
      let carried: Aggregator;
      try {
        carried = restoreAggregator(next, aggregator.snapshot(), aggregation);
      } catch {
        carried = createAggregator(next, aggregation);
      }
      plant = next;
      owns = nextOwns;
      goLive(carried, pipeline.watermark, pipeline);
    },
    tick: () => pipeline?.advance(clock.now(), intake.connectedContacts()),
    prune({ days, bytes }) {
      try {
        const { aged, crowdedOut } = journal.prune({ olderThan: clock.now() - days * DAY, maxBytes: bytes });
        if (aged > 0) counters.count('journal_samples_aged', aged);
        if (crowdedOut > 0) counters.count('journal_samples_crowded_out', crowdedOut);
      } catch {
        // Deleting needs room too; the next round may find it.
        counters.count('journal_refused');
      }
    },
    async close() {
      gathering?.();
      pipeline?.close(clock.now());
      await Promise.all(pumps.map((pump) => pump.stop()));
    },
  };
}
