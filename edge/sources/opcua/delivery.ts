import {
  DataChangeNotification,
  type MonitoredItemNotification,
  type NotificationMessage,
  StatusChangeNotification,
} from 'node-opcua';
import type { Reading, SourceHost } from '#edge/core/source.ts';
import type { Items, Monitored } from './items.ts';
import { isOverflow, readDataValue } from './value.ts';

/*
 * Notifications -> readings: one batch per message, in the order of the server.
 *
 * - Each message, a keep-alive or one with values, is proof of life for every item that is subscribed.
 * - After a reconnect that kept the subscription, the server's queues tell which signals lost nothing: those without the overflow
 *   bit on their first value. They are bridged before their values are handed on; for the others the gap stays.
 * - The overflow bit says the same at any other time: what lies between the last message and this value is lost for its signal.
 * - A queue of one value cannot say whether it dropped any: its signal is bridged only if nothing came at all.
 */

/** The node is not there; the item will never speak again by itself. */
const GONE = new Set(['BadNodeIdUnknown', 'BadNodeIdInvalid', 'BadAttributeIdInvalid', 'BadMonitoredItemIdInvalid']);

export interface Delivery {
  message(message: NotificationMessage, complete: boolean, asked: boolean): void;
  /** The subscription was kept over a loss: see which signals it bridged. */
  resuming(): void;
}

export function createDelivery(items: Items, host: SourceHost, onStatus: (status: string) => void): Delivery {
  /** Not known yet whether they lost anything. */
  const undecided = new Map<number, Monitored>();
  /** Up to here all is known of every signal. */
  let knownUntil = host.now();

  /** Before these values are handed on: bridge their signals, or tell what was dropped before them. */
  function decide(values: readonly MonitoredItemNotification[]): void {
    const bridged: string[] = [];
    for (const { clientHandle, value } of values) {
      const overflow = isOverflow(value);
      if (!overflow && undecided.size === 0) continue;
      const member = items.byHandle.get(clientHandle);
      if (!member) continue;
      const { signal } = member.item;
      if (undecided.delete(clientHandle)) {
        if (member.queueSize > 1 && !overflow) bridged.push(signal);
      } else if (overflow) {
        host.lost(knownUntil, 'the server dropped values', [signal]);
      }
    }
    if (bridged.length > 0) host.bridged(bridged);
  }

  function settle(): void {
    if (undecided.size === 0) return;
    const bridged = [...undecided.values()].map(({ item }) => item.signal);
    undecided.clear();
    host.bridged(bridged);
  }

  function hand(values: readonly MonitoredItemNotification[]): void {
    const received = host.now();
    const batch: Reading[] = [];
    const gone: { clientHandle: number; status: string }[] = [];
    for (const { clientHandle, value } of values) {
      const signal = items.byHandle.get(clientHandle)?.item.signal;
      if (signal === undefined) continue;
      const read = readDataValue(value, received);
      if (read.overflow) {
        host.finding('queueOverflow', `${signal}: the server dropped values while it could not send them`, signal);
      }
      if (read.problem) host.finding('unusableValue', `${signal}: the value ${read.problem}`, signal);
      if (GONE.has(value.statusCode.name)) gone.push({ clientHandle, status: value.statusCode.name });
      batch.push({ signal, value: read.value, quality: read.quality, t: read.t, received });
    }
    if (batch.length > 0) host.readings(batch);
    for (const { clientHandle, status } of gone) items.gone(clientHandle, status);
  }

  return {
    message(message, complete, asked) {
      const values: MonitoredItemNotification[] = [];
      for (const data of message.notificationData ?? []) {
        if (data instanceof DataChangeNotification) values.push(...(data.monitoredItems ?? []));
        if (data instanceof StatusChangeNotification) onStatus(data.status.name);
      }
      decide(values);
      hand(values);
      // What was asked for again was sent before the loss: the queues come after it.
      if (complete && !asked) settle();
      const sentAt = message.publishTime?.getTime() ?? Number.POSITIVE_INFINITY;
      knownUntil = Math.max(knownUntil, asked ? Math.min(host.now(), sentAt) : host.now());
      host.alive(host.now());
    },
    resuming() {
      for (const member of items.byHandle.values()) {
        if (member.monitoredItemId !== null) undecided.set(member.clientHandle, member);
      }
    },
  };
}
