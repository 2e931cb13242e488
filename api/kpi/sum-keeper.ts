import type { Plant } from '#shared/plant/model.ts';
import { type Instant, MINUTE, SECOND, type Span } from '#shared/time/instant.ts';
import { dayBounds } from '#shared/time/periods.ts';
import type { HistorianLink } from '../historian/link.ts';
import type { LiveStore } from '../live/store.ts';
import { slicesOf } from './bounds.ts';
import { rootMeters } from './energy-slices.ts';
import type { KpiService } from './service.ts';

/*
 * Judges finished days before anybody asks, so that a month's report only adds up.
 *
 * - One line and one local day at a time, newest first, then a pause: at most a third of a core, and live screens come first.
 * - A day that was changed since is judged again: late facts and entries say so, and after a restart the stamps do.
 * - While an edge writes the past it waits: every day would be judged many times.
 */
export interface SumKeeper {
  /** Resolves when every day was looked at once, with how many lines' days that were. */
  readonly first: Promise<number>;
  stop(): Promise<void>;
}

export interface SumKeeperDeps {
  readonly plant: () => Plant;
  readonly kpi: KpiService;
  readonly historian: HistorianLink;
  readonly live: Pick<LiveStore, 'heldFrom'>;
  readonly clock: () => Instant;
  readonly log: (line: string) => void;
  /** Rest after each second of work; default 2. */
  readonly pauseSeconds?: number;
}

const EVERY_MS = 5 * MINUTE;
const UNSETTLED_MS = 2 * SECOND;
/** Sums of a day are made when late data of the ordinary kind is in. */
const SETTLED_MS = 30 * MINUTE;
const PAUSE_SECONDS = 2;

export function startSumKeeper(deps: SumKeeperDeps): SumKeeper {
  const { plant, kpi, historian, live, clock, log, pauseSeconds = PAUSE_SECONDS } = deps;
  const done = new Map<string, Span>();
  let stopped = false;
  let wake: (() => void) | null = null;
  let told = false;

  kpi.onInvalidated((span) => {
    for (const [key, day] of done) if (day.start <= span.end && day.end >= span.start) done.delete(key);
  });

  async function pass(): Promise<number> {
    if (!historian.connected) return 0;
    const reader = historian.reader();
    const extent = reader.factRevisions ? await reader.extent() : null;
    if (!extent) return 0;
    let days = 0;
    const until = Math.min(clock() - SETTLED_MS, live.heldFrom ?? Number.POSITIVE_INFINITY);
    const zone = plant().site.timezone;
    for (let day = dayBounds(zone, until); day.end > extent.from; day = dayBounds(zone, day.start - 1)) {
      if (day.end > until) continue;
      for (const line of plant().lines.values()) {
        const key = `${line.id} ${day.start}`;
        if (stopped) return days;
        if (done.has(key)) continue;
        const begun = performance.now();
        await kpi.kpi.ofLine(line, slicesOf(plant(), [line], day.start, day.end), 'both');
        done.set(key, day);
        days += 1;
        await pause((performance.now() - begun) * pauseSeconds);
      }
      for (const meter of rootMeters(plant())) {
        const key = `meter ${meter} ${day.start}`;
        if (stopped) return days;
        if (done.has(key)) continue;
        const begun = performance.now();
        await kpi.energy.of(meter, slicesOf(plant(), [...plant().lines.values()], day.start, day.end));
        done.set(key, day);
        await pause((performance.now() - begun) * pauseSeconds);
      }
    }
    return days;
  }

  function pause(ms: number): Promise<void> {
    if (stopped) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  let firstDone: (days: number) => void = () => {};
  const first = new Promise<number>((resolve) => {
    firstDone = resolve;
  });

  async function run(): Promise<void> {
    while (!stopped) {
      try {
        if (historian.connected && !kpi.settled) {
          await pause(UNSETTLED_MS);
          continue;
        }
        firstDone(await pass());
        told = false;
      } catch (error) {
        // Tried again; a question that needs these days says itself what is wrong.
        if (!told) log(`sums of past days are not made for now (${error instanceof Error ? error.message : error})`);
        told = true;
      }
      await pause(EVERY_MS);
    }
  }

  const running = run();
  return {
    first,
    async stop() {
      stopped = true;
      wake?.();
      await running;
    },
  };
}
