import type { Journal, Reread } from '#edge/journal/journal.ts';
import type { Checkpoint } from '#edge/pipeline/checkpoint.ts';
import { createFactMemory, type SentFact } from '#edge/pipeline/memory.ts';
import { UserError } from '#shared/contract/command.ts';
import { emptyBatch, type FactBatch, type MachinePiece, type MeterPiece } from '#shared/oee/facts.ts';
import type { Plant } from '#shared/plant/model.ts';
import { placeOf } from '#shared/store/fact-key.ts';
import { DAY, type Instant, minuteOf, toIso } from '#shared/time/instant.ts';
import { foldJournal } from './fold.ts';
import { type AnyFact, FreshFacts, isSame, type KeyedFact, voidOf } from './fresh-facts.ts';
import { type MachineWindow, machineWindow } from './machine-window.ts';
import { rebinderOf } from './rebind.ts';

/*
 * Facts made again from the journal, after the plant file said something wrong about a signal: a map, a scale, a modulus, the
 * threshold of a derived state.
 *
 * - Every sample goes through the production aggregator again, read by the plant file of now.
 * - Only what differs from what was sent is sent, with a revision above all before it; keys that vanish are sent void, and
 *   what they replace goes into the history, so `asOf` still answers as it was known.
 * - Facts, the values that the journal's samples have now, and the checkpoint are one transaction; the edge goes on from it.
 */
export interface RecomputeOptions {
  readonly plant: Plant;
  readonly journal: Journal;
  /** Machines and meters of this edge. */
  readonly owns: (owner: string) => boolean;
  readonly from: Instant;
  /** Null: to the end. */
  readonly to: Instant | null;
  readonly now: Instant;
  progress(t: Instant): void;
}

export interface Recomputed {
  readonly changed: number;
  readonly voided: number;
  readonly same: number;
  readonly from: Instant;
  readonly to: Instant;
  /** Sentences about machines whose window is another. */
  readonly notes: readonly string[];
}

/** A pruned journal must hold readings and states from before the first rewritten minute. */
const RUN_UP_MS = DAY;
/** Nearer to now than this a rewrite goes to the end: the edge still changes those facts itself. */
const LIVE_MS = DAY / 4;
const FACTS_AT_ONCE = 5000;

/** @throws UserError where the journal does not reach far enough. */
export function recompute(options: RecomputeOptions): Recomputed {
  const { plant, journal, owns, now } = options;
  const checkpoint = journal.checkpoint() as Checkpoint | null;
  if (checkpoint === null) throw new UserError('the edge has made no facts here yet; there is nothing to recompute');
  const end = minuteOf(checkpoint.watermark);
  const from = minuteOf(options.from);
  const to = options.to === null || options.to > end - LIVE_MS ? Number.POSITIVE_INFINITY : minuteOf(options.to);
  requireReach(journal, from, end);

  const revision = journal.highestRevision() + 1;
  const rebind = rebinderOf(plant);
  const fresh = new FreshFacts(journal);
  const aggregator = foldJournal({
    plant,
    journal,
    rebind,
    to: checkpoint.watermark,
    firstRevision: revision + 1,
    take: (batch) => fresh.take(batch),
    progress: options.progress,
  });
  const machines = [...plant.machines.keys()].filter(owns);
  const windows = new Map(
    machines.map((id) => [id, machineWindow(id, fresh.intervals(id), journal, { from, to })] as const),
  );
  const windowOf = (fact: KeyedFact) => {
    const { owner, machine } = ownersOf(fact);
    return windows.get(machine || owner) ?? (owns(owner) && plant.meters.has(owner) ? { from, to } : null);
  };
  const rows = [...rewritten(fresh, journal, windows, windowOf)].map(({ kind, fact }) => ({
    kind,
    fact: { ...fact, revision },
  }));
  // All of them: the aggregator that goes on from here has read them so, and asks the journal for what it has forgotten.
  const reread: Reread = (sample) =>
    owns(sample.signal.slice(0, sample.signal.lastIndexOf('.'))) ? rebind(sample) : null;
  commit(journal, rows, { version: 1, watermark: checkpoint.watermark, aggregator }, now, reread);
  const voided = rows.filter(({ fact }) => fact.void === true).length;
  const notes = [...windows].flatMap(([id, window]) =>
    window.note === null ? [] : [`${id}: from ${toIso(window.from)}, because ${window.note}`],
  );
  return { changed: rows.length - voided, voided, same: fresh.sameCount, from, to: Math.min(to, end), notes };
}

