import { ownerOf } from '#shared/ledger/subject.ts';
import type { CounterEvent } from '#shared/oee/facts.ts';
import type { Instant } from '#shared/time/instant.ts';

/*
 * Counter steps that are no plausible increase, of the held time: what verdicts speak of. By signal and time; the higher
 * revision wins, a void one stays as a tombstone.
 */
export interface CounterEventFacts {
  /** Returns those that were new. */
  merge(events: readonly CounterEvent[]): CounterEvent[];
  /** Of one machine or meter, in time order, without void ones. The same array until one of them changes. */
  of(owner: string): readonly CounterEvent[];
  all(): readonly CounterEvent[];
  forgetBefore(t: Instant): void;
}

const NONE: readonly CounterEvent[] = [];

export function createCounterEventFacts(): CounterEventFacts {
  const held = new Map<string, Map<string, CounterEvent>>();
  const ordered = new Map<string, readonly CounterEvent[]>();
  return {
    merge(events) {
      const fresh: CounterEvent[] = [];
      for (const event of events) {
        const owner = ownerOf(event.signal);
        const own = held.get(owner) ?? new Map<string, CounterEvent>();
        held.set(owner, own);
        const key = `${event.signal} ${event.t}`;
        if ((own.get(key)?.revision ?? Number.NEGATIVE_INFINITY) >= event.revision) continue;
        own.set(key, event);
        ordered.delete(owner);
        fresh.push(event);
      }
      return fresh;
    },
    of(owner) {
      let list = ordered.get(owner);
      if (!list) {
        const own = held.get(owner);
        if (!own) return NONE;
        list = [...own.values()].filter((e) => e.void !== true).sort((a, b) => a.t - b.t);
        ordered.set(owner, list);
      }
      return list;
    },
    all: () => [...held.values()].flatMap((own) => [...own.values()]),
    forgetBefore(t) {
      for (const [owner, own] of held) {
        for (const [key, event] of own) {
          if (event.t >= t) continue;
          own.delete(key);
          ordered.delete(owner);
        }
      }
    },
  };
}
