import type { z } from 'zod';
import type { KpiBy, Period } from '#shared/contract/rest.ts';
import { PERIODS } from '#shared/contract/rest.ts';
import type { kpiAnswer } from '#shared/contract/rest-answers.ts';
import { isCounted, isLineCounted, withoutCounts } from '#shared/oee/counted.ts';
import { figuresOf } from '#shared/oee/figures.ts';
import { COVERAGE_FLOOR } from '#shared/oee/findings.ts';
import type { Finding, JudgedSpan } from '#shared/oee/judged.ts';
import { constraintAt, lineSpans } from '#shared/oee/line.ts';
import { addSums, coverageOf, type MutableSums, ratiosOf, zeroSums } from '#shared/oee/sums.ts';
import { projectedCount } from '#shared/oee/target.ts';
import type { Line, Plant } from '#shared/plant/model.ts';
import { type Instant, MINUTE, type Span, toIso } from '#shared/time/instant.ts';
import { badRequest } from '../problem.ts';
import type { Scope } from '../scope.ts';
import { findingAnswers } from './answers.ts';
import { type Group, groupsOf, hourCuts, shiftsOfLine, slicesOf } from './bounds.ts';
import type { WindowJudge } from './judged-window.ts';
import { type KpiSlices, type SliceFigures, sumTargets } from './kpi-slices.ts';
import type { AskedWindow } from './window.ts';

type KpiItem = z.input<typeof kpiAnswer>['items'][number];

export interface KpiQuestion extends AskedWindow {
  readonly scope: Scope;
  readonly by: readonly KpiBy[];
  readonly now: Instant;
}

/** Figures are provisional until late data of this age is in (RULES section 6). */
export const WATERMARK_MS = 15 * MINUTE;

interface Draft {
  readonly group: Group;
  start: Instant;
  end: Instant;
  readonly scope: string;
  readonly product: string | null;
  readonly order: string | null;
  readonly sums: MutableSums;
  readonly targets: (number | null)[];
  readonly findings: Map<string, Finding>;
  projected: number | null;
}

/** Answers /kpi: one item per group, in order of time. */
export async function answerKpi(
  plant: Plant,
  slicesOfKpi: KpiSlices,
  windows: WindowJudge,
  question: KpiQuestion,
): Promise<KpiItem[]> {
  const { scope, from, to, asOf, by, now } = question;
  const period = onePeriod(by);
  const splitProduct = by.includes('product');
  const splitOrder = by.includes('order');
  const drafts = new Map<string, Draft>();
  for (const lineId of scope.lines) {
    const line = plant.lines.get(lineId);
    if (!line) continue;
    const shifts = shiftsOfLine(plant, line, from, to);
    const slices = slicesOf(plant, [line], from, to, period === 'hour' ? hourCuts(plant, from, to) : []);
    const figures = await figuresByScope(slicesOfKpi, scope, line, slices, by.includes('machine'), asOf);
    for (const group of groupsOf(plant, period, shifts, from, to)) {
      const running =
        period === 'shift' && group.shift !== 'offShift' && group.start <= now && now - group.end < MINUTE / 2;
      for (const [of, list] of figures) {
        for (const i of slicesIn(slices, group)) {
          const slice = slices[i];
          const held = list[i];
          if (slice && held) book(of, group, slice, held);
        }
        if (running && !splitProduct && !splitOrder) await project(of, line, group);
      }
    }
  }
  return [...drafts.values()]
    .sort((a, b) => a.start - b.start || a.end - b.end)
    .map((draft) => itemOf(draft, isScopeCounted(plant, draft.scope, scope.lines), splitProduct || splitOrder, now));

  function draftOf(of: string, group: Group, product: string | null, order: string | null): Draft {
    const { shift, date } = group;
    const when = shift !== null && shift !== 'offShift' ? `${shift}|${date}` : (date ?? `${group.start}|${group.end}`);
    const key = `${of}|${when}|${product}|${order}`;
    let draft = drafts.get(key);
    if (!draft) {
      const { start, end } = group;
      draft = {
        group,
        start,
        end,
        scope: of,
        product,
        order,
        sums: zeroSums(),
        targets: [],
        findings: new Map(),
        projected: null,
      };
      drafts.set(key, draft);
    }
    draft.start = Math.min(draft.start, group.start);
    draft.end = Math.max(draft.end, group.end);
    return draft;
  }

  function book(of: string, group: Group, _slice: Span, held: SliceFigures): void {
    for (const cell of held.cells) {
      const draft = draftOf(of, group, splitProduct ? cell.product : null, splitOrder ? cell.order : null);
      addSums(draft.sums, cell.sums);
      for (const finding of held.findings) if (!draft.findings.has(finding.id)) draft.findings.set(finding.id, finding);
    }
    if (!splitProduct && !splitOrder) draftOf(of, group, null, null).targets.push(held.target);
  }

  /** The running shift alone has a projection; its last hour may reach back before it. */
  async function project(of: string, line: Line, group: Group): Promise<void> {
    const shift = shiftsOfLine(plant, line, group.start, group.start + 1).find((s) => s.id === group.shift);
    const draft = draftOf(of, group, null, null);
    if (!shift || asOf !== undefined || to >= shift.end) return;
    const earlier = shift.start - 2 * 60 * MINUTE;
    const one = of.startsWith('machine:') ? of.slice('machine:'.length) : null;
    const ids = one === null ? line.machines : [one];
    const spans = new Map<string, Awaited<ReturnType<WindowJudge['judge']>>['spans']>();
    for (const id of ids) spans.set(id, (await windows.judge(id, earlier, to)).spans);
    const constraint = one === null ? constraintAt(plant, line.id, to) : null;
    const parts: [string, readonly JudgedSpan[]][] =
      constraint === null ? [...spans] : [[constraint, lineSpans(plant, line.id, spans)]];
    for (const [machine, own] of parts) {
      const projected = projectedCount({ plant, machine, spans: own, shift, now: to });
      if (projected !== null) draft.projected = (draft.projected ?? 0) + projected;
    }
  }
}

