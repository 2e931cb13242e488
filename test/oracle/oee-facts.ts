import type { Entry } from '#shared/ledger/entry.ts';
import type { MachinePiece, StateInterval } from '#shared/oee/facts.ts';
import type { OracleEntry, OracleMachine, OracleWorld } from './oee-oracle.ts';

/** The facts that an aggregator would have written of a day of the model, pieces cut at `cuts` too (epoch seconds). */
export function factsOfDay(
  world: OracleWorld,
  id: string,
  machine: OracleMachine,
  cuts: readonly number[],
): { intervals: StateInterval[]; pieces: MachinePiece[] } {
  const intervals: StateInterval[] = [];
  machine.states.forEach(({ t, value }, i) => {
    if (t >= world.end) return;
    const until = machine.states[i + 1]?.t ?? world.end;
    const reason = value.state === 'running' || value.state === 'unknown' ? null : value.reason;
    const last = intervals.at(-1);
    if (last && last.state === value.state && last.reason === reason) {
      intervals[intervals.length - 1] = { ...last, end: until * 1000 };
    } else intervals.push({ machine: id, start: t * 1000, end: until * 1000, state: value.state, reason, revision: 1 });
  });
  const pieces: MachinePiece[] = [];
  const first = machine.states[0]?.t ?? world.end;
  const bounds = new Set([first, world.end]);
  for (let t = Math.ceil(first / 60) * 60; t < world.end; t += 60) bounds.add(t);
  for (const t of [...cuts, ...machine.states.map((e) => e.t), ...machine.products.map((e) => e.t)]) {
    if (t > first && t < world.end) bounds.add(t);
  }
  const ordered = [...bounds].sort((a, b) => a - b);
  const counts = [...machine.counts].sort((a, b) => a.t - b.t);
  let c = counts.findIndex((e) => e.t > first);
  if (c < 0) c = counts.length;
  let s = 0;
  let interval = 0;
  let p = 0;
  let product = '';
  for (let i = 0; i + 1 < ordered.length; i++) {
    const start = ordered[i] as number;
    const end = ordered[i + 1] as number;
    while ((machine.states[s + 1]?.t ?? Number.POSITIVE_INFINITY) <= start) s++;
    while ((intervals[interval + 1]?.start ?? Number.POSITIVE_INFINITY) <= start * 1000) interval++;
    for (let e = machine.products[p]; e && e.t <= start; e = machine.products[++p]) product = e.value;
    let goodCount = 0;
    let rejectCount = 0;
    for (let e = counts[c]; e && e.t <= end; e = counts[++c]) {
      goodCount += e.value.good;
      rejectCount += e.value.reject;
    }
    pieces.push({
      machine: id,
      minute: Math.floor(start / 60) * 60_000,
      state: machine.states[s]?.value.state ?? 'unknown',
      product,
      order: '',
      slot: i,
      intervalStart: intervals[interval]?.start ?? start * 1000,
      start: start * 1000,
      end: end * 1000,
      totalCount: goodCount + rejectCount,
      goodCount,
      rejectCount,
      revision: 1,
    });
  }
  return { intervals, pieces };
}

/** The entries of a day of the model, in the order in which they were recorded; every one of `voided` taken back again. */
export function entriesOfDay(id: string, entries: readonly OracleEntry[], voided: readonly OracleEntry[]): Entry[] {
  const made: Entry[] = [];
  const header = () => ({
    id: `${id}-${made.length}`,
    seq: made.length + 1,
    recordedAt: made.length * 1000,
    by: 'ann',
  });
  const add = (e: OracleEntry) => {
    const head = { ...header(), machine: id };
    if (e.type === 'whole') made.push({ ...head, type: 'stopReason', at: e.at * 1000, reason: e.reason });
    else if (e.type === 'slice') {
      made.push({ ...head, type: 'stopReason', from: e.from * 1000, to: e.to * 1000, reason: e.reason });
    } else if (e.type === 'scrap') made.push({ ...head, type: 'scrap', at: e.at * 1000, count: e.count });
    else made.push({ ...head, type: 'product', at: e.at * 1000, product: e.product });
    return head.id;
  };
  for (const e of voided) {
    const entry = add(e);
    made.push({ ...header(), type: 'void', entry });
  }
  for (const e of entries) add(e);
  return made;
}
