import type { z } from 'zod';
import { FIGURES, type Figure } from '#shared/contract/rest.ts';
import type { explainAnswer } from '#shared/contract/rest-answers.ts';
import type { EnergyItem } from '#shared/energy/items.ts';
import { type KpiRatios, type KpiSums, plannedProductionSeconds, ratiosOf } from '#shared/oee/sums.ts';
import type { Plant } from '#shared/plant/model.ts';

/** A figure's formula in words, with its numbers, and where each number comes from. */
type Formula = Pick<z.input<typeof explainAnswer>, 'value' | 'formula' | 'substituted' | 'terms'>;
type Term = Formula['terms'][number];

const RESTS_ON_PIECES: ReadonlySet<Figure> = new Set(
  FIGURES.filter((figure) => figure !== 'availability' && figure !== 'utilization' && figure !== 'energy'),
);

/** `counted` false: nothing counts pieces, and what rests on them has no value. */
export function figureFormula(
  figure: Exclude<Figure, 'energy'>,
  sums: KpiSums,
  target: number | null,
  counted: boolean,
): Formula {
  const found = formulaOf(figure, sums, target);
  if (counted || !RESTS_ON_PIECES.has(figure)) return found;
  return { ...found, value: null, substituted: 'nothing counts the pieces of this machine' };
}

/** Energy by the meter that measured it. */
export function energyFormula(plant: Plant, items: readonly EnergyItem[]): Formula {
  const byMeter = new Map<string, { wh: number; shares: Set<number>; estimated: boolean }>();
  for (const { meter, energyWh, share, estimated } of items) {
    const sum = byMeter.get(meter) ?? { wh: 0, shares: new Set<number>(), estimated: false };
    byMeter.set(meter, sum);
    sum.wh += energyWh;
    sum.shares.add(share);
    sum.estimated ||= estimated;
  }
  const terms = [...byMeter].map(([id, { wh, shares, estimated }]): Term => {
    const meter = plant.meters.get(id);
    const parts = [...shares].map((share) => `${n(share * 100)} %`).join(', then ');
    const how = meter?.importWh ? 'its register, from reading to reading' : 'its power over time';
    return {
      name: meter?.name ?? id,
      value: wh / 1000,
      unit: 'kWh',
      from: `meter ${id}: ${how}; ${parts} of it${estimated ? '; split by seconds inside its minutes' : ''}`,
    };
  });
  const kWh = terms.reduce((sum, term) => sum + term.value, 0);
  return {
    value: terms.length > 0 ? kWh : null,
    formula: 'sum over meters of reading x share of this machine',
    substituted:
      terms.length > 0
        ? `${terms.map((term) => n(term.value)).join(' + ')} = ${n(kWh)} kWh`
        : 'no meter that feeds it has been read in this time',
    terms,
  };
}

function formulaOf(figure: Exclude<Figure, 'energy'>, s: KpiSums, target: number | null) {
  const ratios = ratiosOf(s);
  const ran = s.runSeconds > 0;
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
    value: ran ? s.idealGoodSeconds : 0,
    unit: 's',
    from: ran
      ? `ideal cycle x good, ${n(s.goodCount)} pieces`
      : `nothing ran: the ${n(s.goodCount)} good pieces came from a buffer`,
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
  const reject: Term = { name: 'reject', value: s.rejectCount, unit: 'pieces', from: 'counted or booked as scrap' };
  const outside: Term = {
    name: 'made outside planned time',
    value: s.unscheduledTotalCount,
    unit: 'pieces',
    from: 'in breaks and off shift; not part of the figures',
  };
  const ratio = (key: keyof KpiRatios, above: Term, below: Term) => ({
    value: ratios[key],
    formula: `${above.name} / ${below.name}`,
    substituted:
      ratios[key] === null
        ? `${n(above.value)} / ${n(below.value)} is not defined`
        : `${n(above.value)} / ${n(below.value)} = ${n(ratios[key])}`,
    terms: [above, below],
  });
  switch (figure) {
    case 'availability':
      return ratio('availability', run, planned);
    case 'performance':
      return ratio('performance', ideal, run);
    case 'quality':
      return ratio('quality', idealGood, ideal);
    case 'oee':
      return ratio('oee', idealGood, planned);
    case 'utilization':
      return ratio('utilization', planned, all);
    case 'teep':
      return ratio('teep', idealGood, all);
    case 'ooe':
      return ratio('ooe', idealGood, manned);
    case 'yield':
      return ratio('yield', good, total);
    case 'total':
      return {
        value: s.totalCount,
        formula: 'good + reject, in planned production time',
        substituted: `${n(s.goodCount)} + ${n(s.rejectCount)} = ${n(s.totalCount)}`,
        terms: [good, reject, outside],
      };
    case 'good':
      return {
        value: s.goodCount,
        formula: 'total - reject, in planned production time',
        substituted: `${n(s.totalCount)} - ${n(s.rejectCount)} = ${n(s.goodCount)}`,
        terms: [total, reject, outside],
      };
    case 'reject':
      return {
        value: s.rejectCount,
        formula: 'total - good, in planned production time',
        substituted: `${n(s.totalCount)} - ${n(s.goodCount)} = ${n(s.rejectCount)}`,
        terms: [total, good, outside],
      };
    case 'targetCount':
      return {
        value: target,
        formula: 'sum over planned seconds of target OEE / ideal cycle of the product then',
        substituted: target === null ? 'there is no target OEE or no ideal cycle' : n(target),
        terms: [planned],
      };
  }
}

/** A number as text, exact to six decimals, without trailing zeros. */
function n(value: number): string {
  return String(Math.round(value * 1e6) / 1e6);
}
