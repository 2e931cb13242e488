import type { LedgerPart, LedgerPartAnswer, LossesAnswer } from '#shared/contract/losses.ts';
import { termName } from '../../glossary/terms.ts';
import { t } from '../../language/language.ts';
import { named } from '../../language/names.ts';

/*
 * The loss ledger as a waterfall: planned time down to fully productive time, and what lies outside the plan below it.
 * - It adds up in every unit: a total is the sum of everything under it, and the last row is the calendar and the meter.
 * - Every number is the server's; this file adds, and decides what a bar starts at.
 * - Where nothing counts the pieces of a machine, the ledger ends at its running time: the rest is not known.
 */
export const UNITS = ['minutes', 'parts', 'kWh', 'money'] as const;
export type Unit = (typeof UNITS)[number];

export type TotalKey = 'planned' | 'running' | 'net' | 'productive' | 'all';

export interface LedgerRow {
  readonly key: LedgerPart | TotalKey;
  readonly label: string;
  readonly kind: 'total' | 'loss' | 'outside' | 'all';
  readonly seconds: number;
  readonly parts: number | null;
  readonly kWh: number | null;
  readonly energyCost: number | null;
  readonly lostMoney: number | null;
  /** Factor that this total is the result of. */
  readonly factor: { readonly letter: 'A' | 'P' | 'Q'; readonly value: number | null } | null;
}

/** Shown also when there was none of it: where the row stands must not depend on the shift. */
const ALWAYS: ReadonlySet<LedgerPart> = new Set([
  'plannedStop',
  'waiting',
  'down',
  'smallStop',
  'slowCycles',
  'productionRejects',
]);
const OUTSIDE: readonly LedgerPart[] = ['break', 'scheduleLoss', 'offShift'];

export function ledgerRows({
  parts,
  figures,
  counted,
}: Pick<LossesAnswer, 'parts' | 'figures' | 'counted'>): LedgerRow[] {
  const by = new Map(parts.map((part) => [part.part, part]));
  const pick = (keys: readonly LedgerPart[]): LedgerPartAnswer[] => keys.flatMap((key) => by.get(key) ?? []);
  const outside = pick(OUTSIDE);
  const planned = parts.filter((part) => !outside.includes(part));
  const rejects = pick(['startupRejects', 'productionRejects']);
  const productive = pick(['fullyProductive']);
  const net = [...rejects, ...productive];
  const running = [...pick(['smallStop', 'slowCycles']), ...net];
  const rows: LedgerRow[] = [];
  const losses = (keys: readonly LedgerPart[]): void => {
    for (const part of pick(keys)) {
      if (part.seconds === 0 && !ALWAYS.has(part.part)) continue;
      const label = part.part === 'slowCycles' && part.seconds < 0 ? t('machine.fasterThanIdeal') : termName(part.part);
      const { part: key, pieces, ...rest } = part;
      rows.push({ key, label, kind: 'loss', factor: null, ...rest, parts: pieces });
    }
  };
  const { availability, performance, quality } = figures.kpi;
  rows.push({ ...total('planned', planned), ...(counted ? {} : { parts: null }) });
  losses(['plannedStop', 'waiting', 'down', 'unknown']);
  const run = { ...total('running', running), factor: { letter: 'A', value: availability } } as const;
  if (counted && performance !== null) {
    rows.push(run);
    losses(['smallStop', 'slowCycles']);
    rows.push({ ...total('net', net), factor: { letter: 'P', value: performance } });
    losses(['startupRejects', 'productionRejects']);
    rows.push({ ...total('productive', productive), factor: { letter: 'Q', value: quality } });
  } else {
    rows.push({ ...run, parts: null });
    losses(['smallStop']);
  }
  for (const part of outside) {
    if (part.seconds === 0 && !part.kWh) continue;
    const { part: key, pieces: _, ...rest } = part;
    rows.push({ key, label: termName(key), kind: 'outside', factor: null, ...rest, parts: null });
  }
  rows.push({ ...total('all', parts), kind: 'all', parts: null });
  return rows;
}

