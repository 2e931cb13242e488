import { idealSecondsPerPiece } from '#shared/oee/ideal.ts';
import { constraintAt } from '#shared/oee/line.ts';
import { lostAt } from '#shared/oee/lost-pieces.ts';
import type { Plant } from '#shared/plant/model.ts';
import { HOUR, SECOND } from '#shared/time/instant.ts';
import type { MachineNow } from './machine-now.ts';
import { waitingFor } from './waiting.ts';

/*
 * Money per hour lost while a machine stays as it is: good pieces that are not made x their contribution, else the
 * machine's cost per hour. On a line with a constraint, pieces are lost at the constraint only; while the constraint
 * waits for a machine that is down, that machine carries the loss.
 */
export function lossPerHour(plant: Plant, now: MachineNow, line: readonly MachineNow[]): number | null {
  if (now.look === 'run' || now.look === 'plan' || now.look === 'unknown' || !now.last) return null;
  const constraintId = constraintAt(plant, now.line.id, now.last.start);
  if (constraintId === null || constraintId === now.machine.id) {
    const blamed = waitingFor(plant, now, line)?.cause;
    return blamed && constraintId !== null ? null : rate(plant, now, true);
  }
  const constraint = line.find((m) => m.machine.id === constraintId);
  const isCause = constraint && waitingFor(plant, constraint, line)?.cause?.machine.id === now.machine.id;
  return isCause ? rate(plant, constraint, true) : rate(plant, now, false);
}

function rate(plant: Plant, { machine, last }: MachineNow, losesPieces: boolean): number | null {
  const ideal = last && idealSecondsPerPiece(plant, machine.id, last.product, last.start);
  const seconds = HOUR / SECOND;
  const counts = ideal ? seconds / ideal : null;
  const { money } = lostAt(plant, machine.id, last?.product ?? '', { counts, seconds, losesPieces });
  return money === null ? null : Math.round(money * 100) / 100;
}
