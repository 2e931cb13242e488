import type { z } from 'zod';
import type { EdgeBirth, EdgeHealth } from '#shared/contract/mqtt.ts';
import { ownerOf } from '#shared/ledger/subject.ts';
import type { CounterEvent, MachinePiece, MeterPiece, StateInterval } from '#shared/oee/facts.ts';
import type { Plant } from '#shared/plant/model.ts';
import { readTopic } from '#shared/plant/topics.ts';
import type { Instant } from '#shared/time/instant.ts';
import type { Counters } from '../metrics/counters.ts';
import { type CounterEventFacts, createCounterEventFacts } from './counter-events.ts';
import { createMachineFacts, type MachineFacts } from './machine-facts.ts';
import * as shape from './messages.ts';
import { createMeterFacts, type MeterFacts } from './meter-facts.ts';
import { isWritingPast } from './writing-past.ts';

/*
 * Everything known now: facts of the held time, newest states, powers, edges.
 *
 * - One message per topic is the newest: an older one (lower epoch, or same epoch and no higher revision) is ignored.
 *   The last will of an edge carries an old revision and counts all the same: it says that its edge is gone.
 * - Facts merge by key and their own revision, so their messages may come in any order and more than once.
 * - Unknown machines and meters, broken messages and facts from the future are counted and dropped.
 */
export interface LiveMachine {
  readonly facts: MachineFacts;
  powerW: number | null;
  /** Newest instant the edge vouches for; null before the first message. */
  t: Instant | null;
  conditions: Readonly<Record<string, number | null>>;
}

export interface LiveMeter {
  readonly facts: MeterFacts;
  powerW: number | null;
  t: Instant | null;
}

export interface LiveEdge {
  readonly id: string;
  birth: EdgeBirth | null;
  health: EdgeHealth | null;
  /** By our clock. */
  heardAt: Instant;
}

export type LiveChange =
  | { readonly kind: 'state' | 'live'; readonly machine: string }
  | { readonly kind: 'facts'; readonly machine: string; readonly from: Instant; readonly to: Instant }
  | { readonly kind: 'meter'; readonly meter: string }
  | { readonly kind: 'meterFacts'; readonly meter: string; readonly from: Instant; readonly to: Instant }
  | { readonly kind: 'edge'; readonly edge: string }
  /** Messages may have been missed: whatever was cached from them is doubtful. */
  | { readonly kind: 'gap' };

export interface LiveStore {
  /** Takes one message of the unified namespace. */
  apply(topic: string, payload: Uint8Array): void;
  mergeFacts(facts: {
    pieces?: readonly MachinePiece[];
    intervals?: readonly StateInterval[];
    meterPieces?: readonly MeterPiece[];
    counterEvents?: readonly CounterEvent[];
  }): void;
  /** Announces that messages may have been missed. */
  gap(): void;
  machine(id: string): LiveMachine;
  meter(id: string): LiveMeter;
  readonly counterEvents: CounterEventFacts;
  edges(): readonly LiveEdge[];
  /** Facts since here are held in memory, joined with the historian; null before the first load. */
  heldFrom: Instant | null;
  on(listener: (change: LiveChange) => void): void;
}

type Handler = (topic: string, json: unknown) => void;

/** A fact this far ahead of our clock is somebody's wrong clock. */
const AHEAD_MS = 3_600_000;
const MAX_MESSAGE_BYTES = 8 * 1024 * 1024;

