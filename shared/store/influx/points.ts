import type { IPoint } from 'influx';
import type { FactBatch, ReplacedFact, StateInterval } from '../../oee/facts.ts';
import type { Plant } from '../../plant/model.ts';
import { MACHINE_STATES, type MachineState } from '../../state/state.ts';
import { placeOf } from '../fact-key.ts';

/*
 * - A point's key is measurement, tags and time; writing the same key again overwrites it, so a batch may be sent twice.
 * - Every number is a float. Only what tells keys apart is a tag; strings that may change are fields.
 * - A state is a tag of `state_interval`, so an interval that changes its state would leave a ghost under the old tag: the
 *   other states of that start are sent as void rows along with it.
 */

/** Longest list of interval starts remembered, to know which rewritten intervals kept their state. */
const REMEMBERED_STARTS = 20_000;

export function createPointMaker(plant: () => Plant): (batch: FactBatch) => IPoint[] {
  const stateAtStart = new Map<string, MachineState>();

  const place = (machine: string): Record<string, string> => {
    const p = plant();
    const line = p.lines.get(p.machines.get(machine)?.line ?? '');
    return { site: p.site.id, area: line?.area ?? '', line: line?.id ?? '' };
  };

  const intervalPoints = (f: StateInterval): IPoint[] => {
    const id = `${f.machine} ${f.start}`;
    const before = stateAtStart.get(id);
    stateAtStart.set(id, f.state);
    if (stateAtStart.size > REMEMBERED_STARTS) stateAtStart.delete(stateAtStart.keys().next().value ?? '');
    const ghosts =
      before === f.state || (before === undefined && f.revision <= 1)
        ? []
        : MACHINE_STATES.filter((s) => s !== f.state && (before === undefined || s === before));
    const point = (state: MachineState, isVoid: boolean): IPoint => ({
      measurement: 'state_interval',
      tags: tags({ ...place(f.machine), machine: f.machine, state }),
      fields: {
        seconds: isVoid || f.end === null ? 0 : (f.end - f.start) / 1000,
        end: f.end ?? -1,
        reason: isVoid ? '' : (f.reason ?? ''),
        void: isVoid ? 1 : 0,
        revision: f.revision,
      },
      timestamp: f.start,
    });
    return [...ghosts.map((s) => point(s, true)), point(f.state, f.void === true)];
  };

  return (batch) => [
    ...batch.intervals.flatMap(intervalPoints),
    ...batch.pieces.map((f) => ({
      measurement: 'machine_minute',
      tags: tags({
        ...place(f.machine),
        machine: f.machine,
        state: f.state,
        product: f.product,
        order: f.order,
        slot: `${f.slot}`,
      }),
      fields: {
        intervalStart: f.intervalStart,
        start: f.start,
        end: f.end,
        seconds: (f.end - f.start) / 1000,
        totalCount: f.totalCount,
        goodCount: f.goodCount,
        rejectCount: f.rejectCount,
        provisional: f.provisional === true ? 1 : 0,
        void: f.void === true ? 1 : 0,
        revision: f.revision,
      },
      timestamp: f.minute,
    })),
    ...batch.meterPieces.map((f) => ({
      measurement: 'meter_minute',
      tags: tags({
        site: plant().site.id,
        meter: f.meter,
        machine: f.machine,
        state: f.state,
        product: f.product,
        order: f.order,
        slot: `${f.slot}`,
      }),
      fields: {
        intervalStart: f.intervalStart,
        start: f.start,
        end: f.end,
        energyWh: f.energyWh,
        exportWh: f.exportWh,
        varh: f.varh,
        coveredSeconds: f.coveredSeconds,
        estimated: f.estimated === true ? 1 : 0,
        void: f.void === true ? 1 : 0,
        revision: f.revision,
      },
      timestamp: f.minute,
    })),
    ...batch.conditions.map((f) => ({
      measurement: 'condition_minute',
      tags: tags({ ...place(f.machine), machine: f.machine, condition: f.condition }),
      fields: {
        min: f.min,
        mean: f.mean,
        max: f.max,
        last: f.last,
        coveredSeconds: f.coveredSeconds,
        void: f.void === true ? 1 : 0,
        revision: f.revision,
      },
      timestamp: f.minute,
    })),
    ...batch.counterEvents.map((f) => ({
      measurement: 'counter_event',
      tags: tags({ site: plant().site.id, signal: f.signal }),
      fields: {
        raw: f.raw,
        previousT: f.previousT,
        previousRaw: f.previousRaw,
        verdict: f.verdict,
        counted: f.counted,
        void: f.void === true ? 1 : 0,
        revision: f.revision,
      },
      timestamp: f.t,
    })),
    ...batch.oee.map((p) => ({
      measurement: 'oee',
      tags: tags({ ...scopeTags(p.scope, place, plant()), basis: 'measured', scope: p.scope }),
      fields: present({
        availability: p.availability,
        performance: p.performance,
        quality: p.quality,
        oee: p.oee,
        plannedProductionSeconds: p.plannedProductionSeconds,
        runSeconds: p.runSeconds,
        idealSeconds: p.idealSeconds,
        idealGoodSeconds: p.idealGoodSeconds,
        totalCount: p.totalCount,
        goodCount: p.goodCount,
        rejectCount: p.rejectCount,
        shift: p.shift,
        date: p.date,
      }),
      timestamp: p.t,
    })),
    ...batch.history.map(historyPoint),
  ];
}

function historyPoint(h: ReplacedFact): IPoint {
  const { owner, t, key } = placeOf(h);
  return {
    measurement: 'fact_history',
    tags: tags({ kind: h.kind, owner, key, knownTo: `${h.knownTo}` }),
    fields: { knownFrom: h.knownFrom, fact: JSON.stringify(h.fact) },
    timestamp: t,
  };
}

function scopeTags(
  scope: string,
  place: (machine: string) => Record<string, string>,
  plant: Plant,
): Record<string, string> {
  const [kind, id = ''] = scope.split(':');
  if (kind === 'machine') return { ...place(id), machine: id };
  return { site: plant.site.id, area: plant.lines.get(id)?.area ?? '', line: id };
}

/** What no tag may hold: a control character anywhere, a backslash at the end. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not reach the line protocol
const UNFIT = /[\u0000-\u001e\u007f]|\\$/;

/** InfluxDB has no empty tag and no line break inside one; an absent tag reads back as ''. */
function tags(all: Record<string, string>): Record<string, string> {
  const out: Record<string, string> = {};
  for (const name in all) {
    const value = all[name] ?? '';
    const clean = UNFIT.test(value) ? cleaned(value) : value;
    if (clean !== '') out[name] = clean;
  }
  return out;
}

function cleaned(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not reach the line protocol
  return value.replace(/[\u0000-\u001e\u007f]/g, ' ').replace(/\\+$/, '');
}

/** An undefined ratio is an absent field, never 0. */
function present(fields: Record<string, number | string | null>): Record<string, number | string> {
  const out: Record<string, number | string> = {};
  for (const [name, value] of Object.entries(fields)) if (value !== null) out[name] = value;
  return out;
}
