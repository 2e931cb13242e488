import type { Plant } from '#shared/plant/model.ts';
import { notFound } from './problem.ts';

/** What a scope of the interfaces stands for on this plant. */
export interface Scope {
  readonly text: string;
  readonly kind: 'site' | 'area' | 'line' | 'machine' | 'meter';
  readonly id: string;
  /** Lines whose sums it is; for a machine the line that the machine is on; for a meter none. */
  readonly lines: readonly string[];
  /** In the order of the plant file. */
  readonly machines: readonly string[];
}

/** Null for a scope that this plant does not have. */
export function scopeOf(plant: Plant, text: string): Scope | null {
  const cut = text.indexOf(':');
  const kind = cut < 0 ? text : text.slice(0, cut);
  const id = cut < 0 ? '' : text.slice(cut + 1);
  const ofLines = (lines: readonly string[]): Scope | null =>
    lines.length === 0 && kind !== 'site'
      ? null
      : {
          text,
          kind: kind as Scope['kind'],
          id,
          lines,
          machines: lines.flatMap((line) => plant.lines.get(line)?.machines ?? []),
        };
  switch (kind) {
    case 'site':
      return ofLines([...plant.lines.keys()]);
    case 'area':
      return ofLines([...plant.lines.values()].filter((line) => line.area === id).map((line) => line.id));
    case 'line':
      return ofLines(plant.lines.has(id) ? [id] : []);
    case 'machine': {
      const machine = plant.machines.get(id);
      return machine ? { text, kind, id, lines: [machine.line], machines: [id] } : null;
    }
    case 'meter':
      return plant.meters.has(id) ? { text, kind, id, lines: [], machines: [] } : null;
    default:
      return null;
  }
}

/** @throws Problem 404 that names what there is. */
export function requireScope(plant: Plant, text: string): Scope {
  const scope = scopeOf(plant, text);
  if (scope) return scope;
  const lines = [...plant.lines.keys()].slice(0, 20).map((id) => `line:${id}`);
  throw notFound(`This plant has no ${text}. It has site, ${lines.join(', ')}; /api/v1/plant lists everything.`);
}
