import type { Evidence, OperatorAnswer } from '#shared/contract/operator.ts';
import type { FiguresView } from '#shared/contract/socket.ts';
import { dayOfMonth } from '../../format/day-of-month.ts';
import { duration } from '../../format/duration.ts';
import type { NumberFormat } from '../../format/number.ts';
import { t } from '../../language/language.ts';
import { named } from '../../language/names.ts';

/** Teams that an operator may call; the ledger takes any. */
export const TEAMS = ['maintenance', 'quality', 'material', 'supervisor'] as const;
export type Team = (typeof TEAMS)[number];

/** "once", "twice", "3 times" */
export function times(n: number): string {
  if (n <= 2) return t(n === 1 ? 'operator.times.once' : 'operator.times.twice');
  return t('operator.times.more', { count: n });
}

/** Why a reason is suggested: "twice today, 14 min lost". */
export function evidenceWords({ kind, count, seconds, label, date }: Evidence, siteLocale: string): string {
  switch (kind) {
    case 'controller':
      if (count === 0) return t('operator.evidence.controller');
      return t('operator.evidence.controllerToday', { times: times(count) });
    case 'neighbour':
      return t('operator.evidence.neighbour', { machine: named(label ?? '') });
    case 'today':
      return t('operator.evidence.today', { times: times(count), duration: duration(seconds) });
    case 'hour':
      return t('operator.evidence.hour', { times: times(count) });
    case 'before':
      return t('operator.reason.last', { date: dayOfMonth(date, label ?? '', siteLocale) });
  }
}

type Offered = OperatorAnswer['groups'][number]['reasons'][number];

/** When a reason was last given; null: never, as far as is looked back. */
export function lastWords({ lastLabel, lastDate }: Offered, siteLocale: string): string | null {
  if (lastLabel === null) return null;
  return t('operator.reason.last', { date: dayOfMonth(lastDate, lastLabel, siteLocale) });
}

/** Where the plant file gives a reason no group, it is in "Other". */
export function groupWords(group: string): string {
  const name = named(group);
  return name === 'Other' ? t('operator.reason.otherGroup') : name;
}

export interface Due {
  /** "1,650" */
  readonly due: string;
  /** "1,530 behind" */
  readonly difference: string;
}

export function dueWords(figures: FiguresView | null, format: NumberFormat): Due | null {
  if (!figures || figures.targetCount === null) return null;
  const behind = Math.round(figures.targetCount) - Math.round(figures.counts.good);
  const key = behind === 0 ? 'operator.due.onTarget' : behind > 0 ? 'operator.due.behind' : 'operator.due.ahead';
  const difference = t(key, { count: format.count(Math.abs(behind)) });
  return { due: format.count(figures.targetCount), difference };
}

/** "Maintenance called 11:42"; a team that no tablet offers is named as the ledger has it. */
export function calledAt(team: string | null, time: string): string {
  const known = TEAMS.find((one) => one === team) ?? (team ? null : 'help');
  if (known !== null) return t(`operator.calledAt.${known}`, { time });
  return t('operator.calledAt.other', { team: `${team?.[0]?.toUpperCase()}${team?.slice(1)}`, time });
}

/** Who said what others should know: "Ann on Tablet 2 at 11:31". */
export function changedWords(
  changed: Readonly<Record<string, unknown>>,
  name: (reason: string) => string,
  clock: (iso: string) => string,
): string {
  const { by, device, recordedAt, reason, type } = changed;
  const known = typeof by === 'string' && by !== 'unnamed' ? by : typeof device === 'string' ? device : null;
  const what = typeof reason === 'string' ? 'reason' : type === 'void' ? 'takenBack' : 'other';
  const said = {
    who: known ?? t('operator.changed.somebody'),
    ...(typeof reason === 'string' && { reason: name(reason) }),
  };
  if (typeof recordedAt !== 'string') return t(`operator.changed.${what}`, said);
  return t(`operator.changed.${what}At`, { ...said, time: clock(recordedAt) });
}
