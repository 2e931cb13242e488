import type { z } from 'zod';
import type { EnergyBy } from '#shared/contract/rest.ts';
import type { energyAnswer } from '#shared/contract/rest-answers.ts';
import { enpiOf } from '#shared/energy/enpi.ts';
import { metersBehind, tariffFor } from '#shared/energy/scope.ts';
import type { Finding } from '#shared/oee/judged.ts';
import type { Line, Plant } from '#shared/plant/model.ts';
import type { ShiftInstance } from '#shared/time/calendar.ts';
import { type Instant, type Span, toIso } from '#shared/time/instant.ts';
import { buckets } from '#shared/time/periods.ts';
import { groupLabel } from '../energy/period.ts';
import { badRequest } from '../problem.ts';
import type { Scope } from '../scope.ts';
import { findingAnswers } from './answers.ts';
import { type Group, groupsOf, hourCuts, shiftsOfLine, slicesOf } from './bounds.ts';
import { addCell, type EnergyCell, type EnergyTotal, totalOf } from './energy-cells.ts';
import { type EnergySlice, type EnergySlices, feedingMeters, rootMeters } from './energy-slices.ts';
import { onePeriod, slicesIn, WATERMARK_MS } from './kpi-question.ts';
import type { AskedWindow } from './window.ts';

export type EnergyAnswer = z.input<typeof energyAnswer>;

export interface EnergyQuestion extends AskedWindow {
  readonly scope: Scope;
  readonly by: readonly EnergyBy[];
  readonly now: Instant;
  /** Good pieces of the scope per group, for kWh per good piece; only asked where the split is by time alone. */
  readonly goodIn: (start: Instant, end: Instant) => Promise<number | null>;
  /**
   * What was produced in a group, by product and order as asked; the key is `product|order`, '' where not split. Asked where
   * the split is by nothing else. Without it there is kWh per good piece alone, from `goodIn`.
   */
  readonly productionIn?: (
    start: Instant,
    end: Instant,
    by: readonly ('product' | 'order')[],
  ) => Promise<ReadonlyMap<string, Production>>;
}

export interface Production {
  /** Null where pieces of different lines would be added. */
  readonly good: number | null;
  readonly runSeconds: number;
  readonly idealGoodSeconds: number;
}

const NOTHING_MADE: Production = { good: null, runSeconds: 0, idealGoodSeconds: 0 };

export const SPLITS = ['band', 'state', 'category', 'machine', 'product', 'order'] as const;
type Split = (typeof SPLITS)[number];

/** Interval of a meter without a tariff. */
const INTERVAL_MINUTES = 30;

interface Draft {
  readonly group: Group;
  readonly split: Readonly<Partial<Record<Split, string>>>;
  readonly total: EnergyTotal;
}

/** Meters whose readings stand for a scope: its coverage is theirs. */
export function metersOfScope(plant: Plant, scope: Scope, at: Instant): string[] {
  if (scope.kind === 'meter') return plant.meters.get(scope.id)?.sum ? metersBehind(plant, scope.id) : [scope.id];
  if (scope.kind === 'site') return rootMeters(plant);
  return [...new Set(scope.machines.flatMap((id) => feedingMeters(plant, id, at)))];
}

/** Which part of a meter tree belongs to a scope. */
export function belongsTo(scope: Scope): (cell: { readonly machine: string | null }) => boolean {
  if (scope.kind === 'site' || scope.kind === 'meter') return () => true;
  const own = new Set(scope.machines);
  return (cell) => cell.machine !== null && own.has(cell.machine);
}

/** The line whose shifts a scope goes by; the site goes by its first line. */
export function lineOfScope(plant: Plant, scope: Scope): Line | null {
  const id = scope.lines[0] ?? plant.lines.keys().next().value;
  return id === undefined ? null : (plant.lines.get(id) ?? null);
}

export async function answerEnergy(
  plant: Plant,
  energy: EnergySlices,
  question: EnergyQuestion,
): Promise<EnergyAnswer> {
  const { scope, from, to, by, now, asOf } = question;
  if (by.includes('interval') && onePeriod(by)) throw badRequest('by takes interval or another period, not both');
  const period = onePeriod(by);
  const splits = SPLITS.filter((s) => by.includes(s));
  const line = lineOfScope(plant, scope);
  const shifts: readonly ShiftInstance[] = line ? shiftsOfLine(plant, line, from, to) : [];
  const meters = scope.kind === 'meter' ? [scope.id] : rootMeters(plant);
  const covering = metersOfScope(plant, scope, from);
  const intervals = by.includes('interval') ? intervalsOf(plant, meters, from, to) : null;
  const extra = intervals ? intervals.map((s) => s.start) : period === 'hour' ? hourCuts(plant, from, to) : [];
  const slices = slicesOf(plant, line ? [...plant.lines.values()] : [], from, to, extra);
  const groups = intervals
    ? intervals.flatMap(({ start, end }) => groupsOf(plant, null, [], start, end))
    : groupsOf(plant, period, shifts, from, to);
  const own = belongsTo(scope);
  const found = await Promise.all(meters.map((meter) => energy.of(meter, slices, asOf)));
  const items: EnergyAnswer['items'] = [];
  let unpriced = 0;
  for (const group of groups) {
    const indices = [...slicesIn(slices, group)];
    const cells = indices.flatMap((i) => found.flatMap((list) => (list[i]?.cells ?? []).filter(own)));
    unpriced += totalOf(cells).unpricedKWh;
    const coverage = coverageOf(found, indices, slices, covering);
    const made = await madeIn(question, splits, group);
    const label = groupLabel(plant, intervals ? 'interval' : period, group);
    for (const draft of splitCells(group, cells, splits)) {
      const key = `${draft.split.product ?? ''}|${draft.split.order ?? ''}`;
      const item = itemOf(scope.text, draft, coverage, made.get(key) ?? NOTHING_MADE, now, to);
      items.push({ ...item, label });
    }
  }
  return { items, findings: findingAnswers(unpricedFinding(scope.text, unpriced, from)) };
}

