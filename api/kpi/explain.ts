import type { z } from 'zod';
import type { Figure } from '#shared/contract/rest.ts';
import type { explainAnswer } from '#shared/contract/rest-answers.ts';
import type { Entry } from '#shared/ledger/entry.ts';
import { addSpan, figuresOf, sumSpans } from '#shared/oee/figures.ts';
import type { JudgedSpan } from '#shared/oee/judged.ts';
import { constraintAt, lineSpans, lineSums } from '#shared/oee/line.ts';
import { addSums, type KpiSums, plannedProductionSeconds, zeroSums } from '#shared/oee/sums.ts';
import { targetCount } from '#shared/oee/target.ts';
import { type Plant, valueAt } from '#shared/plant/model.ts';
import { toIso } from '#shared/time/instant.ts';
import type { Scope } from '../scope.ts';
import type { WindowJudge } from './judged-window.ts';
import type { AskedWindow } from './window.ts';

/** Version of the rules that figures follow; every report names it. */
export const RULES_VERSION = 1;

type Explanation = z.input<typeof explainAnswer>;
type Term = Explanation['terms'][number];

export interface ExplainQuestion extends AskedWindow {
  readonly scope: Scope;
  readonly figure: Figure;
}

const MAX_SEGMENTS = 2000;

/** A figure's formula with its numbers, down to the intervals and counts that it was added up from. */
export async function explain(
  plant: Plant,
  windows: WindowJudge,
  ledger: { readonly seq: number; readonly entries: () => readonly Entry[] },
  question: ExplainQuestion,
): Promise<Explanation> {
  const { scope, figure, from, to, asOf } = question;
  const byMachine = new Map<string, readonly JudgedSpan[]>();
  for (const id of scope.machines) byMachine.set(id, (await windows.judge(id, from, to, asOf)).spans);
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
  const { value, formula, substituted, terms } = formulaOf(figure, sums, target);
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
    machines: [...byMachine].map(([id, spans]) => machineOf(plant, id, spans)),
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

function formulaOf(figure: Figure, s: KpiSums, target: number | null) {
  const planned: Term = {
    name: 'planned production time',
    value: plannedProductionSeconds(s),
    unit: 's',
    from: `run ${n(s.runSeconds)} + unplanned stops ${n(s.unplannedStopSeconds)} + planned stops ${n(s.plannedStopSeconds)} + unknown ${n(s.unknownSeconds)}`,
  };
  const run: Term = {
    name: 'run time',
    value: s.runSeconds,
    unit: 's',
    from: `running, small stops of ${n(s.smallStopSeconds)} s in`,
  };
  const ideal: Term = {
    name: 'ideal time of all pieces',
    value: s.idealSeconds,
    unit: 's',
    from: `ideal cycle x total, ${n(s.totalCount)} pieces`,
  };
  const idealGood: Term = {
    name: 'ideal time of good pieces',
    value: s.idealGoodSeconds,
    unit: 's',
    from: `ideal cycle x good, ${n(s.goodCount)} pieces`,
  };
  const all: Term = { name: 'all time', value: s.allSeconds, unit: 's', from: 'the whole window' };
  const manned: Term = {
    name: 'operations time',
    value: planned.value + s.scheduleLossSeconds + s.breakSeconds,
    unit: 's',
    from: `planned ${n(planned.value)} + not scheduled ${n(s.scheduleLossSeconds)} + breaks ${n(s.breakSeconds)}`,
  };
  const good: Term = { name: 'good', value: s.goodCount, unit: 'pieces', from: 'counted and not rejected' };
  const total: Term = { name: 'total', value: s.totalCount, unit: 'pieces', from: 'good + reject' };
  const ratio = (above: Term, below: Term) => ({
    value: below.value > 0 ? above.value / below.value : null,
    formula: `${above.name} / ${below.name}`,
    substituted:
      below.value > 0
        ? `${n(above.value)} / ${n(below.value)} = ${n(above.value / below.value)}`
        : `${n(above.value)} / 0 is not defined`,
    terms: [above, below],
  });
  switch (figure) {
    case 'availability':
      return ratio(run, planned);
    case 'performance':
      return ratio(ideal, run);
    case 'quality':
      return ratio(idealGood, ideal);
    case 'oee':
      return ratio(idealGood, planned);
    case 'utilization':
      return ratio(planned, all);
    case 'teep':
      return ratio(idealGood, all);
    case 'ooe':
      return ratio(idealGood, manned);
    case 'yield':
      return ratio(good, total);
    case 'targetCount':
      return {
        value: target,
        formula: 'sum over planned seconds of target OEE / ideal cycle of the product then',
        substituted: target === null ? 'there is no target OEE or no ideal cycle' : n(target),
        terms: [planned],
      };
  }
}

function machineOf(plant: Plant, id: string, spans: readonly JudgedSpan[]): Explanation['machines'][number] {
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
      product: first.product || null,
      idealSecondsPerPiece: first.idealSecondsPerPiece,
      total: sums.totalCount + sums.unscheduledTotalCount,
      good: sums.goodCount + sums.unscheduledGoodCount,
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
  if (!('machine' in e) || !scope.machines.includes(e.machine)) return false;
  return 'at' in e ? e.at >= from && e.at <= to : e.from < to && e.to > from;
}

/** A number as text, exact to six decimals, without trailing zeros. */
function n(value: number): string {
  return String(Math.round(value * 1e6) / 1e6);
}