function total(key: TotalKey, parts: readonly LedgerPartAnswer[]): LedgerRow {
  const sum = (value: (part: LedgerPartAnswer) => number | null): number | null =>
    parts.reduce<number | null>((all, part) => {
      const own = value(part);
      return own === null ? all : (all ?? 0) + own;
    }, null);
  return {
    key,
    label: termName(key),
    kind: 'total',
    seconds: sum((part) => part.seconds) ?? 0,
    parts: sum((part) => part.pieces),
    kWh: sum((part) => part.kWh),
    energyCost: sum((part) => part.energyCost),
    lostMoney: sum((part) => part.lostMoney),
    factor: null,
  };
}

/** Money of a row is what it lost and what its energy cost; of losses both are for nothing made. */
export function valueIn(row: LedgerRow, unit: Unit): number | null {
  if (unit === 'minutes') return row.seconds / 60;
  if (unit === 'parts') return row.parts;
  if (unit === 'kWh') return row.kWh;
  return row.lostMoney === null && row.energyCost === null ? null : (row.lostMoney ?? 0) + (row.energyCost ?? 0);
}

export interface Bar {
  /** Shares of planned time (or parts, kWh, money), 0 to 1. */
  readonly left: number;
  readonly width: number;
}

/** A total starts at the left; a loss hangs at the end of what is left of the total above it. What is outside has no bar. */
export function ledgerBars(rows: readonly LedgerRow[], unit: Unit): ReadonlyMap<LedgerRow['key'], Bar> {
  const bars = new Map<LedgerRow['key'], Bar>();
  const whole = Math.max(1e-9, ...rows.filter((row) => row.kind === 'total').map((row) => valueIn(row, unit) ?? 0));
  const clip = (share: number): number => Math.min(1, Math.max(0, share));
  let left = 0;
  for (const row of rows) {
    const value = valueIn(row, unit);
    if (value === null || row.kind === 'outside' || row.kind === 'all') continue;
    if (row.kind === 'total') {
      left = value;
      bars.set(row.key, { left: 0, width: clip(value / whole) });
    } else {
      left -= value;
      bars.set(row.key, { left: clip(left / whole), width: clip(value / whole) });
    }
  }
  return bars;
}

export interface Closing {
  readonly ok: boolean;
  readonly text: string;
}

/** Where a sum counts as closed: what is shown has one decimal of a minute and of a kWh. */
const SECONDS_OFF = 3;
const KWH_OFF = 0.05;

/** Whether the ledger adds up to the calendar and to the meter, in words. */
export function closingOf(
  {
    calendar,
    meter,
    energy,
    untilLabel,
    shift,
  }: Pick<LossesAnswer, 'calendar' | 'meter' | 'energy' | 'untilLabel' | 'shift'>,
  decimal: (n: number, digits: number) => string,
): Closing[] {
  const values = {
    from: shift.startLabel,
    to: untilLabel,
    calendar: decimal(calendar.seconds / 60, 1),
    ledger: decimal(calendar.ledgerSeconds / 60, 1),
  };
  const off = calendar.ledgerSeconds - calendar.seconds;
  const time: Closing =
    Math.abs(off) <= SECONDS_OFF
      ? { ok: true, text: t('machine.addsUpToCalendar', values) }
      : { ok: false, text: t('machine.calendarOff', values) };
  if (!energy) return [time, { ok: true, text: t('machine.noMeter') }];
  if (!meter) {
    return [time, { ok: true, text: t('machine.meterIsDifference') }];
  }
  const names = meter.names.map(named).join(t('machine.and'));
  const read = { names, kwh: decimal(meter.kWh, 1), ledger: decimal(meter.ledgerKWh, 1) };
  const kWh = meter.ledgerKWh - meter.kWh;
  return [
    time,
    Math.abs(kWh) <= KWH_OFF
      ? { ok: true, text: t('machine.addsUpToMeter', read) }
      : { ok: false, text: t('machine.meterOff', read) },
  ];
}
