import type { BaselineAnswer } from '#shared/contract/energy-answers.ts';
import { type Baseline, cusum, fitBaseline } from '#shared/energy/baseline.ts';
import { findStep } from '#shared/energy/step.ts';
import type { Plant } from '#shared/plant/model.ts';
import { DAY, type Instant, toIso } from '#shared/time/instant.ts';
import { findingAnswers } from '../kpi/answers.ts';
import { answerEnergy, lineOfScope } from '../kpi/energy-question.ts';
import { answerKpi } from '../kpi/kpi-question.ts';
import type { Scope } from '../scope.ts';
import type { EnergyDeps, EnergyWindow } from './load.ts';

/*
 * kWh of a shift as a straight line over what it produced (ISO 50006), and what later shifts left over.
 *
 * - One driver per line: hours of work at the ideal cycle (rejects in, they took energy too), comparable over products.
 *   Where lines cannot be told apart, their sum.
 * - A shift counts with full readings and a full count of its seconds only; what is left out is counted.
 * - Fitted over [from, to) and frozen there: whoever asks again with the same instants gets the same line.
 */

/** Shifts with less of their time measured say nothing about a line. */
const FULL = 0.995;
/** How much of the asked time the line is fitted to, where nobody says: the rest is compared with it. */
const FITTED_SHARE = 2 / 3;
const DEFAULT_DAYS = 56;

export interface BaselineQuestion {
  readonly from: Instant | null;
  readonly to: Instant | null;
  readonly until: Instant;
}

export interface Point {
  readonly start: Instant;
  readonly end: Instant;
  readonly label: string;
  readonly shift: string;
  readonly kWh: number;
  readonly x: readonly number[];
}

export async function baselineOf(
  plant: Plant,
  deps: EnergyDeps,
  scope: Scope,
  { from, to, until }: BaselineQuestion,
): Promise<BaselineAnswer> {
  const begin = from ?? until - DEFAULT_DAYS * DAY;
  const { points, leftOut, drivers } = await pointsOf(plant, deps, scope, { from: begin, to: until });
  const first = points[0]?.start ?? begin;
  const fitEnd = to ?? points[Math.floor(points.length * FITTED_SHARE)]?.start ?? until;
  const fitted = points.filter((point) => point.end <= fitEnd);
  let names = drivers;
  let model = fitBaseline(fitted, names);
  let used = points;
  if (!model && names.length > 1) {
    names = ['all lines'];
    used = points.map((point) => ({ ...point, x: [point.x.reduce((a, b) => a + b, 0)] }));
    model = fitBaseline(
      used.filter((point) => point.end <= fitEnd),
      names,
    );
  }
  return answerOf(plant, scope, { begin: Math.min(first, fitEnd), fitEnd, used, leftOut, names, model });
}

async function pointsOf(
  plant: Plant,
  { kpi, now }: EnergyDeps,
  scope: Scope,
  window: EnergyWindow,
): Promise<{ points: Point[]; leftOut: number; drivers: string[] }> {
  const line = lineOfScope(plant, scope);
  const byShift = line !== null;
  const by = byShift ? (['shift'] as const) : (['day'] as const);
  // Asked a day further both ways, because the first and the last of a window would be cut: part of a shift, which looks whole,
  // took less than any shift.
  const wide = { from: window.from - DAY, to: window.to + DAY };
  const { items } = await answerEnergy(plant, kpi.energy, { ...wide, scope, by, now, goodIn: async () => null });
  const lines = scope.kind === 'meter' ? [...plant.lines.keys()] : [...scope.lines];
  const hours = new Map<string, Map<string, number>>();
  for (const id of lines) {
    const own = {
      text: `line:${id}`,
      kind: 'line' as const,
      id,
      lines: [id],
      machines: plant.lines.get(id)?.machines ?? [],
    };
    const ofScope = scope.kind === 'machine' ? scope : own;
    const made = await answerKpi(plant, kpi.kpi, kpi.windows, { ...wide, scope: ofScope, by: [...by], now });
    hours.set(id, new Map(made.filter(isFull).map((item) => [item.window.start, item.idealSeconds / 3600])));
  }
  let leftOut = 0;
  const points: Point[] = [];
  for (const item of items) {
    const { start, end } = item.window;
    if (item.shift === 'offShift' || Date.parse(end) > Math.min(window.to, now)) continue;
    if (Date.parse(start) < window.from) continue;
    const x = lines.map((id) => hours.get(id)?.get(start) ?? null);
    const isMeasured = item.coverage !== null && item.coverage >= FULL;
    if (!isMeasured || x.some((value) => value === null)) {
      // Time before the first reading is not left out: it was never there.
      if (points.length > 0) leftOut += 1;
      continue;
    }
    points.push({
      start: Date.parse(start),
      end: Date.parse(end),
      label: item.label,
      shift: item.shift ?? 'day',
      kWh: item.kWh,
      x: x.map((value) => value ?? 0),
    });
  }
  const names = lines.map((id) => plant.lines.get(id)?.name ?? id);
  return { points, leftOut, drivers: names };
}

