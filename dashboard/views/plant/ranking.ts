import type { LineView, Look, MachineView, ScopeView } from '#shared/contract/socket.ts';
import { instant } from '../../format/clock.ts';
import { LOOKS_BY_LOUDNESS } from '../../glyphs/shapes.ts';

export type Order = 'attention' | 'line';

/** How many machines show each look, worst first; looks that nobody shows are left out. */
export function tally(machines: readonly MachineView[]): { look: Look; count: number }[] {
  return LOOKS_BY_LOUDNESS.map((look) => ({ look, count: machines.filter((m) => m.look === look).length })).filter(
    (entry) => entry.count > 0,
  );
}

/**
 * What somebody should see to, by money lost per hour. Where no value is known: the louder state, then the longer time.
 * A machine that only waits is the consequence of another one and is ranked only when its own loss is known.
 */
export function attention(machines: readonly MachineView[], slots: number): MachineView[] {
  return machines
    .filter(
      (machine) =>
        machine.look === 'down' ||
        machine.look === 'minor' ||
        machine.look === 'setup' ||
        machine.look === 'unknown' ||
        (machine.look === 'idle' && (machine.lossPerHour ?? 0) > 0),
    )
    .sort((a, b) => (b.lossPerHour ?? -1) - (a.lossPerHour ?? -1) || byLoudness(a, b))
    .slice(0, slots);
}

export interface LineTiles {
  readonly line: LineView;
  readonly machines: readonly MachineView[];
}

/** Lines with their machines. `line`: as in the plant file. `attention`: the worst line first, its worst machine first. */
export function lineTiles(view: ScopeView, order: Order): LineTiles[] {
  const lines = Object.values(view.lines).map((line) => ({
    line,
    machines: line.machines.flatMap((id) => view.machines[id] ?? []),
  }));
  if (order === 'line') return lines;
  return lines
    .map(({ line, machines }) => ({ line, machines: [...machines].sort(byLoudness) }))
    .sort((a, b) => {
      const byLoss = lossOf(b.machines) - lossOf(a.machines);
      const [worstA] = a.machines;
      const [worstB] = b.machines;
      return byLoss || (worstA && worstB ? byLoudness(worstA, worstB) : b.machines.length - a.machines.length);
    });
}

function lossOf(machines: readonly MachineView[]): number {
  return Math.max(0, ...machines.map((machine) => machine.lossPerHour ?? 0));
}

function byLoudness(a: MachineView, b: MachineView): number {
  return (
    LOOKS_BY_LOUDNESS.indexOf(a.look) - LOOKS_BY_LOUDNESS.indexOf(b.look) ||
    (a.look === 'run' ? 0 : (instant(a.since) ?? 0) - (instant(b.since) ?? 0))
  );
}

/** The same rows in an order decided earlier; whatever that order did not know comes last. */
export function inKnownOrder(
  rows: readonly LineTiles[],
  lineIds: readonly string[],
  machineIds: readonly string[],
): LineTiles[] {
  const place = (ids: readonly string[], id: string): number => {
    const index = ids.indexOf(id);
    return index < 0 ? ids.length : index;
  };
  return rows
    .map(({ line, machines }) => ({
      line,
      machines: [...machines].sort((a, b) => place(machineIds, a.id) - place(machineIds, b.id)),
    }))
    .sort((a, b) => place(lineIds, a.line.id) - place(lineIds, b.line.id));
}
