import type { Evidence } from '#shared/contract/operator.ts';
import type { FiguresView } from '#shared/contract/socket.ts';
import { duration } from '../../format/duration.ts';
import type { NumberFormat } from '../../format/number.ts';

/** "once", "twice", "3 times" */
export function times(n: number): string {
  return n === 1 ? 'once' : n === 2 ? 'twice' : `${n} times`;
}

/** Why a reason is suggested: "twice today, 14 min lost". */
export function evidenceWords({ kind, count, seconds, label }: Evidence): string {
  const today = count > 0 ? `${times(count)} today` : null;
  switch (kind) {
    case 'controller':
      return today === null ? 'says the controller' : `says the controller, ${today}`;
    case 'neighbour':
      return `${label} is down`;
    case 'today':
      return `${today}, ${duration(seconds)} lost`;
    case 'hour':
      return `${times(count)} about this hour`;
    case 'before':
      return `last on ${label}`;
  }
}

export interface Due {
  readonly words: string;
  /** "1,530 behind"; null where there is no target. */
  readonly difference: string | null;
}

export function dueWords(figures: FiguresView | null, format: NumberFormat): Due | null {
  if (!figures || figures.targetCount === null) return null;
  const behind = Math.round(figures.targetCount) - Math.round(figures.counts.good);
  const difference =
    behind === 0 ? 'on target' : `${format.count(Math.abs(behind))} ${behind > 0 ? 'behind' : 'ahead'}`;
  return { words: `of ${format.count(figures.targetCount)} due,`, difference };
}

/** Who said what others should know: "Ann on Tablet 2 at 11:31". */
export function changedWords(
  changed: Readonly<Record<string, unknown>>,
  name: (reason: string) => string,
  clock: (iso: string) => string,
): string {
  const { by, device, recordedAt, reason, type } = changed;
  const who = typeof by === 'string' && by !== 'unnamed' ? by : typeof device === 'string' ? device : 'Somebody';
  const when = typeof recordedAt === 'string' ? ` at ${clock(recordedAt)}` : '';
  const what =
    typeof reason === 'string' ? `“${name(reason)}”` : type === 'void' ? 'that it is taken back' : 'something else';
  return `${who} said ${what}${when}`;
}