export function createLiveStore(plant: () => Plant, clock: () => Instant, counters: Counters): LiveStore {
  const machines = new Map<string, LiveMachine>();
  const meters = new Map<string, LiveMeter>();
  const counterEventFacts = createCounterEventFacts();
  const edges = new Map<string, LiveEdge>();
  const newest = new Map<string, { epoch: number; revision: number }>();
  const listeners: ((change: LiveChange) => void)[] = [];
  const tell = (change: LiveChange): void => {
    for (const listener of listeners) listener(change);
  };
  const drop = (reason: string): void => counters.count('messages_dropped', reason);

  const machine = (id: string): LiveMachine => {
    let held = machines.get(id);
    if (!held) {
      held = { facts: createMachineFacts(id), powerW: null, t: null, conditions: {} };
      machines.set(id, held);
    }
    return held;
  };
  const meter = (id: string): LiveMeter => {
    let held = meters.get(id);
    if (!held) {
      held = { facts: createMeterFacts(), powerW: null, t: null };
      meters.set(id, held);
    }
    return held;
  };
  const edge = (id: string): LiveEdge => {
    let held = edges.get(id);
    if (!held) {
      held = { id, birth: null, health: null, heardAt: clock() };
      edges.set(id, held);
    }
    held.heardAt = clock();
    return held;
  };

  const isNewer = (path: string, m: { epoch: number; revision: number }): boolean => {
    const held = newest.get(path);
    if (held && (m.epoch < held.epoch || (m.epoch === held.epoch && m.revision <= held.revision))) {
      drop('older');
      return false;
    }
    newest.set(path, { epoch: m.epoch, revision: m.revision });
    return true;
  };

  const mergeFacts: LiveStore['mergeFacts'] = ({
    pieces = [],
    intervals = [],
    meterPieces = [],
    counterEvents = [],
  }) => {
    const limit = clock() + AHEAD_MS;
    const { machines: known, meters: knownMeters } = plant();
    const keep = <F>(
      rows: readonly F[],
      id: (f: F) => string,
      t: (f: F) => Instant,
      plantHas: ReadonlyMap<string, unknown>,
    ) => {
      const byId = new Map<string, F[]>();
      for (const row of rows) {
        if (!plantHas.has(id(row))) drop('unknownId');
        else if (t(row) > limit) drop('fromTheFuture');
        else {
          const list = byId.get(id(row));
          if (list) list.push(row);
          else byId.set(id(row), [row]);
        }
      }
      return byId;
    };
    const byMachine = keep(
      pieces,
      (p) => p.machine,
      (p) => p.minute,
      known,
    );
    const intervalsBy = keep(
      intervals,
      (i) => i.machine,
      (i) => i.start,
      known,
    );
    for (const id of new Set([...byMachine.keys(), ...intervalsBy.keys()])) {
      const span = machine(id).facts.merge(byMachine.get(id) ?? [], intervalsBy.get(id) ?? []);
      if (span) tell({ kind: 'facts', machine: id, ...span });
    }
    for (const [id, rows] of keep(
      meterPieces,
      (p) => p.meter,
      (p) => p.minute,
      knownMeters,
    )) {
      const span = meter(id).facts.merge(rows);
      if (span) tell({ kind: 'meterFacts', meter: id, ...span });
    }
    for (const event of counterEventFacts.merge(counterEvents.filter((e) => e.t <= limit))) {
      const owner = ownerOf(event.signal);
      if (known.has(owner)) tell({ kind: 'facts', machine: owner, from: event.t - 1, to: event.t });
      else if (knownMeters.has(owner)) tell({ kind: 'meterFacts', meter: owner, from: event.previousT, to: event.t });
    }
  };

  const facts: Handler = (_topic, json) => {
    const m = parse(shape.factMessage, json);
    if (!m) return drop('shape');
    edge(m.edge);
    const { pieces, intervals, meterPieces, counterEvents } = m.facts;
    mergeFacts({
      ...(pieces && { pieces }),
      ...(intervals && { intervals }),
      ...(meterPieces && { meterPieces }),
      ...(counterEvents && { counterEvents }),
    });
  };

  const handlers: Readonly<Record<string, Handler>> = {
    'machine/state': (path, json) => {
      const m = parse(shape.stateMessage, json);
      if (!m || !plant().machines.has(m.machine)) return drop(m ? 'unknownId' : 'shape');
      if (!isNewer(path, m)) return;
      edge(m.edge);
      machine(m.machine).facts.setState(m);
      tell({ kind: 'state', machine: m.machine });
    },
    'machine/live': (path, json) => {
      const m = parse(shape.machineLive, json);
      if (!m || !plant().machines.has(m.machine)) return drop(m ? 'unknownId' : 'shape');
      if (!isNewer(path, m)) return;
      edge(m.edge);
      const held = machine(m.machine);
      held.facts.setOpen(m.openFacts.pieces, m.openFacts.intervals);
      held.powerW = m.powerW;
      held.t = m.t;
      held.conditions = m.conditions;
      tell({ kind: 'live', machine: m.machine });
    },
    'meter/live': (path, json) => {
      const m = parse(shape.meterLive, json);
      if (!m || !plant().meters.has(m.meter)) return drop(m ? 'unknownId' : 'shape');
      if (!isNewer(path, m)) return;
      edge(m.edge);
      const held = meter(m.meter);
      held.facts.setOpen(m.openFacts);
      held.powerW = m.powerW;
      held.t = m.t;
      tell({ kind: 'meter', meter: m.meter });
    },
    'machine/minute': facts,
    'machine/interval': facts,
    'meter/minute': facts,
    'edge/birth': (path, json) => {
      const m = parse(shape.edgeBirth, json);
      if (!m) return drop('shape');
      if (!isNewer(path, m)) return;
      edge(m.edge).birth = m;
      tell({ kind: 'edge', edge: m.edge });
    },
    'edge/health': (path, json) => {
      const m = parse(shape.edgeHealth, json);
      if (!m) return drop('shape');
      const held = newest.get(path);
      const isWill = m.state === 'offline' && m.epoch === held?.epoch;
      if (!isWill && !isNewer(path, m)) return;
      const about = edge(m.edge);
      const before = about.health;
      about.health = m;
      tell({ kind: 'edge', edge: m.edge });
      // History that is written in one go is not announced fact by fact: the day that screens show comes first, then the rest.
      const isSeeded = before?.state === 'seeding' && m.state === 'online';
      if (isSeeded || (isWritingPast(before) && !isWritingPast(m))) tell({ kind: 'gap' });
    },
  };

  return {
    heldFrom: null,
    apply(topic, payload) {
      const about = readTopic(plant(), topic);
      const handler = about && about.kind !== 'ledger' ? handlers[`${about.kind}/${about.what}`] : undefined;
      if (!handler) return;
      if (payload.length > MAX_MESSAGE_BYTES) return drop('tooLarge');
      let json: unknown;
      try {
        json = JSON.parse(new TextDecoder().decode(payload));
      } catch {
        return drop('notJson');
      }
      counters.count('messages');
      handler(topic, json);
    },
    mergeFacts,
    gap: () => tell({ kind: 'gap' }),
    machine,
    meter,
    counterEvents: counterEventFacts,
    edges: () => [...edges.values()],
    on: (listener) => void listeners.push(listener),
  };
}

function parse<S extends z.ZodType>(schema: S, json: unknown): z.infer<S> | null {
  const result = schema.safeParse(json);
  return result.success ? result.data : null;
}
