import { createLiveStore, type LiveStore } from '#api/live/store.ts';
import { createViews, type LiveViews } from '#api/live/views.ts';
import type { Counters } from '#api/metrics/counters.ts';
import { parsePlant } from '#shared/plant/parse.ts';
import { machineTopic } from '#shared/plant/topics.ts';
import { type Instant, MINUTE, SECOND } from '#shared/time/instant.ts';
import { monthPlant } from './month-historian.ts';

/* The views of a plant whose every machine says something new each second, through the live store and the judgement of the api. */

/** 09:00 on a Wednesday in London: three hours into the early shift. */
const START = Date.UTC(2026, 5, 10, 8);
const SHIFT_START = START - 180 * MINUTE;

/** Pieces of a machine in a minute: no two machines make the same, or their figures would compress to nothing. */
function made(machine: number, minute: number): number {
  return 41 + ((machine * 7919 + minute * 104_729 + machine * machine * 31) % 19);
}

export interface ChangingPlant {
  readonly live: LiveStore;
  readonly views: LiveViews;
  readonly plant: ReturnType<typeof parsePlant>['plant'];
  clock(): Instant;
  /** Another second has passed: every machine counted a piece and drew another power. */
  change(): void;
}

export function changingPlant(machines: number, counters: Counters): ChangingPlant {
  const { plant } = parsePlant(monthPlant(machines), { hash: 'bench' });
  let now = START;
  const clock = (): Instant => now;
  const live = createLiveStore(() => plant, clock, counters);
  const ids = [...plant.machines.keys()];
  for (const [n, machine] of ids.entries()) {
    const pieces = [];
    const intervals = [];
    // A stop of a minute each eleventh minute: about as many stretches on a ribbon as a real shift has.
    for (let minute = SHIFT_START; minute < START; minute += MINUTE) {
      const down = (minute / MINUTE + n) % 11 === 0;
      const state = down ? ('down' as const) : ('running' as const);
      const part = { intervalStart: minute, start: minute, end: minute + MINUTE, revision: 1 };
      const totalCount = down ? 0 : made(n, minute / MINUTE);
      const rejectCount = down ? 0 : (n + minute / MINUTE) % 3;
      const counts = { totalCount, goodCount: totalCount - rejectCount, rejectCount };
      pieces.push({ machine, minute, state, product: 'A', order: '', slot: 0, ...part, ...counts });
      intervals.push({ machine, start: minute, end: minute + MINUTE, state, reason: null, revision: 1 });
    }
    live.mergeFacts({ pieces, intervals });
  }
  let revision = 0;
  const change = (): void => {
    now += SECOND;
    revision += 1;
    for (const [n, machine] of ids.entries()) {
      const minute = Math.floor(now / MINUTE) * MINUTE;
      const seconds = Math.floor((now - minute) / SECOND);
      const part = { intervalStart: START, start: Math.max(START, minute), end: now, revision };
      const totalCount = Math.floor((made(n, minute / MINUTE) * seconds) / 60);
      const counts = { totalCount, goodCount: totalCount, rejectCount: 0 };
      const pieces =
        seconds === 0
          ? []
          : [{ machine, minute, state: 'running', product: 'A', order: '', slot: 0, ...part, ...counts }];
      const body = {
        version: 1,
        edge: 'bench',
        epoch: 1,
        revision,
        machine,
        t: now,
        state: 'running',
        stateSince: START,
        powerW: 20_000 + ((revision * 37 + n * 101) % 4_000),
        openFacts: {
          intervals: [{ machine, start: START, end: null, state: 'running', reason: null, revision }],
          pieces,
        },
        conditions: {},
      };
      live.apply(machineTopic(plant, machine, 'live'), Buffer.from(JSON.stringify(body)));
    }
  };
  const views = createViews({
    plant: () => plant,
    live,
    entries: { ofMachine: () => [], all: () => NONE, asOf: () => [] },
    clock,
    energy: { energy: () => null, demand: () => null },
    siteFindings: () => [],
  });
  return { live, views, plant, clock, change };
}

const NONE: readonly never[] = [];
