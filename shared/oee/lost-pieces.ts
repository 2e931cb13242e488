import type { Plant } from '../plant/model.ts';

/** What was not made, and what it was worth. */
export interface Lost {
  /** Pieces of the product. */
  readonly pieces: number;
  /** Site currency; null where the plant file values neither the product nor the machine's time. */
  readonly money: number | null;
}

/**
 * The worth of counts that a machine did not make, or of time: lost counts x `piecesPerCount` x the product's contribution, else
 * seconds x the machine's cost per hour. `counts` is null where no ideal cycle says how many there would have been. On a line
 * with a constraint pieces are lost at the constraint only: elsewhere (`losesPieces` false) those with a contribution cost nothing.
 */
export function lostAt(
  plant: Plant,
  machine: string,
  product: string,
  { counts, seconds, losesPieces = true }: { counts: number | null; seconds: number; losesPieces?: boolean },
): Lost {
  const here = plant.machines.get(machine);
  const each = plant.products.get(product)?.contributionPerPiece ?? null;
  const pieces = (counts ?? 0) * (here?.piecesPerCount ?? 1);
  if (each !== null && counts !== null) return { pieces, money: losesPieces ? pieces * each : 0 };
  const perHour = here?.costPerHour ?? null;
  return { pieces, money: perHour === null ? null : (seconds / 3600) * perHour };
}
