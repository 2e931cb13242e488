import {
  AttributeIds,
  type ClientMonitoredItemGroup,
  type ClientSession,
  type ClientSubscription,
  DataChangeNotification,
  type MonitoredItemNotification,
  type NotificationMessage,
  TimestampsToReturn,
} from 'node-opcua';
import type { Item, Reading, SourceHost } from '#edge/core/source.ts';
import { resolveNode } from './node-id.ts';
import type { OpcuaOptions } from './options.ts';
import { readDataValue } from './value.ts';

/*
 * - One bad node never takes its group with it: each item's own status is looked at, and named.
 * - Readings are taken from the publish response itself: one batch per message, in the order of the server.
 * - Each message, a keep-alive or one with values, is proof of life for every item: what is not in it has not changed.
 * - A value that arrives before the answer that says which item it belongs to is kept until that answer is in.
 */

const GROUP_SIZE = 500;
/** Keep-alives are asked for about this often; the client library asks for three intervals at least. */
const KEEP_ALIVE_MS = 1000;
const LIFETIME_MS = 30_000;
const MINIMUM_KEEP_ALIVE_COUNT = 3;

export interface Subscribed {
  readonly subscription: ClientSubscription;
  /** Longest time that a healthy server may stay silent. */
  readonly silenceMs: number;
  readonly subscribedItems: number;
}

export async function subscribe(
  session: ClientSession,
  id: string,
  options: OpcuaOptions,
  items: readonly Item[],
  host: SourceHost,
  onContact: () => void,
): Promise<Subscribed> {
  const interval = options.publishingIntervalMs;
  const keepAliveCount = Math.max(MINIMUM_KEEP_ALIVE_COUNT, Math.floor(KEEP_ALIVE_MS / interval));
  const subscription = await session.createSubscription2({
    requestedPublishingInterval: interval,
    requestedMaxKeepAliveCount: keepAliveCount,
    requestedLifetimeCount: Math.max(keepAliveCount * 3, Math.ceil(LIFETIME_MS / interval)),
    maxNotificationsPerPublish: 0,
    publishingEnabled: true,
    priority: 1,
  });
  const signalOf = new Map<number, string>();
  const early: MonitoredItemNotification[] = [];
  let ready = false;
  const deliver = createDelivery(signalOf, host);
  subscription.on('raw_notification', (message: NotificationMessage) => {
    onContact();
    const values = valuesOf(message);
    if (!ready) {
      early.push(...values);
      return;
    }
    deliver(values);
    host.alive(host.now());
  });
  const resolved = await resolveItems(session, items, host);
  let subscribedItems = 0;
  let smallestQueue = Number.POSITIVE_INFINITY;
  for (let from = 0; from < resolved.length; from += GROUP_SIZE) {
    const part = resolved.slice(from, from + GROUP_SIZE);
    for (const { group, members } of await monitor(subscription, part, options)) {
      group.monitoredItems.forEach((monitored, index) => {
        const member = members[index];
        if (!member) return;
        if (monitored.statusCode.isNotGood() || !monitored.result) {
          const why = monitored.statusCode.name;
          const text = `${member.item.signal}: the server refused ${member.nodeId.toString()} (${why}); check the node id`;
          host.finding('nodeRefused', text, member.item.signal);
          return;
        }
        signalOf.set(monitored.monitoringParameters.clientHandle, member.item.signal);
        subscribedItems += 1;
        smallestQueue = Math.min(smallestQueue, monitored.result.revisedQueueSize);
      });
    }
  }
  ready = true;
  deliver(early.splice(0));
  if (smallestQueue < options.queueSize) {
    const seconds = Math.round((smallestQueue * options.samplingIntervalMs) / 1000);
    const asked = `instead of the ${options.queueSize} asked for`;
    host.finding(
      'queueRevised',
      `${id}: the server keeps ${smallestQueue} values a node ${asked}: ${seconds} s of outage`,
    );
  }
  const revisedKeepAliveMs = subscription.maxKeepAliveCount * subscription.publishingInterval;
  return { subscription, silenceMs: Math.max(3000, 3 * interval, 2 * revisedKeepAliveMs), subscribedItems };
}

interface Resolved {
  readonly item: Item;
  readonly nodeId: NonNullable<ReturnType<typeof resolveNode>['nodeId']>;
}

async function resolveItems(session: ClientSession, items: readonly Item[], host: SourceHost): Promise<Resolved[]> {
  const byUri = items.some((item) => String(item.address.node).startsWith('nsu='));
  const namespaces = byUri ? await session.readNamespaceArray() : [];
  const resolved: Resolved[] = [];
  for (const item of items) {
    const { nodeId, problem } = resolveNode(item.address, namespaces);
    if (nodeId) resolved.push({ item, nodeId });
    else host.finding('badNodeId', `${item.signal} ${problem}`, item.signal);
  }
  return resolved;
}

/** A server that takes fewer items per call than it is given gets them in halves. */
async function monitor(
  subscription: ClientSubscription,
  members: readonly Resolved[],
  options: OpcuaOptions,
): Promise<{ group: ClientMonitoredItemGroup; members: readonly Resolved[] }[]> {
  try {
    const group = await subscription.monitorItems(
      members.map(({ nodeId }) => ({ nodeId, attributeId: AttributeIds.Value })),
      { samplingInterval: options.samplingIntervalMs, queueSize: options.queueSize, discardOldest: true },
      TimestampsToReturn.Both,
    );
    return [{ group, members }];
  } catch (error) {
    if (members.length < 2 || !/TooManyOperations|TooManyMonitoredItems/.test(String(error))) throw error;
    const half = Math.ceil(members.length / 2);
    return [
      ...(await monitor(subscription, members.slice(0, half), options)),
      ...(await monitor(subscription, members.slice(half), options)),
    ];
  }
}

function valuesOf(message: NotificationMessage): MonitoredItemNotification[] {
  const values: MonitoredItemNotification[] = [];
  for (const data of message.notificationData ?? []) {
    if (data instanceof DataChangeNotification) for (const item of data.monitoredItems ?? []) values.push(item);
  }
  return values;
}

function createDelivery(signalOf: ReadonlyMap<number, string>, host: SourceHost) {
  return (values: readonly MonitoredItemNotification[]): void => {
    const received = host.now();
    const batch: Reading[] = [];
    for (const { clientHandle, value } of values) {
      const signal = signalOf.get(clientHandle);
      if (signal === undefined) continue;
      const read = readDataValue(value, received);
      if (read.overflow) {
        host.finding('queueOverflow', `${signal}: the server dropped values while it could not send them`, signal);
      }
      if (read.problem) host.finding('unusableValue', `${signal}: the value ${read.problem}`, signal);
      batch.push({ signal, value: read.value, quality: read.quality, t: read.t, received });
    }
    if (batch.length > 0) host.readings(batch);
  };
}
