import type { PlantDraft } from './draft.ts';
import { known, type Report } from './references.ts';

/** Meters: their sources, parents, sums and what they feed. */
export function checkMeters(draft: PlantDraft, report: Report): void {
  const { declared } = draft;
  for (const { path, value: meter } of draft.meters) {
    for (const key of ['importWh', 'exportWh', 'importVarh', 'powerW'] as const) {
      const register = meter[key];
      if (!register) continue;
      known('source', register.binding.source, declared.sources, [...path, key, 'source'], report);
      if (meter.sum) report([...path, key], 'stands beside sum; a virtual meter is worked out and reads nothing');
    }
    if (meter.parent !== null) known('meter', meter.parent, declared.meters, [...path, 'parent'], report);
    for (const { value: feeds } of meter.feeds) {
      const fed = new Set<string>();
      for (const { machine } of feeds) {
        known('machine', machine, declared.machines, [...path, 'feeds'], report);
        if (fed.has(machine)) report([...path, 'feeds'], `names the machine "${machine}" twice; add its shares up`);
        fed.add(machine);
      }
    }
    if (meter.sum?.some((term) => term.meter === meter.id)) report([...path, 'sum'], 'adds the meter to itself');
    meter.sum?.forEach((term, i) => {
      known('meter', term.meter, declared.meters, [...path, 'sum', i], report);
    });
    if (!meter.importWh && !meter.powerW && !meter.sum) {
      report(path, 'has neither importWh nor powerW nor sum, so it measures nothing; give it one');
    }
  }
  reportCycles(draft, report);
}

function reportCycles(draft: PlantDraft, report: Report): void {
  const parents = new Map(draft.meters.map(({ value }) => [value.id, value.parent === null ? [] : [value.parent]]));
  const terms = new Map(draft.meters.map(({ value }) => [value.id, (value.sum ?? []).map((t) => t.meter)]));
  for (const [edges, key, what] of [
    [parents, 'parent', 'is below itself in the meter tree'],
    [terms, 'sum', 'is part of its own sum'],
  ] as const) {
    const told = new Set<string>();
    for (const { path, value } of draft.meters) {
      const cycle = cycleFrom(value.id, edges);
      if (!cycle || told.has(value.id) || (cycle.length === 2 && key === 'sum')) continue;
      for (const id of cycle) told.add(id);
      report([...path, key], `${what}: ${cycle.join(' -> ')}; break the ring`);
    }
  }
}

/** A way from `start` back to it along the edges, both ends included; null where there is none. */
function cycleFrom(start: string, edges: ReadonlyMap<string, readonly string[]>): string[] | null {
  const cameFrom = new Map<string, string>();
  const open = [start];
  for (let at = open.shift(); at !== undefined; at = open.shift()) {
    for (const next of edges.get(at) ?? []) {
      if (next === start) {
        const way = [start];
        for (let back: string | undefined = at; back !== undefined && back !== start; back = cameFrom.get(back))
          way.unshift(back);
        return [start, ...way];
      }
      if (cameFrom.has(next)) continue;
      cameFrom.set(next, at);
      open.push(next);
    }
  }
  return null;
}
