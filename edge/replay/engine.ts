import { createAggregator } from '#edge/aggregate/aggregator.ts';
import type { AggregatorFinding } from '#edge/aggregate/contract.ts';
import { effectiveEntries } from '#shared/ledger/effective.ts';
import type { Entry } from '#shared/ledger/entry.ts';
import { withPlanEntries } from '#shared/ledger/plan.ts';
import { piecesNeededFrom } from '#shared/oee/corrections.ts';
import type { Plant } from '#shared/plant/model.ts';
import { HOUR, type Instant, MINUTE } from '#shared/time/instant.ts';
import { answer, type ReplayResult } from './answer.ts';
import { FactStore } from './fact-store.ts';
import type { Query } from './queries.ts';
import type { SampleTable } from './sample-table.ts';
import { linesOf, type Window, windowOf } from './windows.ts';

/*
 * Evaluates recorded samples with the production aggregator and the production judgement.
 *
 * - Per `asOf` the samples received and the entries recorded by then are folded anew; a window still open then ends there.
 * - Bounds of queries and entries cut facts, so answers are exact at any instant. Lines are folded twice: the second time
 *   the bounds of their constraint's pieces cut too, so that a line's counts land in the constraint's very seconds.
 * - States hold; silence alone is not unknown. Time before a machine's first sample is.
 */
export interface ReplayInput {
  readonly plant: Plant;
  readonly samples: SampleTable;
  readonly entries: readonly Entry[];
  readonly queries: readonly Query[];
  /** Called now and then; a sentence about how far it is. */
  progress(message: string): void;
  /** A sentence that people should read whatever the time it took. */
  warn(message: string): void;
}

/** One fold: what was known at `asOf`. */
export interface Known {
  readonly plant: Plant;
  readonly facts: FactStore;
  readonly entries: readonly Entry[];
  readonly findings: readonly AggregatorFinding[];
  /** Start of the earliest window. */
  readonly since: Instant;
  readonly knownUntil: Instant;
}

/** A sample further than this from every window is a broken clock: it takes no part. */
const FARTHEST_MS = 1000 * 24 * HOUR;
/** Samples come in order, so little has to be kept open: only what a later sample may still decide. */
const HOT_SECONDS = 6 * 3600;
const STEP_MS = HOUR;

/** One result per query, in the order of the queries. */
export function replay(input: ReplayInput): ReplayResult[] {
  const results = new Map<Query, ReplayResult>();
  for (const [asOf, queries] of Map.groupBy(input.queries, (q) => q.asOf ?? Number.POSITIVE_INFINITY)) {
    const known = knownAt(input, asOf, queries);
    for (const query of queries) results.set(query, answer(known, query));
  }
  return input.queries.flatMap((query) => results.get(query) ?? []);
}

function knownAt(input: ReplayInput, asOf: Instant, queries: readonly Query[]): Known {
  const entries = effectiveEntries(input.entries, asOf);
  const plant = withPlanEntries(input.plant, entries);
  const windows = queries.flatMap((query) => windowsOf(plant, query));
  let since = windows[0]?.from ?? 0;
  let until = windows[0]?.to ?? 0;
  for (const { from, to } of windows) {
    since = Math.min(since, from);
    until = Math.max(until, to);
  }
  const cuts = new Set(windows.flatMap((w) => [w.from, w.to]));
  for (const e of entries) {
    if ('at' in e) cuts.add(e.at);
    if ('from' in e) cuts.add(e.from).add(e.to);
  }
  const fold = () =>
    foldSamples(
      { ...input, plant },
      {
        asOf: windows.length > 0 ? asOf : Number.NEGATIVE_INFINITY,
        entries,
        since,
        until,
        cuts: [...cuts].sort((a, b) => a - b),
      },
    );
  const first = fold();
  const found = queries.flatMap((q) => ('line' in q ? constraintBounds(plant, q.line, first, since, until) : []));
  const fresh = found.filter((t) => !cuts.has(t));
  if (fresh.length === 0) return first;
  for (const t of fresh) cuts.add(t);
  return fold();
}

function windowsOf(plant: Plant, query: Query): Window[] {
  if ('from' in query) return [windowOf(plant, query, null)].filter((w) => w !== null);
  return linesOf(plant, query).flatMap((line) => windowOf(plant, query, line) ?? []);
}

/** Where state, reason or product change inside a minute, at every machine that is ever the constraint of the line. */
function constraintBounds(plant: Plant, lineId: string, known: Known, from: Instant, to: Instant): Instant[] {
  const line = plant.lines.get(lineId);
  if (!line?.constraint || line.machines.length < 2) return [];
  return line.constraint.flatMap(({ value }) =>
    known.facts
      .pieces(value, from, to)
      .map((piece) => piece.start)
      .filter((t) => t % MINUTE !== 0),
  );
}

interface Fold {
  readonly asOf: Instant;
  readonly entries: readonly Entry[];
  readonly since: Instant;
  readonly until: Instant;
  readonly cuts: readonly Instant[];
}

function foldSamples(
  { plant, samples, progress, warn }: ReplayInput,
  { asOf, entries, since, until, cuts }: Fold,
): Known {
  const facts = new FactStore(
    Math.min(since, ...[...plant.machines.keys()].map((m) => piecesNeededFrom(plant, m, entries, since))),
    until,
  );
  const aggregator = createAggregator(plant, { cuts, hotSeconds: HOT_SECONDS });
  let count = 0;
  let last = until;
  let next = Number.NEGATIVE_INFINITY;
  let ignored = 0;
  for (const sample of samples.inOrder(asOf)) {
    if (sample.t < since - FARTHEST_MS || sample.t > until + FARTHEST_MS) {
      ignored++;
      continue;
    }
    // A count at a full minute belongs to the minute that ends there, so a minute closes a little later.
    if (sample.t > next + MINUTE) {
      if (Number.isFinite(next)) {
        aggregator.advance(next);
        facts.add(aggregator.takeChanges());
      }
      next = Math.floor(sample.t / STEP_MS) * STEP_MS + STEP_MS;
    }
    aggregator.ingest(sample);
    last = Math.max(last, sample.t);
    if (++count % 500_000 === 0) progress(`${count} of ${samples.size} samples folded`);
  }
  aggregator.advance(Math.ceil(last / MINUTE) * MINUTE);
  facts.add(aggregator.takeChanges());
  if (ignored > 0)
    warn(
      `${ignored} samples lie more than 1000 days from every query and were left out; check the clock that stamped them`,
    );
  return {
    plant,
    facts,
    entries,
    findings: aggregator.findings,
    since,
    knownUntil: Number.isFinite(asOf) ? asOf : last,
  };
}
