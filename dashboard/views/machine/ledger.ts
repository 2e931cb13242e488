import type { FiguresView, Look, ShiftEnergyView } from '#shared/contract/socket.ts';
import type { Stretch } from '../../charts/ribbon.ts';

/*
 * Where the time of a shift went: planned time down to fully productive time, each loss in seconds, parts, kWh and money.
 * - It adds up: every total is the one above less the losses between them, in seconds and in kWh.
 * - Seconds are the server's figures. The ribbon only says how unplanned time divides into waiting and down.
 * - Where nothing counts the pieces of a machine, the ledger ends at its running time: the rest is not known.
 * - kWh of a state are the server's; inside running time they are shared by seconds. Money is at the shift's mean price.
 */
export type LedgerKey =
  | 'planned'
  | 'setup'
  | 'waiting'
  | 'down'
  | 'unknown'
  | 'running'
  | 'minor'
  | 'slow'
  | 'net'
  | 'rejects'
  | 'productive';

export interface LedgerRow {
  readonly key: LedgerKey;
  readonly label: string;
  readonly total: boolean;
  readonly seconds: number;
  /** Where its bar starts, seconds from the left; a loss hangs at the end of what is left of the total above. */
  readonly offsetSeconds: number;
  readonly parts: number | null;
  readonly kWh: number | null;
  readonly cost: number | null;
  /** Factor that this total is the result of. */
  readonly factor: { readonly letter: 'A' | 'P' | 'Q'; readonly value: number | null } | null;
}

export function timeLedger(
  figures: FiguresView,
  stretches: readonly Stretch[],
  energy: ShiftEnergyView | null,
): LedgerRow[] {
  const s = figures.seconds;
  const waitingShare = shareOf(stretches, 'idle', 'down');
  const waiting = s.unplannedStop * waitingShare;
  const slow = s.run - s.smallStop - figures.idealSeconds;
  const rejects = figures.idealSeconds - figures.idealGoodSeconds;

  const by = (look: Look): number => energy?.byState[look] ?? 0;
  const runKWh = by('run');
  const pureRun = s.run - s.smallStop;
  const shared = (seconds: number): number => (pureRun > 0 ? (runKWh * seconds) / pureRun : 0);
  const kWhOf: Record<LedgerKey, number> = {
    planned: by('run') + by('minor') + by('setup') + by('idle') + by('down') + by('unknown'),
    setup: by('setup'),
    waiting: by('idle'),
    down: by('down'),
    unknown: by('unknown'),
    running: by('run') + by('minor'),
    minor: by('minor'),
    slow: shared(slow),
    net: shared(figures.idealSeconds),
    rejects: shared(rejects),
    productive: shared(figures.idealGoodSeconds),
  };
  const total = energy?.kWh ?? null;
  const price = energy?.cost != null && total ? energy.cost / total : null;
  const cycle =
    figures.counts.total > 0 && figures.idealSeconds > 0 ? figures.idealSeconds / figures.counts.total : null;

  const rows: LedgerRow[] = [];
  let left = s.plannedProduction;
  const add = (key: LedgerKey, label: string, seconds: number, factor: LedgerRow['factor'] | 'loss'): void => {
    const loss = factor === 'loss';
    if (loss) left -= seconds;
    else left = seconds;
    rows.push({
      key,
      label,
      total: !loss,
      seconds,
      offsetSeconds: loss ? left : 0,
      parts: cycle === null ? null : seconds / cycle,
      kWh: energy && total !== null ? kWhOf[key] : null,
      cost: price === null ? null : kWhOf[key] * price,
      factor: loss ? null : factor,
    });
  };
  const { availability, performance, quality } = figures.kpi;
  add('planned', 'Planned time', s.plannedProduction, null);
  add('setup', 'Setup', s.plannedStop, 'loss');
  add('waiting', 'Waiting', waiting, 'loss');
  add('down', 'Down', s.unplannedStop - waiting, 'loss');
  if (s.unknown > 0) add('unknown', 'No data', s.unknown, 'loss');
  add('running', 'Running time', s.run, { letter: 'A', value: availability });
  add('minor', 'Minor stops', s.smallStop, 'loss');
  if (performance === null && s.run > 0) return rows;
  add('slow', slow < 0 ? 'Faster than ideal' : 'Slow cycles', slow, 'loss');
  add('net', 'Net run time', figures.idealSeconds, { letter: 'P', value: performance });
  add('rejects', 'Rejects', rejects, 'loss');
  add('productive', 'Fully productive', figures.idealGoodSeconds, { letter: 'Q', value: quality });
  return rows;
}

function shareOf(stretches: readonly Stretch[], one: Look, other: Look): number {
  let ones = 0;
  let both = 0;
  for (const { look, start, end } of stretches) {
    if (look === one) ones += end - start;
    if (look === one || look === other) both += end - start;
  }
  return both > 0 ? ones / both : 0;
}