/** The time grouping of a list; @throws Problem 400 where there are two. */
export function onePeriod(by: readonly string[]): Period | null {
  const periods = PERIODS.filter((p) => by.includes(p));
  if (periods.length > 1)
    throw badRequest(`by takes one of ${PERIODS.join(', ')} at a time, not ${periods.join(' and ')}`);
  return periods[0] ?? null;
}

async function figuresByScope(
  slices: KpiSlices,
  scope: Scope,
  line: Line,
  spans: readonly Span[],
  byMachine: boolean,
  asOf: Instant | undefined,
): Promise<ReadonlyMap<string, readonly SliceFigures[]>> {
  if (scope.kind === 'machine') return new Map([[scope.text, await slices.ofMachine(scope.id, spans, asOf)]]);
  const all = await slices.ofLine(line, spans, byMachine ? 'machines' : 'line', asOf);
  if (byMachine) return new Map(line.machines.map((id) => [`machine:${id}`, all.get(`machine:${id}`) ?? []]));
  return new Map([[scope.text, all.get(`line:${line.id}`) ?? []]]);
}

/** Indices of the slices that belong to a group. */
export function* slicesIn(slices: readonly Span[], group: Group): Generator<number> {
  let low = 0;
  let high = slices.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((slices[middle]?.start ?? 0) < group.start) low = middle + 1;
    else high = middle;
  }
  for (let i = low; i < slices.length; i++) {
    const slice = slices[i];
    if (!slice || slice.start >= group.end) return;
    if (group.has(slice)) yield i;
  }
}

function isScopeCounted(plant: Plant, of: string, lines: readonly string[]): boolean {
  if (!of.startsWith('machine:')) return lines.some((id) => isLineCounted(plant, id));
  const machine = plant.machines.get(of.slice('machine:'.length));
  return machine !== undefined && isCounted(machine);
}

function itemOf(draft: Draft, counted: boolean, split: boolean, now: Instant): KpiItem {
  const { group, scope, product, order, sums } = draft;
  const target = split ? null : sumTargets(draft.targets);
  const closed = group.shift !== null && group.shift !== 'offShift' && draft.end <= now - MINUTE / 2;
  return {
    scope,
    window: { start: toIso(draft.start), end: toIso(draft.end) },
    shift: group.shift,
    shiftName: group.name,
    date: group.date,
    product,
    order,
    ...(counted ? figuresOf(sums) : withoutCounts(figuresOf(sums))),
    provisional: draft.end > now - WATERMARK_MS,
    findings: findingAnswers(findingsOfItem(draft)),
    targetCount: counted ? target : null,
    projectedCount: !counted ? null : (draft.projected ?? (closed && !split ? sums.goodCount : null)),
  };
}

/** Findings of the slices, save those about ratios, which are asked again of the whole. */
function findingsOfItem({ scope, sums, findings, start }: Draft): Finding[] {
  const found = [...findings.values()].filter(
    (f) => f.code !== 'lowCoverage' && (f.code !== 'performanceOver100' || (ratiosOf(sums).performance ?? 0) > 1),
  );
  const coverage = coverageOf(sums);
  if (coverage !== null && coverage < COVERAGE_FLOOR) {
    const percent = (coverage * 100).toFixed(1);
    found.push({
      id: `lowCoverage:${scope}`,
      code: 'lowCoverage',
      scope,
      t: start,
      message: `Only ${percent} % of this time is known: read its figures with care, and see which source was silent.`,
    });
  }
  return found;
}
