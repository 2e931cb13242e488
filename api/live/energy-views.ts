import type { DemandView, EnergyView, ShiftEnergyView } from '#shared/contract/socket.ts';
import { sumSpans } from '#shared/oee/figures.ts';
import { lineSums } from '#shared/oee/line.ts';
import type { Plant } from '#shared/plant/model.ts';
import { HistorianError } from '#shared/store/historian.ts';
import type { ShiftInstance } from '#shared/time/calendar.ts';
import { type Instant, MINUTE, SECOND, type Span, toIso } from '#shared/time/instant.ts';
import { buckets } from '#shared/time/periods.ts';
import { localDate } from '#shared/time/zone.ts';
import { DAY_MS, shiftsOfLine, slicesOf } from '../kpi/bounds.ts';
import { belongsTo, lineOfScope, metersOfScope } from '../kpi/energy-question.ts';
import { type EnergySlice, rootMeters } from '../kpi/energy-slices.ts';
import { answerKpi, WATERMARK_MS } from '../kpi/kpi-question.ts';
import type { KpiService } from '../kpi/service.ts';
import { type Scope, scopeOf } from '../scope.ts';
import { createDemandViews } from './demand-views.ts';
import { type EnergyNow, energyNow, lastShifts } from './energy-now.ts';
import type { MachineNow } from './machine-now.ts';
import type { LiveStore } from './store.ts';
import { demandMeter, demandView } from './view-demand.ts';
import { energyView, kWhInFirst, shiftEnergyView } from './view-energy.ts';

/*
 * Energy of watched scopes: the running shift from memory, the 21 before it from kept slices.
 *
 * - The running shift is worked out anew once a second at most, and less often where that would cost more than a tenth
 *   of a core. Its parts always come from one calculation, so they add up.
 * - Past shifts are read in the background, once, and again when a fact or an entry changed one.
 */
export interface EnergyViewsService {
  energy(scope: string): EnergyView | null;
  demand(scope: string): DemandView | null;
  reset(): void;
}

export interface EnergyViewsOptions {
  readonly plant: () => Plant;
  readonly live: LiveStore;
  readonly kpi: KpiService;
  readonly clock: () => Instant;
  readonly nows: () => ReadonlyMap<string, MachineNow>;
  readonly log: (line: string) => void;
}

const SHIFTS_BEFORE = 21;
const REFRESH_MS = SECOND;
/** Share of one core that the running shift may cost is one in this many. */
const COST_FACTOR = 10;
const RETRY_MS = 5 * SECOND;

interface Past {
  /** Start of the running shift, or of the newest: it names the list. */
  readonly key: string;
  views: readonly ShiftEnergyView[];
  slices: readonly { readonly shift: ShiftInstance; readonly parts: readonly (readonly [Span, EnergySlice])[] }[];
  state: 'loading' | 'loaded' | 'doubtful';
  span: Span;
  triedAt: Instant;
}

