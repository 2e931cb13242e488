import type { AggregatorOptions } from '#edge/aggregate/contract.ts';
import type { Clock } from '#edge/core/clock.ts';
import { createCounters } from '#edge/core/counters.ts';
import { createFindings } from '#edge/core/findings.ts';
import type { Sink } from '#edge/core/sink.ts';
import type { SourceType } from '#edge/core/source.ts';
import { type Journal, openJournal } from '#edge/journal/journal.ts';
import { resumeAggregator } from '#edge/pipeline/checkpoint.ts';
import { lastClockOffset } from '#edge/pipeline/clock-offset.ts';
import { type Intake, startIntake } from '#edge/pipeline/intake.ts';
import { createFactMemory } from '#edge/pipeline/memory.ts';
import { createPipeline, type Pipeline } from '#edge/pipeline/pipeline.ts';
import { type Pump, startPump } from '#edge/pipeline/pump.ts';
import type { Plant } from '#shared/plant/model.ts';
import type { Sample } from '#shared/signal/sample.ts';
import { type Instant, SECOND } from '#shared/time/instant.ts';
import type { FaultyDisk } from './disk.ts';

/** One life of the edge process, from its start to a cut of its power. What outlives it is on the disk, and `contacts`. */
export interface EdgeLife {
  readonly journal: Journal;
  readonly pipeline: Pipeline;
  readonly intake: Intake;
  readonly pumps: readonly Pump[];
  readonly problems: readonly string[];
  /** Every second; `cap` holds time back. */
  tick(cap: Instant): void;
}

/** What was handed to the journal, and what became of it. */
export interface Attempt {
  readonly samples: readonly Sample[];
  outcome: 'acknowledged' | 'refused' | 'cut';
}

export interface LifeParts {
  readonly plant: Plant;
  readonly disk: FaultyDisk;
  readonly clock: Clock;
  readonly random: () => number;
  readonly sources: ReadonlyMap<string, SourceType>;
  readonly sinks: readonly Sink[];
  readonly contactsBefore: ReadonlyMap<string, Instant>;
  readonly hotSeconds: number;
  readonly attempts: Attempt[];
}

/** What `edge/main.ts` does when it starts, with what it finds. */
export function startLife(parts: LifeParts): EdgeLife {
  const { plant, disk, clock, random, sinks, attempts } = parts;
  const problems: string[] = [];
  const unkept: (() => void)[] = [];
  const counters = createCounters();
  const findings = createFindings();
  const journal = openJournal(disk.folder, {
    sinks: sinks.map(({ name }) => name),
    open: disk.open,
    onSetAside: (message) => problems.push(message),
  });
  const recorded = {
    ...journal,
    append(samples: readonly Sample[]) {
      const attempt: Attempt = { samples: [...samples], outcome: 'refused' };
      attempts.push(attempt);
      try {
        journal.append(samples);
        attempt.outcome = 'acknowledged';
      } catch (error) {
        if (disk.isDead) attempt.outcome = 'cut';
        throw error;
      }
    },
  };
  const options: AggregatorOptions = {
    hotSeconds: parts.hotSeconds,
    recall: (signals, from, to) => journal.read(signals, from, to),
    recallSince: () => journal.oldest(),
  };
  const startedAt = clock.now();
  const resumed = resumeAggregator(plant, journal, options, startedAt);
  if (resumed.problem !== null) problems.push(resumed.problem);
  const pumps = sinks.map((sink) =>
    startPump({
      sink,
      outbox: journal.outbox(sink.name),
      clock,
      random,
      counters,
      log: () => {},
      setAside: (_batch, why) => problems.push(`${sink.name} set a batch aside: ${why}`),
    }),
  );
  const deps = {
    plant,
    journal: recorded,
    aggregator: resumed.aggregator,
    memory: createFactMemory(journal),
    counters,
    findings,
    owns: () => true,
    onCommit: () => {
      for (const pump of pumps) pump.wake();
    },
    onSamples: () => {},
    onKept: () => {
      for (const resolve of unkept.splice(0)) resolve();
    },
  };
  const pipeline = createPipeline(deps, resumed.watermark ?? startedAt);
  let gathering = false;
  const intake = startIntake(
    {
      clock,
      random,
      loadType: async (type) => parts.sources.get(type) ?? null,
      counters,
      findings,
      contactsBefore: parts.contactsBefore,
      clockOffset: (source) => lastClockOffset(journal, source, clock.now()),
      log: () => {},
      kept: () => new Promise((resolve) => void unkept.push(resolve)),
      push(samples) {
        pipeline.push(samples.map(onWholeSecond));
        if (gathering) return;
        gathering = true;
        clock.after(0, () => {
          gathering = false;
          pipeline.flush(clock.now());
        });
      },
    },
    plant,
    () => true,
  );
  return {
    journal,
    pipeline,
    intake,
    pumps,
    problems,
    tick(cap) {
      const now = Math.min(clock.now(), cap);
      const contacts = clock.now() > cap ? [now] : intake.connectedContacts();
      pipeline.advance(now, contacts);
    },
  };
}

/** The facts that these are held against are worked out second by second. */
function onWholeSecond(sample: Sample): Sample {
  return sample.t % SECOND === 0 ? sample : { ...sample, t: Math.ceil(sample.t / SECOND) * SECOND };
}
