import type { Plant } from '#shared/plant/model.ts';

/** Every other machine or meter hangs on another source, so that one can be lost while the other goes on. */
export function overTwoSources(plant: Plant): Plant {
  const sources = new Map(['s0', 's1'].map((id) => [id, { id, type: id, options: {}, owner: null, zone: null }]));
  const bound = <T extends object>(items: ReadonlyMap<string, T>): Map<string, T> =>
    new Map([...items].map(([id, item], n) => [id, rebound(item, `s${n % 2}`)]));
  return { ...plant, sources, machines: bound(plant.machines), meters: bound(plant.meters) } as Plant;
}

function rebound<T extends object>(item: T, source: string): T {
  const parts = Object.entries(item).map(([name, part]) => {
    const isBound = typeof part === 'object' && part !== null && 'binding' in part;
    return [name, isBound ? { ...part, binding: { ...part.binding, source } } : part];
  });
  return Object.fromEntries(parts) as T;
}
