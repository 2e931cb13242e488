import { effectiveEntries } from '#shared/ledger/effective.ts';
import type { Entry } from '#shared/ledger/entry.ts';
import { subjectOf } from '#shared/ledger/subject.ts';
import type { Instant } from '#shared/time/instant.ts';
import type { Ledger } from './ledger.ts';

/** The entries that count, per machine, verdicts on its counters with them. The same array for a machine until one comes or goes. */
export interface EffectiveEntries {
  ofMachine(machine: string): readonly Entry[];
  /** All of them, in the order in which they apply. */
  all(): readonly Entry[];
  /** As known at an instant; not kept. */
  asOf(t: Instant): readonly Entry[];
}

const NONE: readonly Entry[] = [];

export function watchEntries(ledger: Ledger): EffectiveEntries {
  let source: readonly Entry[] | null = null;
  let all: readonly Entry[] = [];
  let byMachine = new Map<string, readonly Entry[]>();
  const refresh = (): void => {
    const entries = ledger.entries();
    if (entries === source) return;
    source = entries;
    all = effectiveEntries(entries);
    const next = new Map<string, Entry[]>();
    for (const entry of all) {
      const subject = subjectOf(entry);
      if (subject === null) continue;
      const list = next.get(subject);
      if (list) list.push(entry);
      else next.set(subject, [entry]);
    }
    byMachine = new Map(
      [...next].map(([machine, list]) => {
        const held = byMachine.get(machine);
        return [machine, held && sameList(held, list) ? held : list];
      }),
    );
  };
  return {
    ofMachine(machine) {
      refresh();
      return byMachine.get(machine) ?? NONE;
    },
    all() {
      refresh();
      return all;
    },
    asOf: (t) => effectiveEntries(ledger.entries(), t),
  };
}

function sameList(a: readonly Entry[], b: readonly Entry[]): boolean {
  return a.length === b.length && a.every((entry, i) => entry === b[i]);
}
