import { effectiveEntries } from '#shared/ledger/effective.ts';
import type { Entry } from '#shared/ledger/entry.ts';
import { withPlanEntries } from '#shared/ledger/plan.ts';
import type { Plant } from '#shared/plant/model.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { PlantFile } from './file.ts';

/**
 * The plant file with the shift exceptions and targets that people entered: now, and as known at an instant. Its listeners
 * are told when such an entry comes or is taken back. Its hash stays that of the file.
 */
export function withEntries(file: PlantFile, ledger: Pick<Ledger, 'entries' | 'onAppend'>): PlantFile {
  let base: Plant | null = null;
  let plan: readonly Entry[] = planned(ledger.entries());
  let current = file.current;
  const plant = (): Plant => {
    if (base !== file.current) {
      base = file.current;
      current = withPlanEntries(base, plan);
    }
    return current;
  };
  const listeners: ((plant: Plant) => void)[] = [];
  ledger.onAppend((entry) => {
    if (!['calendarException', 'target', 'void'].includes(entry.type)) return;
    const next = planned(ledger.entries());
    if (next.length === plan.length && next.every((e, i) => e.id === plan[i]?.id)) return;
    plan = next;
    base = null;
    for (const listener of listeners) listener(plant());
  });
  return {
    get current() {
      return plant();
    },
    at: (asOf) =>
      asOf === undefined ? plant() : withPlanEntries(file.at(asOf), effectiveEntries(ledger.entries(), asOf)),
    changesSince: (since) => file.changesSince(since),
    get refused() {
      return file.refused;
    },
    get notKept() {
      return file.notKept;
    },
    get doubts() {
      return file.doubts;
    },
    onChange(listener) {
      listeners.push(listener);
      file.onChange(() => listener(plant()));
    },
    close: () => file.close(),
  };
}

/** Those that change the plan, in the order in which they apply. */
function planned(entries: readonly Entry[]): readonly Entry[] {
  const some = entries.some((e) => e.type === 'calendarException' || e.type === 'target');
  return some ? effectiveEntries(entries).filter((e) => e.type === 'calendarException' || e.type === 'target') : [];
}
