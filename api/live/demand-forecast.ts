import { createLoadForecast, type LoadForecast } from '#shared/energy/load-forecast.ts';
import { metersBehind } from '#shared/energy/scope.ts';
import { type Plant, valueAt } from '#shared/plant/model.ts';
import { DAY, type Instant, MINUTE, minuteOf } from '#shared/time/instant.ts';
import { intervalBounds } from '#shared/time/periods.ts';
import type { FactReader } from '../kpi/facts.ts';
import { describe, loadMinutes, phasesOf } from './load-minutes.ts';
import type { LiveStore } from './store.ts';

/*
 * The forecast behind the running demand window of one meter: taught with the last days in the background, then minute by
 * minute. Until it has learned, and wherever a load cannot be told, there is none, and who asks takes the naive one.
 */
export interface DemandForecast {
  /** Mean kW of the meter from `from` on for `minutes`; null while it is not known. */
  meanKw(from: Instant, minutes: number): number | null;
  /** Mean absolute error of its forecasts made at the middle of a window, kW; 0 while there are too few. */
  readonly errorKw: number;
  stop(): void;
}

export interface DemandForecastOptions {
  readonly plant: Plant;
  readonly live: LiveStore;
  readonly facts: FactReader;
  readonly meter: string;
  readonly zone: string;
  readonly windowMinutes: number;
  readonly clock: () => Instant;
  readonly log: (line: string) => void;
}

const TAUGHT_DAYS = 7;
/** A chunk of the past is read and learned, then live screens get their turn. */
const CHUNK_MS = DAY / 4;
const REST_MS = 50;
const RETRY_MS = 10_000;
/** Minutes before it says anything: an hour tells one machine's stops from its runs. */
const LEAST_MINUTES = 60;
const ERROR_KEEP = 0.99;
const LEAST_ERRORS = 12;

export function createDemandForecast(options: DemandForecastOptions): DemandForecast {
  const { plant, live, facts, meter, zone, windowMinutes, clock, log } = options;
  const model: LoadForecast = createLoadForecast();
  const phaseOf = phasesOf(plant);
  const meters = metersBehind(plant, meter);
  const machineOf = new Map(meters.map((id) => [id, fedBy(id)]));
  let learnedTo: Instant | null = null;
  let stopped = false;
  let states = new Map<string, Map<string, string>>();
  let errors = { n: 0, kW: 0 };
  let open: { start: Instant; end: Instant; wh: number; minutes: number; forecastKw: number | null } | null = null;

  void teach();

  async function teach(): Promise<void> {
    let told = false;
    let until = minuteOf(clock()) - MINUTE;
    for (let from = until - TAUGHT_DAYS * DAY; from < until && !stopped; ) {
      const to = Math.min(from + CHUNK_MS, until);
      try {
        learn(await facts.ofMeters(meters, from, to));
        from = to;
        await rest(REST_MS);
      } catch (error) {
        // A historian that is not there yet, or away: the past is worth waiting for, and the naive figure stands meanwhile.
        if (!told) log(`the demand forecast waits for the past (${error instanceof Error ? error.message : error})`);
        told = true;
        await rest(RETRY_MS);
        until = minuteOf(clock()) - MINUTE;
      }
    }
    learnedTo = until;
  }

  function learn(pieces: Parameters<typeof loadMinutes>[2]): void {
    for (const { minute, loads } of loadMinutes(plant, meter, pieces, phaseOf)) {
      model.learn(loads);
      score(minute, loads.length === meters.length ? loads.reduce((sum, load) => sum + load.kW, 0) : null);
    }
  }

  /** Holds its own forecasts against what came. */
  function score(minute: Instant, kW: number | null): void {
    const bounds = intervalBounds(zone, minute, windowMinutes);
    if (!open || open.start !== bounds.start) open = { ...bounds, wh: 0, minutes: 0, forecastKw: null };
    if (kW === null) return;
    open.wh += (kW * 1000) / 60;
    open.minutes += 1;
    const now = minute + MINUTE;
    const whole = (open.end - open.start) / MINUTE;
    if (now - open.start === Math.floor(whole / 2) * MINUTE && open.minutes * MINUTE === now - open.start) {
      const left = (open.end - now) / MINUTE;
      const mean = ahead(now, left);
      open.forecastKw = mean === null ? null : (open.wh / 1000 + (mean * left) / 60) / (whole / 60);
    }
    if (now === open.end && open.forecastKw !== null && open.minutes === whole) {
      const off = Math.abs(open.forecastKw - open.wh / 1000 / (whole / 60));
      errors = { n: errors.n * ERROR_KEEP + 1, kW: errors.kW * ERROR_KEEP + off };
    }
  }

  function ahead(from: Instant, minutes: number): number | null {
    let sum = 0;
    for (const id of meters) {
      const now = describe(plant, id, from, phaseOf, states.get(id));
      const kW = model.meanKw(now, minutes, (k) => phaseOf(machineOf.get(id) ?? null, from + k * MINUTE));
      if (kW === null) return null;
      sum += kW;
    }
    return sum;
  }

  /** Minutes that closed since, and what the machines do in the one that is open. */
  function follow(): void {
    const closed = live.meter(meter).facts.lastClosed;
    if (learnedTo === null || closed === null) return;
    const from = learnedTo;
    const pieces = meters.flatMap((id) => live.meter(id).facts.known(from));
    if (closed >= from) {
      learn(pieces.filter((piece) => piece.minute >= from && piece.minute <= closed));
      learnedTo = closed + MINUTE;
    }
    states = new Map();
    for (const piece of pieces.sort((a, b) => a.start - b.start)) {
      if (piece.machine === '') continue;
      const own = states.get(piece.meter) ?? new Map<string, string>();
      states.set(piece.meter, own.set(piece.machine, piece.state));
    }
  }

  function fedBy(id: string): string | null {
    const feeds = plant.meters.get(id)?.feeds;
    return feeds ? (valueAt(feeds, Number.POSITIVE_INFINITY)[0]?.machine ?? null) : null;
  }

  return {
    stop() {
      stopped = true;
    },
    get errorKw() {
      return errors.n < LEAST_ERRORS ? 0 : errors.kW / errors.n;
    },
    meanKw(from, minutes) {
      if (learnedTo === null) return null;
      follow();
      return model.minutes < LEAST_MINUTES ? null : ahead(from, minutes);
    },
  };
}

/** Does not keep a process alive that wants to end. */
function rest(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms).unref());
}
