import type { FactBatch } from '../oee/facts.ts';
import { dayOf, type Instant } from '../time/instant.ts';

/** UTC days that a fact of the batch lies in, ends in or begins in, by machine and meter (their ids never meet). */
export function touchedDays(batch: FactBatch): ReadonlyMap<string, ReadonlySet<number>> {
  const days = new Map<string, Set<number>>();
  const mark = (owner: string, from: Instant, to: Instant) => {
    let own = days.get(owner);
    if (!own) {
      own = new Set();
      days.set(owner, own);
    }
    for (let day = dayOf(from); day <= dayOf(to); day += 1) own.add(day);
  };
  for (const f of batch.pieces) mark(f.machine, f.minute, f.end);
  for (const f of batch.intervals) mark(f.machine, f.start, f.end ?? f.start);
  // A step of a register changes what its meter's minutes are corrected to.
  for (const f of batch.meterPieces) mark(f.meter, f.minute, f.end);
  for (const f of batch.counterEvents) mark(f.signal.split('.')[0] ?? '', f.previousT, f.t);
  return days;
}
