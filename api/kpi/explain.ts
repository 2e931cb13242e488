import type { z } from 'zod';
import type { Figure } from '#shared/contract/rest.ts';
import type { explainAnswer } from '#shared/contract/rest-answers.ts';
import type { EnergyItem } from '#shared/energy/items.ts';
import type { Entry } from '#shared/ledger/entry.ts';
import { subjectOf } from '#shared/ledger/subject.ts';
import { isCounted, isLineCounted } from '#shared/oee/counted.ts';
import { addSpan, figuresOf, sumSpans } from '#shared/oee/figures.ts';
import type { JudgedSpan } from '#shared/oee/judged.ts';
import { constraintAt, lineSpans, lineSums } from '#shared/oee/line.ts';
import { addSums, zeroSums } from '#shared/oee/sums.ts';
import { targetCount } from '#shared/oee/target.ts';
import { type Plant, valueAt } from '#shared/plant/model.ts';
import { toIso } from '#shared/time/instant.ts';
import { badRequest } from '../problem.ts';
import type { Scope } from '../scope.ts';
import { kWhWithin } from './energy-fine.ts';
import type { EnergySlices } from './energy-slices.ts';
import { energyFormula, figureFormula } from './formulas.ts';
import type { WindowJudge } from './judged-window.ts';
import type { AskedWindow } from './window.ts';

/** Version of the rules that figures follow; every report names it. */
export const RULES_VERSION = 1;

type Explanation = z.input<typeof explainAnswer>;

export interface ExplainQuestion extends AskedWindow {
  readonly scope: Scope;
  readonly figure: Figure;
}

const MAX_SEGMENTS = 2000;

/** A figure's formula with its numbers, down to the intervals and counts that it was added up from. */
export async function explain(
  plant: Plant,
  windows: WindowJudge,
  energy: EnergySlices,
  ledger: { readonly seq: number; readonly entries: () => readonly Entry[] },
  question: ExplainQuestion,
): Promise<Explanation> {
  const { scope, figure, from, to, asOf } = question;
  const byMachine = new Map<string, readonly JudgedSpan[]>();
  for (const id of scope.machines) byMachine.set(id, (await windows.judge(id, from, to, asOf)).spans);
  const drawn = new Map<string, readonly EnergyItem[]>();
  if (figure === 'energy') {
    if (scope.kind === 'site') {
      throw badRequest('energy of the site is that of its main meter: ask /api/v1/energy?scope=site&by=machine');
    }
    for (const id of scope.machines) drawn.set(id, await energy.itemsOf(id, from, to, asOf));
  }
  const lead = leadOf(plant, scope, from);
  const sums = zeroSums();
  if (scope.kind === 'machine') addSums(sums, sumSpans(byMachine.get(scope.id) ?? []));
  else for (const line of scope.lines) addSums(sums, lineSums(plant, line, byMachine));
  const leadSpans =
    lead === null
      ? []
      : scope.kind === 'machine'
        ? (byMachine.get(lead) ?? [])
        : lineSpans(plant, scope.lines[0] ?? '', byMachine);
  const target = lead === null ? null : targetCount(plant, lead, leadSpans);
  const { value, formula, substituted, terms } =
    figure === 'energy'
      ? energyFormula(plant, [...drawn.values()].flat())
      : figureFormula(figure, sums, target, isKnown(plant, scope));
  return {
    scope: scope.text,
    window: { start: toIso(from), end: toIso(to) },
    figure,
    value,
    formula,
    substituted,
    terms,
    placedBy:
      scope.kind === 'machine'
        ? null
        : lead === null
          ? 'the sum of its lines and machines'
          : `the constraint ${lead}: its calendar, states and ideal cycle; good pieces of the last machine, rejects of all`,
    figures: figuresOf(sums),
    machines: [...byMachine].map(([id, spans]) => machineOf(plant, id, spans, drawn.get(id) ?? null)),
    entries: ledger
      .entries()
      .filter((e) => touches(e, scope, from, to))
      .map((e) => ({ ...e, recordedAt: toIso(e.recordedAt) })),
    rulesVersion: RULES_VERSION,
    plantHash: plant.hash,
    ledgerSeq: ledger.seq,
  };
}

function leadOf(plant: Plant, scope: Scope, at: number): string | null {
  if (scope.kind === 'machine') return scope.id;
  return scope.lines.length === 1 ? constraintAt(plant, scope.lines[0] ?? '', at) : null;
}

function isKnown(plant: Plant, scope: Scope): boolean {
  if (scope.kind !== 'machine') return scope.lines.some((id) => isLineCounted(plant, id));
  const machine = plant.machines.get(scope.id);
  return machine !== undefined && isCounted(machine);
}

function machineOf(
  plant: Plant,
  id: string,
  spans: readonly JudgedSpan[],
  drawn: readonly EnergyItem[] | null,
): Explanation['machines'][number] {
  const machine = plant.machines.get(id);
  const segments: Explanation['machines'][number]['segments'] = [];
  let sums = zeroSums();
  let first: JudgedSpan | null = null;
  const close = (end: number): void => {
    if (!first) return;
    segments.push({
      start: toIso(first.start),
      end: toIso(end),
      seconds: (end - first.start) / 1000,
      state: first.state,
      category: first.category,
      reason: first.reason,
      reasonName: first.reason === null ? null : (plant.reasons.get(first.reason)?.name ?? first.reason),
      product: first.product || null,
      idealSecondsPerPiece: first.idealSecondsPerPiece,
      total: sums.totalCount + sums.unscheduledTotalCount,
      good: sums.goodCount + sums.unscheduledGoodCount,
      kWh: drawn && kWhWithin(drawn, first.start, end),
    });
  };
  for (const span of spans) {
    const joins =
      first &&
      first.intervalStart === span.intervalStart &&
      first.category === span.category &&
      first.reason === span.reason &&
      first.product === span.product &&
      first.idealSecondsPerPiece === span.idealSecondsPerPiece;
    if (!joins) {
      close(span.start);
      first = span;
      sums = zeroSums();
    }
    addSpan(sums, span);
  }
  close(spans.at(-1)?.end ?? 0);
  return {
    machine: id,
    smallStopSeconds: machine ? valueAt(machine.smallStopSeconds, spans[0]?.start ?? 0) : null,
    figures: figuresOf(sumSpans(spans)),
    segments: segments.slice(0, MAX_SEGMENTS),
    segmentsLeftOut: Math.max(0, segments.length - MAX_SEGMENTS),
  };
}

function touches(e: Entry, scope: Scope, from: number, to: number): boolean {
  const subject = subjectOf(e);
  if (subject === null || !scope.machines.includes(subject)) return false;
  if (e.type === 'counterVerdict') return e.t > from && e.t <= to;
  if ('at' in e) return e.at >= from && e.at <= to;
  return 'from' in e && e.from < to && e.to > from;
}
