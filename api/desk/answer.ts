import type { DeskAnswer } from '#shared/contract/desk.ts';
import type { JudgedSpan } from '#shared/oee/judged.ts';
import { wordOf } from '#shared/oee/look.ts';
import type { Plant } from '#shared/plant/model.ts';
import { HOUR, type Instant, MINUTE, toIso } from '#shared/time/instant.ts';
import { clockLabel } from '#shared/time/zone.ts';
import type { ApiDeps } from '../deps.ts';
import { answerKpi } from '../kpi/kpi-question.ts';
import { endForNow } from '../kpi/window.ts';
import { notesSince, openCalls } from '../ledger/words.ts';
import { pastStops } from '../operator/past-stops.ts';
import { hourBoard, leadSpans } from './hours.ts';
import { type MachineStop, paretoOf, stopsWithLosses } from './losses.ts';
import { type AskedShift, shiftAnswer } from './shift.ts';

/** One shift of a line or a machine for those who answer for it. @throws HistorianError while facts cannot be read. */
export async function deskAnswer(deps: ApiDeps, asked: AskedShift): Promise<DeskAnswer> {
  const { kpi, ledger, clock } = deps;
  const { scope, line, shift, shifts } = asked;
  const plant = deps.plant.current;
  const zone = plant.site.timezone;
  const now = clock();
  const seq = ledger.seq;
  const to = Math.max(shift.start, Math.min(shift.end, endForNow(deps.live, scope.machines, [], now)));
  const byMachine = new Map<string, readonly JudgedSpan[]>();
  for (const id of scope.machines) {
    byMachine.set(id, shift.start < to ? (await kpi.windows.judge(id, shift.start, to)).spans : []);
  }
  const stops = stopsWithLosses(plant, line.id, byMachine);
  const entries = kpi.entries.all();
  const said = { lines: scope.kind === 'line' ? [line.id] : scope.lines, machines: scope.machines };
  const notes = notesSince(plant, entries, said, shift.start, shift.end + HOUR);
  const [item] =
    shift.start < to
      ? await answerKpi(plant, kpi.kpi, kpi.windows, { scope, from: shift.start, to, by: ['total'], now })
      : [];
  return {
    scope: scope.text,
    name: scope.kind === 'line' ? line.name : (plant.machines.get(scope.id)?.name ?? scope.id),
    currency: plant.site.currency,
    seq,
    serverTime: toIso(now),
    shift: shiftAnswer(plant, shift, now),
    shifts: shifts.map((s) => shiftAnswer(plant, s, now)),
    figures: {
      oee: item?.kpi.oee ?? null,
      availability: item?.kpi.availability ?? null,
      performance: item?.kpi.performance ?? null,
      quality: item?.kpi.quality ?? null,
      good: item?.counts.good ?? 0,
      total: item?.counts.total ?? 0,
      targetCount: item?.targetCount ?? null,
    },
    unexplained: stops
      .filter(({ stop }) => stop.unexplained)
      .map(({ machine, stop, pieces, money }) => ({
        machine,
        machineName: plant.machines.get(machine)?.name ?? machine,
        start: toIso(stop.start),
        end: stop.end === null ? null : toIso(stop.end),
        startLabel: clockLabel(zone, stop.start),
        seconds: stop.seconds,
        look: stop.look,
        word: wordOf(stop.look, stop.state),
        pieces,
        money,
      })),
    explained: await explainedBy(deps, plant, stops, shift.start, to),
    hours: hourBoard(
      plant,
      shift,
      leadSpans(plant, asked, byMachine),
      notes.filter((n) => n.about === 'hour'),
      now,
    ),
    pareto: paretoOf(stops),
    scrap: scrapBy(plant, deps, scope.machines, shift.start, to),
    notes: notes.filter((n) => n.about !== 'hour'),
    calls: openCalls(plant, entries, scope.machines),
    reasons: [...plant.reasons.values()].map(({ id, name, group }) => ({ id, name, group })),
  };
}

/** Stop time by who explained it: the controller, a person, nobody. Small stops need no explanation and are left out. */
async function explainedBy(
  deps: ApiDeps,
  plant: Plant,
  stops: readonly MachineStop[],
  from: Instant,
  to: Instant,
): Promise<DeskAnswer['explained']> {
  const sums = { stopSeconds: 0, byController: 0, byPerson: 0, byNobody: 0 };
  for (const [id, own] of Map.groupBy(stops, (s) => s.machine)) {
    const machine = plant.machines.get(id);
    if (!machine) continue;
    const { intervals, knownUntil } = await deps.kpi.facts.intervalsOf(id, from, to);
    const entries = deps.kpi.entries.ofMachine(id);
    const past = pastStops({ plant, machine, intervals, entries, from, to, knownUntil });
    for (const { stop } of own) {
      if (stop.category !== 'unplannedStop' && stop.category !== 'plannedStop') continue;
      sums.stopSeconds += stop.seconds;
      const known = past.find((p) => p.start <= stop.start && stop.start < p.end);
      // A setup or maintenance state explains itself.
      const told = stop.reason === null ? stop.category === 'plannedStop' : known?.measured === stop.reason;
      if (told) sums.byController += stop.seconds;
      else if (stop.reason !== null) sums.byPerson += stop.seconds;
      else sums.byNobody += stop.seconds;
    }
  }
  return sums;
}

function scrapBy(
  plant: Plant,
  { kpi }: ApiDeps,
  machines: readonly string[],
  from: Instant,
  to: Instant,
): DeskAnswer['scrap'] {
  const counts = new Map<string | null, number>();
  for (const e of kpi.entries.all()) {
    if (e.type !== 'scrap' || !machines.includes(e.machine) || e.at <= from || e.at > to + MINUTE) continue;
    counts.set(e.reason ?? null, (counts.get(e.reason ?? null) ?? 0) + e.count);
  }
  return [...counts]
    .map(([reason, count]) => ({
      reason,
      name: reason === null ? 'No reason' : (plant.scrapReasons.get(reason)?.name ?? reason),
      count,
    }))
    .sort((a, b) => b.count - a.count);
}