async function madeIn(
  question: EnergyQuestion,
  splits: readonly Split[],
  { start, end }: Span,
): Promise<ReadonlyMap<string, Production>> {
  if (question.scope.kind === 'meter') return new Map();
  const by = splits.filter((s): s is 'product' | 'order' => s === 'product' || s === 'order');
  if (by.length < splits.length) return new Map();
  if (question.productionIn) return question.productionIn(start, Math.min(end, question.to), by);
  if (splits.length > 0) return new Map();
  return new Map([['|', { ...NOTHING_MADE, good: await question.goodIn(start, end) }]]);
}

function intervalsOf(plant: Plant, meters: readonly string[], from: Instant, to: Instant): Span[] {
  const tariff = meters[0] === undefined ? null : tariffFor(plant, meters[0], from);
  const zone = tariff?.timezone ?? plant.site.timezone;
  return buckets(zone, from, to, 'interval', tariff?.intervalMinutes ?? INTERVAL_MINUTES);
}

export function splitCells(group: Group, cells: readonly EnergyCell[], splits: readonly Split[]): Draft[] {
  const drafts = new Map<string, Draft>();
  if (splits.length === 0) drafts.set('', { group, split: {}, total: totalOf([]) });
  // A year of many machines is millions of cells: nothing is made for one that belongs to a draft that is there.
  const wordOf = (cell: EnergyCell, s: Split): string => cell[s] ?? (s === 'machine' ? '' : 'rest');
  for (const cell of cells) {
    let key = '';
    for (const s of splits) key += `${wordOf(cell, s)}|`;
    let draft = drafts.get(key);
    if (!draft) {
      draft = { group, split: Object.fromEntries(splits.map((s) => [s, wordOf(cell, s)])), total: totalOf([]) };
      drafts.set(key, draft);
    }
    addCell(draft.total, cell);
  }
  return [...drafts.values()];
}

interface Coverage {
  readonly coverage: number | null;
  readonly missingSeconds: number | null;
}

/** Mean over the meters that stand for the scope. */
function coverageOf(
  found: readonly (readonly EnergySlice[])[],
  indices: readonly number[],
  slices: readonly Span[],
  meters: readonly string[],
): Coverage {
  let all = 0;
  let covered = 0;
  for (const i of indices) {
    const slice = slices[i];
    if (!slice) continue;
    all += ((slice.end - slice.start) / 1000) * meters.length;
    for (const list of found) {
      for (const meter of meters) covered += list[i]?.coveredSeconds.get(meter) ?? 0;
    }
  }
  if (all === 0) return { coverage: null, missingSeconds: null };
  const missing = Math.max(0, all - covered) / meters.length;
  return { coverage: Math.min(1, covered / all), missingSeconds: missing < 1e-3 ? 0 : missing };
}

export function itemOf(
  scope: string,
  { group, split, total }: Draft,
  coverage: Coverage | null,
  made: Production | null,
  now: Instant,
  to: Instant,
): EnergyAnswer['items'][number] {
  const end = Math.min(group.end, to);
  const { kWh, cost, co2Kg, co2MarketKg, unpricedKWh, estimated } = total;
  const { good, runSeconds, idealGoodSeconds } = made ?? NOTHING_MADE;
  const enpi = enpiOf({ kWh, goodCount: good ?? 0, runSeconds, idealGoodSeconds });
  return {
    scope,
    window: { start: toIso(group.start), end: toIso(end) },
    shift: group.shift,
    shiftName: group.name,
    date: group.date,
    label: '',
    band: split.band ?? null,
    state: split.state ?? null,
    category: split.category ?? null,
    machine: split.machine ?? null,
    product: split.product ?? null,
    order: split.order ?? null,
    kWh,
    cost,
    co2Kg,
    co2MarketKg,
    unpricedKWh,
    coverage: coverage?.coverage ?? null,
    missingSeconds: coverage?.missingSeconds ?? null,
    ...enpi,
    estimated,
    provisional: end > now - WATERMARK_MS,
  };
}

function unpricedFinding(scope: string, kWh: number, t: Instant): Finding[] {
  if (Math.abs(kWh) < 1e-6) return [];
  const message = `${kWh.toFixed(1)} kWh of this have no price, so that cost leaves them out: see the tariffs and prices of the plant file.`;
  return [{ id: `noPrice:${scope}`, code: 'noPrice', scope, t, message }];
}