function isFull(item: { readonly coverage: number | null }): boolean {
  return item.coverage !== null && item.coverage >= FULL;
}

interface Fitted {
  readonly begin: Instant;
  readonly fitEnd: Instant;
  readonly used: readonly Point[];
  readonly leftOut: number;
  readonly names: readonly string[];
  readonly model: Baseline | null;
}

function answerOf(plant: Plant, scope: Scope, { begin, fitEnd, used, leftOut, names, model }: Fitted): BaselineAnswer {
  const later = used.filter((point) => point.end > fitEnd);
  const residual = model && model.cvRmse !== null ? model.cvRmse * meanOf(used.filter((p) => p.end <= fitEnd)) : 0;
  const followed = model
    ? cusum(
        model,
        later.map(({ start, kWh, x }) => ({ t: start, kWh, x })),
      )
    : [];
  const own = model
    ? cusum(
        model,
        used.map(({ start, kWh, x }) => ({ t: start, kWh, x })),
      )
    : [];
  const step = findStep(
    followed.map((point) => point.kWh - point.expectedKWh),
    residual,
  );
  const stepAt = step ? followed[step.at] : undefined;
  const running = new Map(followed.map((point) => [point.t, point.cusumKWh]));
  const findings = findingAnswers(
    step && stepAt
      ? [
          {
            id: `energyStep:${scope.text}`,
            code: 'energyStep',
            scope: scope.text,
            t: stepAt.t,
            message:
              `From ${labelAt(used, stepAt.t)} on, a shift takes ${Math.abs(Math.round(step.size))} kWh ${step.size > 0 ? 'more' : 'less'} ` +
              `than the baseline expects for what it makes. What was changed then?`,
          },
        ]
      : [],
  );
  return {
    scope: scope.text,
    fitted: { start: toIso(begin), end: toIso(fitEnd) },
    model: model && {
      intercept: model.intercept,
      drivers: model.drivers.map((driver) => ({ ...driver, unit: 'standard h' })),
      n: model.n,
      r2: model.r2,
      cvRmse: model.cvRmse,
      formula: formulaOf(model),
    },
    warnings: warningsOf(plant, model, names),
    points: used.map((point, i) => ({
      start: toIso(point.start),
      label: point.label,
      shift: point.shift,
      x: [...point.x],
      kWh: point.kWh,
      expectedKWh: own[i]?.expectedKWh ?? null,
      cusumKWh: running.get(point.start) ?? null,
      withinRange: own[i]?.withinRange ?? true,
      fitted: point.end <= fitEnd,
      step: stepAt?.t === point.start,
    })),
    leftOut,
    findings,
  };
}

function labelAt(points: readonly Point[], t: Instant): string {
  return points.find((point) => point.start === t)?.label ?? toIso(t);
}

function meanOf(points: readonly Point[]): number {
  return points.length > 0 ? points.reduce((sum, point) => sum + point.kWh, 0) / points.length : 0;
}

function formulaOf({ intercept, drivers }: Baseline): string {
  const terms = drivers.map(
    (d) => `${d.coefficient < 0 ? '- ' : '+ '}${tidy(Math.abs(d.coefficient))} x standard h of ${d.name}`,
  );
  return `kWh = ${tidy(intercept)} ${terms.join(' ')}`;
}

function tidy(value: number): number {
  return Number(value.toPrecision(4));
}

function warningsOf(plant: Plant, model: Baseline | null, names: readonly string[]): string[] {
  if (!model) {
    return names.length === 0 && plant.lines.size === 0
      ? ['This plant counts no production, so its energy has nothing to be compared with.']
      : ['There are too few full shifts, or production does not vary between them: no line can be drawn through it.'];
  }
  const said = {
    r2Below75: `Production explains ${model.r2 === null ? 'none' : `${Math.round(model.r2 * 100)} %`} of the variation, less than the 75 % that makes a baseline worth following.`,
    fewerThan12Points: `Fitted to ${model.n} shifts; 12 are the least to trust.`,
  };
  return model.warnings.map((warning) => said[warning]);
}
