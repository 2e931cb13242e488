import type { Clock } from '#edge/core/clock.ts';
import { createFindings } from '#edge/core/findings.ts';
import type { Sink } from '#edge/core/sink.ts';
import type { Reading, SourceType } from '#edge/core/source.ts';
import { type Journal, openJournal } from '#edge/journal/journal.ts';
import type { Intake } from '#edge/pipeline/intake.ts';
import type { Pipeline } from '#edge/pipeline/pipeline.ts';
import type { Pump } from '#edge/pipeline/pump.ts';
import { wireEdge } from '#edge/wiring.ts';
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
  /** Readings that the journal took while their time was in doubt. */
  readonly held: Reading[];
}

/** A life on the wiring of the edge process (edge/wiring.ts), with this world's clock, disk, network and peers. */
export function startLife(parts: LifeParts): EdgeLife {
  const { plant, disk, clock, random, sinks, attempts } = parts;
  const problems: string[] = [];
  const journal = openJournal(disk.folder, {
    sinks: sinks.map(({ name }) => name),
    open: disk.open,
    onSetAside: (message) => problems.push(message),
  });
  const recorded = {
    ...journal,
    hold(source: string, readings: readonly Reading[]) {
      const ids = journal.hold(source, readings);
      parts.held.push(...readings);
      return ids;
    },
    append(samples: readonly Sample[], released: readonly number[] = []) {
      const attempt: Attempt = { samples: [...samples], outcome: 'refused' };
      attempts.push(attempt);
      try {
        journal.append(samples, released);
        attempt.outcome = 'acknowledged';
      } catch (error) {
        if (disk.isDead) attempt.outcome = 'cut';
        throw error;
      }
    },
  };
  const wiring = wireEdge({
    plant,
    owns: () => true,
    journal: recorded,
    clock,
    random,
    findings: createFindings(),
    loadType: async (type) => parts.sources.get(type) ?? null,
    atPush: onWholeSecond,
    contactsBefore: parts.contactsBefore,
    hotSeconds: parts.hotSeconds,
    log: () => {},
    setAside: (sink, _batch, why) => problems.push(`${sink} set a batch aside: ${why}`),
    onLive: () => {},
    onSamples: () => {},
  });
  for (const sink of sinks) wiring.pumpTo(sink);
  const startedAt = clock.now();
  const resumed = wiring.resume();
  if (resumed.problem !== null) problems.push(resumed.problem);
  wiring.goLive(resumed.aggregator, resumed.watermark ?? startedAt);
  const { pipeline, intake, pumps } = wiring;
  if (!pipeline) throw new Error('the edge is not live');
  return {
    journal,
    pipeline,
    intake,
    pumps,
    problems,
    tick(cap) {
      if (clock.now() > cap) pipeline.advance(cap, [cap]);
      else wiring.tick();
    },
  };
}

/** The facts that these are held against are worked out second by second. */
function onWholeSecond(sample: Sample): Sample {
  return sample.t % SECOND === 0 ? sample : { ...sample, t: Math.ceil(sample.t / SECOND) * SECOND };
}
