import type { DeskAnswer } from '#shared/contract/desk.ts';
import type { JudgedSpan } from '#shared/oee/judged.ts';
import { constraintAt } from '#shared/oee/line.ts';
import { lostAt } from '#shared/oee/lost-pieces.ts';
import { type Stop, stopsOf } from '#shared/oee/stops.ts';
import type { Plant } from '#shared/plant/model.ts';

/*
 * What stops of a shift cost.
 *
 * - Pieces are good pieces not made at the ideal cycle of the product then; money is those x what a piece contributes, else
 *   seconds x the machine's cost per hour. The energy drawn meanwhile is not in it.
 * - On a line with a constraint pieces are lost at the constraint only.
 * - A row of the Pareto is a reason; stops without one go by how they looked.
 */
export interface MachineStop {
  readonly machine: string;
  readonly stop: Stop;
  readonly pieces: number;
  readonly money: number | null;
}

export function stopsWithLosses(
  plant: Plant,
  lineId: string,
  byMachine: ReadonlyMap<string, readonly JudgedSpan[]>,
): MachineStop[] {
  const found: MachineStop[] = [];
  for (const [machine, spans] of byMachine) {
    const constraint = constraintAt(plant, lineId, spans[0]?.start ?? 0);
    const losesPieces = constraint === null || constraint === machine;
    let next = 0;
    for (const stop of stopsOf(spans, plant)) {
      if (stop.category === 'scheduleLoss') continue;
      let pieces = 0;
      let money: number | null = null;
      while (next < spans.length && (spans[next]?.end ?? 0) <= stop.start) next += 1;
      for (let i = next; i < spans.length; i++) {
        const span = spans[i];
        if (!span || (stop.end !== null && span.start >= stop.end)) break;
        if (span.stretchStart !== stop.stretchStart || span.reason !== stop.reason || span.category !== stop.category)
          continue;
        const lost = costOf(plant, machine, span, losesPieces);
        pieces += lost.pieces;
        if (lost.money !== null) money = (money ?? 0) + lost.money;
      }
      found.push({ machine, stop, pieces, money });
    }
  }
  return found.sort((a, b) => a.stop.start - b.stop.start);
}

function costOf(plant: Plant, machine: string, span: JudgedSpan, losesPieces: boolean) {
  const seconds = (span.end - span.start) / 1000;
  const ideal = span.idealSecondsPerPiece;
  const lost = lostAt(plant, machine, span.product, { counts: ideal ? seconds / ideal : null, seconds, losesPieces });
  return losesPieces ? lost : { ...lost, pieces: 0 };
}

/** Largest first by seconds; the screen sorts by whatever is asked. */
export function paretoOf(stops: readonly MachineStop[]): DeskAnswer['pareto'] {
  const rows = new Map<string, DeskAnswer['pareto'][number]>();
  for (const { stop, pieces, money } of stops) {
    const key = stop.reason ?? `?${stop.look}`;
    const row = rows.get(key) ?? {
      reason: stop.reason,
      name: stop.reasonName ?? (stop.look === 'minor' ? 'Minor stops' : 'No reason yet'),
      look: stop.look,
      seconds: 0,
      count: 0,
      pieces: 0,
      money: null,
    };
    rows.set(key, {
      ...row,
      seconds: row.seconds + stop.seconds,
      count: row.count + 1,
      pieces: row.pieces + pieces,
      money: money === null ? row.money : (row.money ?? 0) + money,
    });
  }
  return [...rows.values()].sort((a, b) => b.seconds - a.seconds || a.name.localeCompare(b.name, 'en'));
}
