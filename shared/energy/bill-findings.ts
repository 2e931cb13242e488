import type { Finding } from '../oee/judged.ts';
import type { Tariff } from '../plant/model.ts';
import { type Instant, type Span, toIso } from '../time/instant.ts';
import { localDate, localMidnight } from '../time/zone.ts';
import { localDays } from './settlement.ts';

/** What a bill came across besides its figures. */
export interface BillCircumstances extends Span {
  readonly gaps: readonly Span[];
  /** Intervals that are only partly measured. */
  readonly incomplete: number;
  readonly unpricedKWh: number;
  readonly firstUnpriced: Instant | null;
  readonly lacksKvarh: boolean;
  /** Months that a ratchet looks back; 0 without one. */
  readonly lookBack: number;
  /** The load begins no later than they do. */
  readonly historyReaches: boolean;
  /** Where the year's maximum is billed: start of the load, where it does not reach back to the year's. */
  readonly yearUnknownBefore: Instant | null;
}

const MAX_GAPS_TOLD = 20;

/** What was left out of a bill, or might be wrong with it: one sentence each. */
export function billFindings(tariff: Tariff, bill: BillCircumstances): Finding[] {
  const { start, end, gaps } = bill;
  const found: Finding[] = [];
  const tell = (code: string, t: Instant | null, message: string): void => {
    found.push({ id: t === null ? code : `${code}:${t}`, code, scope: null, t, message });
  };
  for (const gap of gaps.slice(0, MAX_GAPS_TOLD)) {
    tell(
      'loadGap',
      gap.start,
      `no load from ${toIso(gap.start)} to ${toIso(gap.end)}: that time is not billed; add the rows`,
    );
  }
  if (gaps.length > MAX_GAPS_TOLD) {
    const more = gaps.length - MAX_GAPS_TOLD;
    tell('loadGaps', null, `${more} more gaps in the load, the last up to ${toIso(gaps.at(-1)?.end ?? end)}`);
  }
  if (bill.incomplete > 0) {
    tell(
      'loadIncomplete',
      null,
      `intervals only partly measured: ${bill.incomplete}; their energy counts, as no maximum`,
    );
  }
  if (bill.unpricedKWh !== 0 && bill.firstUnpriced !== null) {
    const what = tariff.prices ? 'prices' : 'a band (one without days, months and times matches everything)';
    tell(
      'priceMissing',
      bill.firstUnpriced,
      `${Number(bill.unpricedKWh.toFixed(3))} kWh have no price and are left out, the first at ` +
        `${toIso(bill.firstUnpriced)}; add ${what}`,
    );
  }
  if (bill.lacksKvarh && needsKvarh(tariff)) {
    tell(
      'reactiveMissing',
      null,
      'the load has intervals without kvarh, but the tariff charges kVA, reactive energy or power factor: they are billed ' +
        'as if there were none, which is the least it can be',
    );
  }
  if (bill.lookBack > 0 && !bill.historyReaches) {
    tell(
      'ratchetShort',
      null,
      `the ratchet looks back ${bill.lookBack} months and the load does not: earlier peaks are not known; add the rows before the period`,
    );
  }
  if (bill.yearUnknownBefore !== null) {
    tell(
      'yearShort',
      bill.yearUnknownBefore,
      `the year's maximum is billed, and the load begins at ${toIso(bill.yearUnknownBefore)}: its share counts from then on; add the ` +
        'rows since 1 January if the contract is older',
    );
  }
  if (start < localMidnight(tariff.timezone, tariff.validFrom)) {
    const date = localDate(tariff.timezone, start);
    tell('tariffNotYetValid', start, `the period begins on ${date}, before the tariff's validFrom ${tariff.validFrom}`);
  }
  const days = localDays(tariff.timezone, start, end);
  if ([...tariff.demand, ...tariff.bands].some((d) => d.byUtilisation) && (days < 365 || days > 366)) {
    const covered = Number(days.toFixed(2));
    tell(
      'utilisationPeriod',
      null,
      `hours of use are those of a year; this period covers ${covered} of its days: bill a whole year`,
    );
  }
  return found;
}

function needsKvarh(tariff: Tariff): boolean {
  const inDemand = tariff.demand.some((d) => d.basis === 'kVA' || d.minimumPowerFactor !== null);
  return inDemand || tariff.capacity !== null || tariff.reactive !== null;
}