export function createEnergyViews(options: EnergyViewsOptions): EnergyViewsService {
  const { live, kpi, clock, nows, log } = options;
  const past = new Map<string, Past>();
  const current = new Map<Instant, { at: Instant; notBefore: Instant; energy: EnergyNow | null }>();
  const built = new Map<string, { key: string; view: EnergyView }>();
  const demands = new Map<string, { at: Instant; view: DemandView | null }>();
  const foresight = createDemandViews({ live, kpi, clock, nows, log });
  let pastVersion = 0;

  kpi.onInvalidated((span) => {
    for (const held of past.values()) {
      if (held.state === 'loaded' && span.start <= held.span.end && span.end >= held.span.start)
        held.state = 'doubtful';
    }
  });

  const shiftsFor = (plant: Plant, scope: Scope, now: Instant): readonly ShiftInstance[] => {
    const line = lineOfScope(plant, scope);
    const within = (from: Instant, to: Instant): readonly ShiftInstance[] =>
      line ? shiftsOfLine(plant, line, from, to) : daysAsShifts(plant, from, to);
    return lastShifts(within, now, SHIFTS_BEFORE);
  };

  const runningEnergy = (plant: Plant, start: Instant, now: Instant): EnergyNow | null => {
    const held = current.get(start);
    if (held && now < held.notBefore) return held.energy;
    const began = performance.now();
    const energy = energyNow(plant, live, nows(), kpi.entries.all(), start);
    const cost = performance.now() - began;
    for (const old of current.keys()) if (old < start - 2 * DAY_MS) current.delete(old);
    current.set(start, { at: now, notBefore: now + Math.max(REFRESH_MS, cost * COST_FACTOR), energy });
    return energy;
  };

  /** Past shifts of a scope; starts to read them where they are missing or doubtful, and gives what there is meanwhile. */
  const pastOf = (plant: Plant, scope: Scope, shifts: readonly ShiftInstance[], now: Instant): Past | null => {
    const first = shifts[0];
    const last = shifts.at(-1);
    if (!first || !last) return null;
    const key = `${plant.hash} ${last.start} ${last.id}`;
    let held = past.get(scope.text);
    if (!held || held.key !== key) {
      const span = { start: first.start, end: last.end };
      held = { key, views: held?.views ?? [], slices: held?.slices ?? [], state: 'doubtful', span, triedAt: 0 };
      past.set(scope.text, held);
    }
    if (held.state === 'doubtful' && now - held.triedAt >= RETRY_MS) {
      held.state = 'loading';
      held.triedAt = now;
      void load(plant, scope, shifts, held);
    }
    return held;
  };

  const load = async (plant: Plant, scope: Scope, shifts: readonly ShiftInstance[], into: Past): Promise<void> => {
    try {
      const first = toIso(shifts[0]?.start ?? 0);
      const before = into.views.filter((view) => view.start >= first);
      const views: ShiftEnergyView[] = [];
      const parts: Past['slices'][number][] = [];
      // The newest first: each is shown as soon as it is worked out, and those not read anew yet stay as they were.
      for (const shift of [...shifts].reverse()) {
        if (shift.end > clock()) continue;
        const slices = slicesOf(plant, [...plant.lines.values()], shift.start, shift.end);
        const found: (readonly [Span, EnergySlice])[] = [];
        for (const root of rootMeters(plant)) {
          const list = await kpi.energy.of(root, slices);
          slices.forEach((slice, i) => {
            const energy = list[i];
            if (energy) found.push([slice, energy]);
          });
        }
        parts.unshift({ shift, parts: found });
        views.unshift(await closedView(plant, scope, shift, found));
        const read = new Set(views.map((view) => view.start));
        into.views = [...before.filter((view) => !read.has(view.start)), ...views];
        pastVersion += 1;
      }
      into.views = views;
      into.slices = parts;
      if (into.state === 'loading') into.state = 'loaded';
    } catch (error) {
      into.state = 'doubtful';
      if (!(error instanceof HistorianError && error.retryable)) {
        log(`energy of past shifts: ${error instanceof Error ? (error.stack ?? error.message) : error}`);
      }
    }
    pastVersion += 1;
  };

  const closedView = async (
    plant: Plant,
    scope: Scope,
    shift: ShiftInstance,
    found: readonly (readonly [Span, EnergySlice])[],
  ): Promise<ShiftEnergyView> => {
    const { start, end } = shift;
    const covered = new Map<string, number>();
    for (const [, slice] of found) {
      for (const [meter, seconds] of slice.coveredSeconds) covered.set(meter, (covered.get(meter) ?? 0) + seconds);
    }
    const cells = found.flatMap(([, slice]) => slice.cells.filter(belongsTo(scope)));
    return shiftEnergyView(
      {
        shift,
        cells,
        coverage: coverage(plant, scope, covered, shift),
        good: await goodOf(plant, scope, start, end),
        provisional: end > clock() - WATERMARK_MS,
        empty: cells.length === 0,
      },
      dateLabels(plant),
    );
  };

  const goodOf = async (plant: Plant, scope: Scope, from: Instant, to: Instant): Promise<number | null> => {
    if (scope.lines.length !== 1) return null;
    const now = clock();
    const [item] = await answerKpi(plant, kpi.kpi, kpi.windows, { scope, from, to, by: ['total'], now });
    return item ? item.counts.good + item.counts.unscheduledGood : null;
  };

  const goodNow = (plant: Plant, scope: Scope): number | null => {
    if (scope.lines.length !== 1) return null;
    const spans = new Map(scope.machines.map((id) => [id, nows().get(id)?.shiftSpans ?? []]));
    const sums =
      scope.kind === 'machine' ? sumSpans(spans.get(scope.id) ?? []) : lineSums(plant, scope.lines[0] ?? '', spans);
    return sums.goodCount + sums.unscheduledGoodCount;
  };

  const powerOf = (plant: Plant, scope: Scope): number | null => {
    const powers =
      scope.kind === 'site'
        ? rootMeters(plant).map((id) => live.meter(id).powerW)
        : scope.machines.map((id) => live.machine(id).powerW);
    const known = powers.filter((p): p is number => p !== null);
    return known.length === 0 ? null : known.reduce((a, b) => a + b, 0) / 1000;
  };

  return {
    energy(text) {
      const plant = options.plant();
      const scope = scopeOf(plant, text);
      const now = clock();
      if (!scope || metersOfScope(plant, scope, now).length === 0) return null;
      const shifts = shiftsFor(plant, scope, now);
      const running = shifts.at(-1);
      const isRunning = running !== undefined && running.end > now;
      const before = pastOf(plant, scope, shifts, now);
      const energy = isRunning ? runningEnergy(plant, running.start, now) : null;
      const key = `${pastVersion} ${before?.key} ${running && current.get(running.start)?.at}`;
      const held = built.get(text);
      if (held?.key === key) return held.view;
      const views = [...(before?.views ?? [])];
      let usual: number | null = null;
      if (isRunning) {
        const cells = (energy?.cells ?? []).filter(belongsTo(scope));
        const elapsed = energy ? energy.window.end - energy.window.start : 0;
        const soFar = { start: running.start, end: energy?.window.end ?? running.start };
        views.push(
          shiftEnergyView(
            {
              shift: running,
              cells,
              coverage: coverage(plant, scope, energy?.coveredSeconds ?? new Map(), soFar),
              good: goodNow(plant, scope),
              provisional: true,
              empty: cells.length === 0,
            },
            dateLabels(plant),
          ),
        );
        const own = belongsTo(scope);
        const same = (before?.slices ?? []).filter((s) => s.shift.id === running.id && s.parts.length > 0);
        const sums = same
          .map(({ shift, parts }) =>
            kWhInFirst(parts, shift.start, elapsed, (m) => own({ machine: m === '' ? null : m })),
          )
          .filter((kWh) => kWh > 0);
        if (sums.length > 0 && elapsed >= MINUTE) usual = sums.reduce((a, b) => a + b, 0) / sums.length;
      }
      const view = energyView(views, powerOf(plant, scope), usual);
      built.set(text, { key, view });
      return view;
    },
    demand(text) {
      const plant = options.plant();
      const scope = scopeOf(plant, text);
      const now = clock();
      const meter = scope && demandMeter(plant, scope, now);
      if (!scope || !meter) return null;
      const held = demands.get(text);
      if (held && now - held.at < SECOND) return held.view;
      const running = shiftsFor(plant, scope, now).at(-1) ?? null;
      const plain = demandView(plant, live, meter, running && running.end > now ? running : null, now);
      const view = foresight.foreseen(plant, plain, now);
      demands.set(text, { at: now, view });
      return view;
    },
    reset() {
      for (const map of [past, current, built, demands]) map.clear();
      foresight.reset();
    },
  };
}

