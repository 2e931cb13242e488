import type { CouldWait, DemandView } from '#shared/contract/socket.ts';
import { alarmLevel, createDemandWatch, type DemandWatch } from '#shared/energy/demand-alarm.ts';
import { billingPeriod, costOfBlock, type PeakSoFar, peaksOf } from '#shared/energy/demand-cost.ts';
import { tariffFor } from '#shared/energy/scope.ts';
import { wordOf } from '#shared/oee/look.ts';
import type { Plant, Tariff } from '#shared/plant/model.ts';
import { HOUR, type Instant, MINUTE, toIso } from '#shared/time/instant.ts';
import { loadRows } from '../energy/load.ts';
import type { KpiService } from '../kpi/service.ts';
import { createDemandForecast, type DemandForecast } from './demand-forecast.ts';
import type { MachineNow } from './machine-now.ts';
import type { LiveStore } from './store.ts';

/*
 * What a demand tile says beyond energy so far and power now: where the window will end, what that costs, and who could wait.
 *
 * - The forecast is that of the meter, learned; without one the naive extrapolation stands, and the view says which it is.
 * - Peaks of the billing period are read again whenever a window is over.
 */
export interface DemandViews {
  /** The view with forecast, level, cost and alarm. */
  foreseen(plant: Plant, view: DemandView, now: Instant): DemandView;
  reset(): void;
}

export interface DemandViewsOptions {
  readonly live: LiveStore;
  readonly kpi: KpiService;
  readonly clock: () => Instant;
  readonly nows: () => ReadonlyMap<string, MachineNow>;
  readonly log: (line: string) => void;
}

const MAX_WAITING = 6;
const RETRY_MS = MINUTE / 2;
/** Less than this is not worth a walk. */
const LEAST_KW = 0.5;
/** From this share of the level on, who could wait is of interest. */
const NEAR = 0.9;

interface Peaks {
  readonly key: string;
  found: PeakSoFar | null;
  /** After a failure; else never. */
  retryAt: Instant;
}

export function createDemandViews({ live, kpi, clock, nows, log }: DemandViewsOptions): DemandViews {
  const forecasts = new Map<string, DemandForecast>();
  const watches = new Map<string, DemandWatch>();
  const peaks = new Map<string, Peaks>();

  const forecastOf = (plant: Plant, { meter, windowMinutes }: DemandView, zone: string): DemandForecast => {
    const key = `${plant.hash} ${meter}`;
    let forecast = forecasts.get(key);
    if (!forecast) {
      forecast = createDemandForecast({ plant, live, facts: kpi.facts, meter, zone, windowMinutes, clock, log });
      forecasts.set(key, forecast);
    }
    return forecast;
  };

  const peaksSoFar = (plant: Plant, tariff: Tariff, view: DemandView, now: Instant): PeakSoFar | null => {
    const key = `${plant.hash} ${view.meter} ${view.start}`;
    let held = peaks.get(view.meter);
    if (held?.key !== key || now >= held.retryAt) {
      held = { key, found: held?.found ?? null, retryAt: Number.POSITIVE_INFINITY };
      peaks.set(view.meter, held);
      void readPeaks(plant, tariff, view, now, held);
    }
    return held.found;
  };

  const readPeaks = async (
    plant: Plant,
    tariff: Tariff,
    view: DemandView,
    now: Instant,
    into: Peaks,
  ): Promise<void> => {
    try {
      const period = billingPeriod(tariff, now);
      const to = Date.parse(view.start);
      const rows = period.start < to ? await loadRows(plant, kpi, view.meter, tariff, { from: period.start, to }) : [];
      into.found = peaksOf(tariff, rows);
    } catch (error) {
      into.retryAt = now + RETRY_MS;
      log(
        `peaks of the billing period of ${view.meter} are not known for now (${error instanceof Error ? error.message : error})`,
      );
    }
  };

  /** Machines that draw power: those that do not work, then those that do not set the pace. */
  const couldWait = (): CouldWait[] => {
    const found: CouldWait[] = [];
    for (const [id, { machine, line, look, last, powerKw }] of nows()) {
      if (!last || powerKw === null || powerKw < LEAST_KW) continue;
      const isConstraint = line.constraint?.some(({ value }) => value === id) ?? false;
      if (look === 'run' && isConstraint) continue;
      const why = look === 'run' ? 'notConstraint' : 'waiting';
      found.push({
        machine: id,
        name: machine.name,
        look,
        word: wordOf(look, last.state),
        powerKw: tidy(powerKw),
        why,
      });
    }
    const rank = ({ why }: CouldWait): number => (why === 'waiting' ? 0 : 1);
    return found.sort((a, b) => rank(a) - rank(b) || b.powerKw - a.powerKw).slice(0, MAX_WAITING);
  };

  return {
    foreseen(plant, view, now) {
      const tariff = tariffFor(plant, view.meter, now);
      const zone = tariff?.timezone ?? plant.site.timezone;
      const [start, end] = [Date.parse(view.start), Date.parse(view.end)];
      const known = Date.parse(view.knownTo ?? view.start);
      const left = Math.max(0, (end - known) / MINUTE);
      const hours = (end - start) / HOUR;
      const forecast = forecastOf(plant, view, zone);
      const mean = view.powerKw === null ? null : forecast.meanKw(known, left);
      const learned = mean === null ? null : (view.kWhSoFar + (mean * left) / 60) / hours;
      const predictedKw = learned ?? view.predictedKw;
      // Errors grow with the time left; they are measured at half of the window.
      const errorKw = learned === null ? 0 : forecast.errorKw * Math.sqrt(left / (hours * 30));
      const soFar = tariff ? peaksSoFar(plant, tariff, view, now) : null;
      const billedKw = soFar?.maxKw ?? null;
      const levelKw = alarmLevel({ agreedKw: view.limitKw, billedKw });
      let watch = watches.get(view.meter);
      if (!watch) {
        watch = createDemandWatch();
        watches.set(view.meter, watch);
      }
      const alarm = watch.at({ windowStart: start, now, windowMs: end - start, predictedKw, errorKw, levelKw });
      const over = predictedKw === null || levelKw === null ? null : predictedKw - levelKw;
      const isNear = predictedKw !== null && levelKw !== null && predictedKw > levelKw * NEAR;
      const cost =
        tariff && soFar && predictedKw !== null
          ? costOfBlock(tariff, start, { kW: predictedKw, kVA: null }, soFar)
          : null;
      return {
        ...view,
        predictedKw: predictedKw === null ? null : tidy(predictedKw),
        method: learned === null ? 'naive' : 'learned',
        errorKw: errorKw > 0 ? tidy(errorKw) : null,
        billedKw: billedKw === null ? null : tidy(billedKw),
        levelKw: levelKw === null ? null : tidy(levelKw),
        costIfSo: cost === null ? null : Math.round(cost * 100) / 100,
        shedKw: over === null ? null : over <= 0 || left === 0 ? 0 : tidy((over * hours * 60) / left),
        alarmSince: alarm.since === null ? null : toIso(alarm.since),
        couldWait: isNear ? couldWait() : [],
      };
    },
    reset() {
      for (const forecast of forecasts.values()) forecast.stop();
      for (const map of [forecasts, watches, peaks]) map.clear();
    },
  };
}

function tidy(value: number): number {
  return Math.round(value * 1000) / 1000;
}
