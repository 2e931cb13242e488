import { answer, type ReplayResult } from '#edge/replay/answer.ts';
import { FactStore } from '#edge/replay/fact-store.ts';
import {
  type CounterEvent,
  type CounterVerdict,
  emptyBatch,
  type FactBatch,
  type MachinePiece,
  type MeterPiece,
  type StateInterval,
} from '#shared/oee/facts.ts';
import type { MachineState } from '#shared/state/state.ts';
import { MINUTE } from '#shared/time/instant.ts';
import { FactsOracle } from '../oracle/facts-oracle.ts';
import { constraintsOf, type KnownDay } from './day.ts';

/* Facts worked out second by second from the whole list of samples, then judged: nothing streams, nothing is remembered. */

const COUNTERS = ['total', 'good', 'reject', 'cycles'];
const REGISTERS = ['importWh', 'exportWh', 'importVarh'];

/** The instants at which facts must be cut for exact answers: bounds, and for lines where their constraint changes. */
export function cutsOf(day: KnownDay): number[] {
  const cuts = new Set(day.cuts);
  const oracle = new FactsOracle(day.plant, day.samples, day.to, day.cuts);
  for (const id of constraintsOf(day)) {
    const machine = day.plant.machines.get(id);
    for (const piece of machine ? oracle.pieces(machine) : []) if (piece.start % MINUTE !== 0) cuts.add(piece.start);
  }
  return [...cuts].sort((a, b) => a - b);
}

export function oracleFacts(day: KnownDay, cuts: readonly number[]): FactBatch {
  const { plant } = day;
  const oracle = new FactsOracle(plant, day.samples, day.to, cuts);
  const facts = emptyBatch();
  for (const machine of plant.machines.values()) {
    for (const i of oracle.intervals(machine)) {
      facts.intervals.push({ ...i, machine: machine.id, state: i.state as MachineState, revision: 1 } as StateInterval);
    }
    for (const { key, provisional, ...rest } of oracle.pieces(machine)) {
      facts.pieces.push({ ...rest, ...keyOf(key), machine: machine.id, revision: 1 } as MachinePiece);
    }
  }
  for (const meter of plant.meters.values()) {
    for (const { key, estimated, ...rest } of oracle.meterPieces(meter)) {
      const [, machine = '', ...tail] = key.split('|');
      const own = { meter: meter.id, machine, intervalStart: rest.start, revision: 1 };
      facts.meterPieces.push({
        ...rest,
        ...own,
        ...keyOf(['', ...tail].join('|')),
        ...(estimated ? { estimated } : {}),
      } as MeterPiece);
    }
  }
  const signals = [
    ...[...plant.machines.keys()].flatMap((id) => COUNTERS.map((what) => `${id}.${what}`)),
    ...[...plant.meters.keys()].flatMap((id) => REGISTERS.map((what) => `${id}.${what}`)),
  ];
  for (const signal of signals) {
    for (const { t, raw, fromT, fromRaw, counted, verdict } of oracle.events(signal)) {
      const step = { signal, t, raw, counted, previousT: fromT ?? t, previousRaw: fromRaw, revision: 1 };
      facts.counterEvents.push({ ...step, verdict: verdict as CounterVerdict } satisfies CounterEvent);
    }
  }
  return facts;
}

function keyOf(key: string): Pick<MachinePiece, 'minute' | 'state' | 'product' | 'order' | 'slot'> {
  const [, minute, state, product = '', order = '', slot] = key.split('|');
  return { minute: Number(minute), state: state as MachineState, product, order, slot: Number(slot) };
}

/** Answers from facts, wherever they come from. */
export function judged(day: KnownDay, facts: FactBatch): ReplayResult[] {
  const store = new FactStore(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
  store.add(facts);
  const { plant, entries, since, asOf, last } = day;
  const knownUntil = Number.isFinite(asOf) ? asOf : last;
  const known = { plant, entries, since, facts: store, findings: [], knownUntil };
  return day.queries.map((query) => answer(known, query));
}
