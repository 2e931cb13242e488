import type { z } from 'zod';
import type { countsAnswer, statesAnswer, stopsAnswer } from '#shared/contract/rest-answers.ts';
import { isPlanned } from '#shared/oee/figures.ts';
import type { JudgedSpan } from '#shared/oee/judged.ts';
import { lineSpans } from '#shared/oee/line.ts';
import { lookOf, wordOf } from '#shared/oee/look.ts';
import { type Stop, stopsOf } from '#shared/oee/stops.ts';
import type { Plant } from '#shared/plant/model.ts';
import { type Instant, toIso } from '#shared/time/instant.ts';
import { buckets } from '#shared/time/periods.ts';
import { clockLabel } from '#shared/time/zone.ts';
import type { Scope } from '../scope.ts';
import { kWhOfStop } from './energy-fine.ts';
import type { EnergySlices } from './energy-slices.ts';
import type { WindowJudge } from './judged-window.ts';
import type { AskedWindow } from './window.ts';

/** What machines did over a window: states, stops and counts, as they are judged now. */

export interface MachineQuestion extends AskedWindow {
  readonly scope: Scope;
}

async function spansByMachine(windows: WindowJudge, { scope, from, to, asOf }: MachineQuestion) {
  const found = new Map<string, readonly JudgedSpan[]>();
  for (const id of scope.machines) found.set(id, (await windows.judge(id, from, to, asOf)).spans);
  return found;
}

export async function answerStates(
  plant: Plant,
  windows: WindowJudge,
  question: MachineQuestion,
): Promise<z.input<typeof statesAnswer>> {
  const items: z.input<typeof statesAnswer>['items'] = [];
  for (const [machine, spans] of await spansByMachine(windows, question)) {
    let first: JudgedSpan | null = null;
    const close = (span: JudgedSpan, end: number | null, until: number): void => {
      const look = lookOf(span);
      items.push({
        machine,
        start: toIso(span.start),
        end: end === null ? null : toIso(end),
        seconds: (until - span.start) / 1000,
        state: span.state,
        category: span.category,
        look,
        word: wordOf(look, span.state),
        reason: span.reason,
        reasonName: nameOf(plant, span.reason),
        stretchStart: span.stretchStart === null ? null : toIso(span.stretchStart),
        product: span.product || null,
        order: span.order || null,
        shift: span.shift?.id ?? null,
        date: span.shift?.productionDate ?? null,
      });
    };
    let last: JudgedSpan | null = null;
    for (const span of spans) {
      if (first && !sameSegment(first, span)) {
        close(first, span.start, span.start);
        first = null;
      }
      first ??= span;
      last = span;
    }
    if (first && last) close(first, last.open === true ? null : last.end, last.end);
  }
  return { items };
}

function sameSegment(a: JudgedSpan, b: JudgedSpan): boolean {
  return (
    a.state === b.state &&
    a.category === b.category &&
    a.reason === b.reason &&
    a.product === b.product &&
    a.order === b.order &&
    a.stretchStart === b.stretchStart &&
    a.shift?.start === b.shift?.start &&
    a.shift?.id === b.shift?.id
  );
}

export async function answerStops(
  plant: Plant,
  windows: WindowJudge,
  question: MachineQuestion,
  /** Where the energy of each stop is wanted too. */
  energy: EnergySlices | null,
): Promise<z.input<typeof stopsAnswer>> {
  const { from, to, asOf } = question;
  const zone = plant.site.timezone;
  const found = await spansByMachine(windows, question);
  const items: { machine: string; at: Instant; stop: Stop; kWh: number | null }[] = [];
  for (const [machine, spans] of found) {
    const drawn = energy ? await energy.itemsOf(machine, from, to, asOf) : [];
    for (const stop of stopsOf(spans, plant))
      items.push({ machine, at: stop.start, stop, kWh: kWhOfStop(stop, drawn) });
  }
  items.sort((a, b) => a.at - b.at);
  return {
    items: items.map(({ machine, stop, kWh }) => ({
      machine,
      start: toIso(stop.start),
      end: stop.end === null ? null : toIso(stop.end),
      startLabel: clockLabel(zone, stop.start),
      endLabel: stop.end === null ? null : clockLabel(zone, stop.end),
      seconds: stop.seconds,
      category: stop.category,
      state: stop.state,
      look: stop.look,
      word: wordOf(stop.look, stop.state),
      reason: stop.reason,
      reasonName: stop.reasonName,
      external: stop.external,
      unexplained: stop.unexplained,
      occurrence: stop.occurrence,
      kWh,
      stretchStart: toIso(stop.stretchStart),
      shift: stop.shift?.id ?? null,
      date: stop.shift?.productionDate ?? null,
      product: stop.product || null,
      order: stop.order || null,
    })),
  };
}

/** Pieces per bucket of `every` minutes on the local clock, of each machine; of a line with a constraint also the line. */
export async function answerCounts(
  plant: Plant,
  windows: WindowJudge,
  question: MachineQuestion & { readonly every: number },
): Promise<z.input<typeof countsAnswer>> {
  const found = await spansByMachine(windows, question);
  const lists: [string, readonly JudgedSpan[]][] = [...found].map(([id, spans]) => [`machine:${id}`, spans]);
  if (question.scope.kind !== 'machine') {
    for (const id of question.scope.lines) {
      if (plant.lines.get(id)?.constraint) lists.unshift([`line:${id}`, lineSpans(plant, id, found)]);
    }
  }
  const zone = plant.site.timezone;
  const spans = buckets(zone, question.from, question.to, 'interval', question.every);
  return {
    items: lists.flatMap(([scope, list]) => {
      let next = 0;
      return spans.map(({ start, end }) => {
        const sum = { total: 0, good: 0, reject: 0, unscheduledTotal: 0 };
        let ideal: number | null = null;
        for (let span = list[next]; span && span.start < end; span = list[++next]) {
          if (isPlanned(span)) {
            sum.total += span.totalCount;
            sum.good += span.goodCount;
            sum.reject += span.rejectCount;
            const each = span.idealSecondsPerPiece;
            if (each) ideal = (ideal ?? 0) + (span.end - span.start) / 1000 / each;
          } else sum.unscheduledTotal += span.totalCount;
        }
        return {
          scope,
          start: toIso(start),
          end: toIso(end),
          startLabel: clockLabel(zone, start),
          ...sum,
          idealCount: ideal,
        };
      });
    }),
  };
}

function nameOf(plant: Plant, reason: string | null): string | null {
  return reason === null ? null : (plant.reasons.get(reason)?.name ?? reason);
}