function coverage(
  plant: Plant,
  scope: Scope,
  covered: ReadonlyMap<string, number>,
  { start, end }: Span,
): number | null {
  const meters = metersOfScope(plant, scope, start);
  const all = (meters.length * (end - start)) / 1000;
  if (all <= 0) return null;
  let seconds = 0;
  for (const meter of meters) seconds += covered.get(meter) ?? 0;
  return Math.min(1, seconds / all);
}

/** A plant of meters alone has no shifts: its days are compared. */
function daysAsShifts(plant: Plant, from: Instant, to: Instant): ShiftInstance[] {
  const zone = plant.site.timezone;
  return buckets(zone, from - DAY_MS, to + DAY_MS, 'day')
    .filter((day) => day.start < to && day.end > from)
    .map(({ start, end }) => ({
      id: 'day',
      name: 'Day',
      productionDate: localDate(zone, start),
      start,
      end,
      breaks: [],
    }));
}

const labels = new WeakMap<Plant, (date: string) => string>();

/** 'Mon 2 Nov', in the site's language. */
function dateLabels(plant: Plant): (date: string) => string {
  let label = labels.get(plant);
  if (!label) {
    const format = new Intl.DateTimeFormat(plant.site.locale, {
      weekday: 'short',
      day: 'numeric',
      month: 'short',
      timeZone: 'UTC',
    });
    label = (date) => format.format(Date.parse(`${date}T00:00:00Z`));
    labels.set(plant, label);
  }
  return label;
}
