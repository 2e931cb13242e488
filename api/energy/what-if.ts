import type { WhatIfAnswer } from '#shared/contract/energy-answers.ts';
import type { LoadRow } from '#shared/energy/load.ts';
import { hasReactive } from '#shared/energy/scope.ts';
import type { Plant, Tariff } from '#shared/plant/model.ts';
import { HOUR, type Instant, MINUTE } from '#shared/time/instant.ts';
import { BIN_MS, blocksOfProfiles, type LoadProfile } from '../kpi/energy-profile.ts';
import { CURVE_MS, type EnergySlice } from '../kpi/energy-slices.ts';
import type { KpiService } from '../kpi/service.ts';
import { badRequest } from '../problem.ts';
import { type BillQuestion, billOf, type PricedBill, priced, versionsOf } from './bill.ts';
import { loadRows, rowOf, slicesIn } from './load.ts';

/*
 * The same load under another tariff, or with the work moved.
 *
 * - Work moved by N hours: what machines drew goes N hours later with all its stops; the rest of the building stays where it
 *   is. Nothing else is assumed, and the answer says what that leaves out.
 */
export interface WhatIf extends BillQuestion {
  readonly against: string | null;
  /** Later; below 0 earlier. */
  readonly shiftHours: number;
}

export async function whatIf(plant: Plant, kpi: KpiService, question: WhatIf): Promise<WhatIfAnswer> {
  const present = await billOf(plant, kpi, question);
  const versions = question.against === null ? present.versions : versionsOf(plant, question.against);
  const loads = new Map<string, readonly LoadRow[]>();
  for (const tariff of versions) {
    loads.set(tariff.validFrom, await movedRows(plant, kpi, present, tariff, question));
  }
  const alternative = priced(plant, {
    question: { tariff: question.against ?? question.tariff },
    versions,
    meter: present.meter,
    rowsOf: (tariff) => loads.get(tariff.validFrom) ?? [],
    period: present.period,
  });
  return {
    present: present.answer,
    alternative: alternative.answer,
    difference: Number((alternative.answer.total - present.answer.total).toFixed(6)),
    assumptions: assumptions(question, present),
  };
}

async function movedRows(
  plant: Plant,
  kpi: KpiService,
  present: PricedBill,
  tariff: Tariff,
  { shiftHours }: WhatIf,
): Promise<readonly LoadRow[]> {
  const { start: from, end: to } = present.period;
  if (shiftHours === 0) return loadRows(plant, kpi, present.meter, tariff, { from, to });
  if (tariff.intervalMinutes % (BIN_MS / MINUTE) !== 0) {
    throw badRequest(
      `the work can be moved under tariffs of 5, 10, 15, 20, 30 or 60 minutes, not of ${tariff.intervalMinutes}`,
    );
  }
  const by = shiftHours * HOUR;
  const stays = await slicesIn(plant, kpi, present.meter, { from, to });
  const moves = await slicesIn(plant, kpi, present.meter, { from: from - by, to: to - by });
  const profiles = [
    ...stays.slices.map((slice, i) => part(slice, stays.spans[i]?.start ?? from, 'rest', 0)),
    ...moves.slices.map((slice, i) => part(slice, moves.spans[i]?.start ?? from, 'machines', by)),
  ];
  const settlement = {
    zone: tariff.timezone,
    windowMinutes: tariff.intervalMinutes,
    withVarh: hasReactive(plant, present.meter),
  };
  // A block is whole where both the building and the machines were read.
  const covered = blocksOfProfiles(
    stays.slices.map(({ profile }) => profile),
    settlement,
    from,
    to,
  );
  return blocksOfProfiles(profiles, settlement, from, to).map((block, i) => ({
    ...rowOf({ ...block, coveredSeconds: covered[i]?.coveredSeconds ?? 0 }),
    complete: covered[i]?.complete ?? false,
  }));
}

/** The share of a slice's load that is of machines, or of the rest, moved by `by`. */
function part(slice: EnergySlice, start: Instant, which: 'rest' | 'machines', by: number): LoadProfile {
  const { profile } = slice;
  const ownWh = new Float64Array(profile.energyWh.length);
  const offset = Math.floor(start / BIN_MS);
  for (const [machine, curve] of slice.curves) {
    if ((machine === '') !== (which === 'rest')) continue;
    for (let i = 0; i < curve.length; i += 1) {
      const bin = Math.floor((start + i * CURVE_MS) / BIN_MS) - offset;
      if (bin < ownWh.length) ownWh[bin] = (ownWh[bin] ?? 0) + (curve[i] ?? 0) * 1000;
    }
  }
  const shareOf = (i: number): number => {
    const whole = profile.energyWh[i] ?? 0;
    return whole > 0 ? Math.min(1, Math.max(0, (ownWh[i] ?? 0) / whole)) : 0;
  };
  return {
    firstBin: profile.firstBin + Math.round(by / BIN_MS),
    energyWh: profile.energyWh.map((wh, i) => wh * shareOf(i)),
    exportWh: profile.exportWh,
    varh: profile.varh.map((varh, i) => varh * shareOf(i)),
    coveredSeconds: profile.coveredSeconds.map((seconds) => seconds / 2),
  };
}

function assumptions({ shiftHours, against }: WhatIf, { exact }: PricedBill): string[] {
  const told: string[] = [];
  if (against !== null) told.push(`The same readings, priced with the tariff "${against}".`);
  if (shiftHours !== 0) {
    const hours = `${Math.abs(shiftHours)} ${Math.abs(shiftHours) === 1 ? 'hour' : 'hours'}`;
    told.push(
      `What the machines drew is moved ${hours} ${shiftHours > 0 ? 'later' : 'earlier'}, stops and all; the rest of the building stays.`,
      'People, daylight, heating and what is agreed with staff and network are not part of this figure.',
    );
  }
  if (exact.findings.length > 0) told.push('The bill of the present has findings of its own; they hold for both.');
  return told;
}
