import type { Plant } from '../plant/model.ts';
import type { Instant } from '../time/instant.ts';
import type { JudgedSpan } from './judged.ts';
import { constraintAt } from './line.ts';

/*
 * Who a machine waits for (RULES section 4). A machine's own figures keep its waiting time; only the line's ledger names the
 * cause: the nearest machine upstream (starved) or downstream (blocked) that was down then, else outside the line. Nothing is
 * moved between machines' sums.
 */

export type WaitingKind = 'starved' | 'blocked' | 'waiting';

/** What a reason says about the side that a machine waits for: by its id or name, as PackML and plants call it. */
export function waitingKind(plant: Plant, reason: string | null): WaitingKind {
  const words = reason === null ? '' : `${reason} ${plant.reasons.get(reason)?.name ?? ''}`;
  if (/starv|infeed|upstream/i.test(words)) return 'starved';
  if (/block|outfeed|downstream/i.test(words)) return 'blocked';
  return 'waiting';
}

export interface WaitingCause {
  readonly kind: WaitingKind;
  /** The machine at fault; null: outside the line. */
  readonly machine: string | null;
}

/** The cause of waiting, given which machines stand still for a reason of their own (`standsStill`). */
export function waitingCause(
  plant: Plant,
  machineId: string,
  reason: string | null,
  standsStill: (machine: string) => boolean,
): WaitingCause {
  const line = plant.lines.get(plant.machines.get(machineId)?.line ?? '');
  const kind = waitingKind(plant, reason);
  if (!line) return { kind, machine: null };
  const place = line.machines.indexOf(machineId);
  for (let distance = 1; distance < line.machines.length; distance++) {
    const upstream = line.machines[place - distance];
    const downstream = line.machines[place + distance];
    if (kind !== 'blocked' && upstream !== undefined && standsStill(upstream)) {
      return { kind: 'starved', machine: upstream };
    }
    if (kind !== 'starved' && downstream !== undefined && standsStill(downstream)) {
      return { kind: 'blocked', machine: downstream };
    }
  }
  return { kind, machine: null };
}

/** It stands still for a reason of its own: not running, not itself waiting, and known. */
export function isAtFault(span: Pick<JudgedSpan, 'state'>): boolean {
  return span.state !== 'running' && span.state !== 'idle' && span.state !== 'unknown';
}

/** A second that a machine waits: idle in planned time, or stopped for an external reason. */
export function isWaiting(plant: Plant, span: JudgedSpan): boolean {
  if (span.category !== 'unplannedStop' && span.category !== 'smallStop') return false;
  const external = span.reason !== null && plant.reasons.get(span.reason)?.external === true;
  return external || (span.state === 'idle' && span.reason === null);
}

export interface LineLoss {
  /** The machine whose stop cost the line this time; null: outside the line. */
  readonly machine: string | null;
  readonly kind: WaitingKind | 'own';
  readonly category: JudgedSpan['category'];
  /** Reason id at the machine at fault, or the constraint's own where nobody on the line is. */
  readonly reason: string | null;
  readonly seconds: number;
  /** How many separate times. */
  readonly count: number;
}

/**
 * Stopped seconds of the line's constraint by who caused them, largest first. The seconds add up to the constraint's small
 * stops, unplanned and planned stops. Empty for a line without a constraint.
 */
export function lineLosses(
  plant: Plant,
  lineId: string,
  spans: ReadonlyMap<string, readonly JudgedSpan[]>,
  at: Instant,
): LineLoss[] {
  const constraint = constraintAt(plant, lineId, at);
  const line = plant.lines.get(lineId);
  if (constraint === null || !line) return [];
  const others = new Map(line.machines.map((id) => [id, cursorOver(spans.get(id) ?? [])]));
  const found = new Map<string, LineLoss & { seconds: number; count: number }>();
  let previous = '';
  for (const span of spans.get(constraint) ?? []) {
    const stopped =
      span.category === 'smallStop' || span.category === 'unplannedStop' || span.category === 'plannedStop';
    if (!stopped) {
      previous = '';
      continue;
    }
    for (const { start, end } of parts(span, [...others.values()])) {
      const cause: { kind: LineLoss['kind']; machine: string | null } = isWaiting(plant, span)
        ? waitingCause(plant, constraint, span.reason, (m) => {
            const there = others.get(m)?.at(start);
            return there !== undefined && isAtFault(there);
          })
        : { kind: 'own', machine: constraint };
      const reason = cause.machine === null ? span.reason : (others.get(cause.machine)?.at(start)?.reason ?? null);
      const key = JSON.stringify([cause.machine, cause.kind, span.category, reason]);
      let row = found.get(key);
      if (!row) {
        row = { ...cause, category: span.category, reason, seconds: 0, count: 0 };
        found.set(key, row);
      }
      row.seconds += (end - start) / 1000;
      if (`${key}${span.stretchStart}` !== previous) row.count++;
      previous = `${key}${span.stretchStart}`;
    }
  }
  return [...found.values()].sort((a, b) => b.seconds - a.seconds);
}

interface Cursor {
  /** The span at `t`; calls come in the order of time. */
  at(t: Instant): JudgedSpan | undefined;
}

function cursorOver(list: readonly JudgedSpan[]): Cursor {
  let i = 0;
  return {
    at(t) {
      while (i < list.length && (list[i] as JudgedSpan).end <= t) i++;
      const span = list[i];
      return span && span.start <= t ? span : undefined;
    },
  };
}

/** [start, end) of a span cut wherever another machine's span ends. */
function parts(span: JudgedSpan, cursors: readonly Cursor[]): { start: Instant; end: Instant }[] {
  const found: { start: Instant; end: Instant }[] = [];
  for (let start = span.start; start < span.end; ) {
    const end = Math.min(span.end, ...cursors.map((c) => c.at(start)?.end ?? span.end));
    found.push({ start, end });
    start = end;
  }
  return found;
}
