import { type EnergyResult, energyResult } from '#shared/energy/result.ts';
import { metersBehind } from '#shared/energy/scope.ts';
import { piecesNeededFrom } from '#shared/oee/corrections.ts';
import { isCounted, isLineCounted, withoutCounts } from '#shared/oee/counted.ts';
import { type Figures, figuresOf, sumSpans } from '#shared/oee/figures.ts';
import { findingsOf } from '#shared/oee/findings.ts';
import { type Iso22400, iso22400Of } from '#shared/oee/iso22400.ts';
import { judge } from '#shared/oee/judge.ts';
import type { Finding, JudgedSpan } from '#shared/oee/judged.ts';
import { lineSums } from '#shared/oee/line.ts';
import { addSums, zeroSums } from '#shared/oee/sums.ts';
import { toIso } from '#shared/time/instant.ts';
import type { Known } from './engine.ts';
import type { Query } from './queries.ts';
import { type Window, windowOf } from './windows.ts';

/** Result of one query, members as INTERFACES names them. `window` is null where the shift does not run on that date. */
export type ReplayResult = {
  readonly id: string;
  readonly window: { readonly start: string; readonly end: string } | null;
} & (
  | (Figures & { readonly findings: readonly ReplayFinding[] })
  | { readonly iso22400: Iso22400; readonly findings: readonly ReplayFinding[] }
  | { readonly energy: Omit<EnergyResult, 'findings'>; readonly findings: readonly ReplayFinding[] }
);

export interface ReplayFinding {
  readonly id: string;
  readonly code: string;
  readonly scope: string | null;
  readonly t: string | null;
  readonly message: string;
}

export function answer(known: Known, query: Query): ReplayResult {
  if (query.kind === 'energy') return energyAnswer(known, query);
  const machines = query.kind === 'line' ? (known.plant.lines.get(query.line)?.machines ?? []) : query.machines;
  const spans = new Map<string, readonly JudgedSpan[]>();
  const windows: Window[] = [];
  const findings: ReplayFinding[] = [];
  for (const machine of machines) {
    const window = windowOf(known.plant, query, known.plant.machines.get(machine)?.line ?? null);
    if (!window) continue;
    windows.push(window);
    const judged = judgeMachine(known, machine, window);
    spans.set(machine, judged);
    const { plant, entries, facts } = known;
    const found = findingsOf({ plant, machine, spans: judged, entries, counterEvents: facts.counterEvents });
    findings.push(...found.map(shownFinding), ...measuredFindings(known, machine, window));
  }
  const head = { id: query.id, window: outer(windows) };
  if (query.kind === 'iso22400') {
    return { ...head, iso22400: iso22400Of([...spans.values()].flat(), known.plant), findings };
  }
  const sums = query.kind === 'line' ? lineSums(known.plant, query.line, spans) : zeroSums();
  if (query.kind !== 'line') for (const machine of query.machines) addSums(sums, sumSpans(spans.get(machine) ?? []));
  const figures = figuresOf(sums);
  return { ...head, ...(isQueryCounted(known, query) ? figures : withoutCounts(figures)), findings };
}

function isQueryCounted({ plant }: Known, query: Exclude<Query, { kind: 'energy' }>): boolean {
  if (query.kind === 'line') return isLineCounted(plant, query.line);
  return query.machines.some((id) => {
    const machine = plant.machines.get(id);
    return machine !== undefined && isCounted(machine);
  });
}

function judgeMachine(
  { plant, facts, entries, since, knownUntil }: Known,
  machine: string,
  window: Window,
): JudgedSpan[] {
  return judge({
    plant,
    machine,
    intervals: facts.intervals(machine, since),
    pieces: facts.pieces(machine, piecesNeededFrom(plant, machine, entries, window.from), window.to),
    entries,
    counterEvents: facts.counterEvents,
    from: window.from,
    to: window.to,
    knownUntil,
  });
}

function energyAnswer(known: Known, query: Extract<Query, { kind: 'energy' }>): ReplayResult {
  const { plant, facts, entries } = known;
  const window = windowOf(plant, query, null) ?? { from: query.from, to: query.to };
  const meters = metersBehind(plant, query.meter);
  const fed = new Set(
    meters.flatMap((m) => plant.meters.get(m)?.feeds.flatMap(({ value }) => value) ?? []).map((f) => f.machine),
  );
  const spansByMachine = new Map([...fed].map((machine) => [machine, judgeMachine(known, machine, window)]));
  const { findings, ...energy } = energyResult({
    plant,
    meter: query.meter,
    meterPieces: facts.meterPieces(meters, window.from, window.to),
    counterEvents: facts.counterEvents,
    entries,
    spansByMachine,
    from: window.from,
    to: window.to,
    ...(query.demandWindowMinutes === undefined ? {} : { demandWindowMinutes: query.demandWindowMinutes }),
    ...(query.byCategory === undefined ? {} : { byCategory: query.byCategory }),
  });
  const measured = meters.flatMap((meter) => measuredFindings(known, meter, window));
  return { id: query.id, window: outer([window]), energy, findings: [...findings.map(shownFinding), ...measured] };
}

/** What the aggregator found about the signals of a machine or meter, up to the end of the window. */
function measuredFindings({ findings }: Known, owner: string, window: Window): ReplayFinding[] {
  return findings
    .filter((f) => (f.signal === owner || f.signal.startsWith(`${owner}.`)) && f.t > window.from && f.t <= window.to)
    .map(({ code, signal, t, message }) => ({ id: `${code}:${signal}`, code, scope: signal, t: toIso(t), message }));
}

function shownFinding({ id, code, scope, t, message }: Finding): ReplayFinding {
  return { id, code, scope, t: t === null ? null : toIso(t), message };
}

function outer(windows: readonly Window[]): { start: string; end: string } | null {
  if (windows.length === 0) return null;
  return {
    start: toIso(Math.min(...windows.map((w) => w.from))),
    end: toIso(Math.max(...windows.map((w) => w.to))),
  };
}