function requireReach(journal: Journal, from: Instant, end: Instant): void {
  const oldest = journal.oldest();
  const reach = oldest === null ? end : journal.wasPruned() ? oldest + RUN_UP_MS : oldest;
  if (from >= minuteOf(reach)) {
    if (from < end) return;
    throw new UserError(`--from must be before ${toIso(end)}, up to when facts were made`);
  }
  throw new UserError(`the journal does not reach back to --from; the earliest is ${toIso(reach)}`);
}

type Bounds = Pick<MachineWindow, 'from' | 'to'> & Partial<Pick<MachineWindow, 'isCutAtFrom' | 'restarted'>>;

/** Everything that has to be sent, revisions still to be given. */
function* rewritten(
  fresh: FreshFacts,
  journal: Journal,
  windows: ReadonlyMap<string, MachineWindow>,
  windowOf: (fact: KeyedFact) => Bounds | null,
): Generator<KeyedFact> {
  const standing = new Set<string>();
  for (const [machine, { intervals }] of windows) {
    for (const fact of intervals) {
      standing.add(`${machine} ${fact.start}`);
      const sent = journal.sent('interval', placeOf({ kind: 'interval', fact }))?.fact;
      if (!isSame(fact, sent)) yield { kind: 'interval', fact };
    }
  }
  for (const change of fresh.changed()) {
    const window = windowOf(change);
    const { t } = placeOf(change);
    if (!window || t < window.from || t >= window.to) continue;
    const fact = restarted(change.fact, window);
    if (!isSame(fact, journal.sent(change.kind, placeOf(change))?.fact)) yield { kind: change.kind, fact };
  }
  const earliest = Math.min(...[...windows.values()].map((window) => window.from));
  for (const was of journal.sentBetween(earliest, Number.MAX_SAFE_INTEGER)) {
    const window = windowOf(was);
    const { t } = placeOf(was);
    if (!window || was.fact.void === true || t < window.from) continue;
    if (was.kind === 'interval') {
      const isGone = t < window.to && !standing.has(`${ownersOf(was).owner} ${t}`);
      if (isGone) yield { kind: was.kind, fact: voidOf(was) };
    } else if (t >= window.to || fresh.isSame(was)) {
      const fact = restarted(was.fact, window);
      if (fact !== was.fact) yield { kind: was.kind, fact };
    } else if (!fresh.has(was)) yield { kind: was.kind, fact: voidOf(was) };
  }
}

/** A piece of an interval that was cut belongs to the part that it lies in. */
function restarted(fact: AnyFact, { from, to, isCutAtFrom, restarted: start }: Bounds): AnyFact {
  if (!('intervalStart' in fact)) return fact;
  if ('machine' in fact && fact.machine === '') return fact;
  if (fact.minute >= to) return fact.intervalStart === start ? { ...fact, intervalStart: to } : fact;
  return isCutAtFrom && fact.intervalStart < from ? { ...fact, intervalStart: from } : fact;
}

function ownersOf(fact: KeyedFact): { readonly owner: string; readonly machine: string } {
  const { owner } = placeOf(fact);
  if (fact.kind === 'counterEvent') return { owner: owner.slice(0, owner.lastIndexOf('.')), machine: '' };
  return { owner, machine: fact.kind === 'meterPiece' ? (fact.fact as MeterPiece).machine : '' };
}

function commit(
  journal: Journal,
  rows: readonly KeyedFact[],
  checkpoint: Checkpoint,
  now: Instant,
  reread: Reread,
): void {
  const memory = createFactMemory(journal);
  const batches: FactBatch[] = [];
  const sent: SentFact[] = [];
  for (let i = 0; i < rows.length; i += FACTS_AT_ONCE) {
    const batch = batchOf(rows.slice(i, i + FACTS_AT_ONCE));
    const applied = memory.apply(batch, now);
    batches.push({ ...batch, history: applied.history });
    sent.push(...applied.sent);
  }
  journal.commitAll({ batches, checkpoint, at: now, sent, reread });
}

function batchOf(rows: readonly KeyedFact[]): FactBatch {
  const batch = emptyBatch();
  for (const { kind, fact } of rows) {
    if (kind === 'interval') batch.intervals.push(fact as FactBatch['intervals'][number]);
    else if (kind === 'piece') batch.pieces.push(fact as MachinePiece);
    else if (kind === 'meterPiece') batch.meterPieces.push(fact as MeterPiece);
    else if (kind === 'condition') batch.conditions.push(fact as FactBatch['conditions'][number]);
    else batch.counterEvents.push(fact as FactBatch['counterEvents'][number]);
  }
  return batch;
}
