import { type Plant, valueAt } from '../plant/model.ts';
import type { Instant } from '../time/instant.ts';

/**
 * Ideal seconds per counted piece: the cycle time of the product (else of the machine) in force at `t`, over its nominal
 * cavities. Null where neither the product nor the machine has one.
 */
export function idealSecondsPerPiece(plant: Plant, machineId: string, productId: string, t: Instant): number | null {
  const product = plant.products.get(productId);
  const cycle = product?.idealCycleSeconds ?? plant.machines.get(machineId)?.idealCycleSeconds ?? null;
  if (cycle === null) return null;
  return valueAt(cycle, t) / (product?.cavities ?? 1);
}
