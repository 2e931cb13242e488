import type { Sink } from '#edge/core/sink.ts';
import { ownerOf } from '#shared/ledger/subject.ts';
import type { FactBatch } from '#shared/oee/facts.ts';
import type { TopicPlant } from '#shared/plant/topics.ts';
import { machineTopic, meterTopic } from '#shared/plant/topics.ts';
import type { LiveClient } from './client.ts';

/** Committed facts to the unified namespace, QoS 1: one message per machine or meter and kind. */
export function createLiveSink(client: LiveClient, plant: () => TopicPlant): Sink {
  return {
    name: 'live',
    async write(batch) {
      await Promise.all(messagesOf(batch, plant()).map(({ topic, facts }) => client.deliver(topic, { facts })));
    },
    async close() {},
  };
}

interface Message {
  readonly topic: string;
  readonly facts: Partial<FactBatch>;
}

/** Facts of a machine that has left the plant file have no topic any more. */
export function messagesOf(batch: FactBatch, plant: TopicPlant): Message[] {
  const messages: Message[] = [];
  const intervals = Map.groupBy(batch.intervals, (f) => f.machine);
  const pieces = Map.groupBy(batch.pieces, (f) => f.machine);
  const conditions = Map.groupBy(batch.conditions, (f) => f.machine);
  const events = Map.groupBy(batch.counterEvents, (f) => ownerOf(f.signal));
  const machines = new Set([...intervals.keys(), ...pieces.keys(), ...conditions.keys(), ...events.keys()]);
  for (const machine of machines) {
    if (!plant.machines.has(machine)) continue;
    const own = intervals.get(machine);
    if (own) messages.push({ topic: machineTopic(plant, machine, 'interval'), facts: { intervals: own } });
    if (pieces.has(machine) || conditions.has(machine) || events.has(machine)) {
      const facts = { pieces: pieces.get(machine) ?? [], conditions: conditions.get(machine) ?? [] };
      messages.push({
        topic: machineTopic(plant, machine, 'minute'),
        facts: { ...facts, ...told(events.get(machine)) },
      });
    }
  }
  const meterPieces = Map.groupBy(batch.meterPieces, (f) => f.meter);
  const meters = [...events.keys()].filter((owner) => !plant.machines.has(owner));
  for (const meter of new Set([...meterPieces.keys(), ...meters])) {
    const facts = { meterPieces: meterPieces.get(meter) ?? [], ...told(events.get(meter)) };
    messages.push({ topic: meterTopic(plant, meter, 'minute'), facts });
  }
  return messages;
}

function told(counterEvents: FactBatch['counterEvents'] | undefined): Partial<FactBatch> {
  return counterEvents ? { counterEvents } : {};
}
