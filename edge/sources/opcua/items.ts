import {
  AttributeIds,
  type ClientSession,
  type MonitoredItemCreateResult,
  MonitoringMode,
  type NodeId,
  TimestampsToReturn,
} from 'node-opcua';
import type { Item, SourceHost } from '#edge/core/source.ts';
import type { Limits } from './limits.ts';
import { resolveNode } from './node-id.ts';
import type { OpcuaOptions } from './options.ts';
import { statusName } from './refusal.ts';
import { servicesOf } from './services.ts';

/*
 * Which node of the server feeds which signal, and what the server made of our wishes.
 *
 * - One bad node never takes its group with it: each item's own status is looked at, and named.
 * - A node that is missing is asked for again every few seconds: a controller's download takes nodes away and brings them back,
 *   under a new namespace index perhaps, which is looked up anew each time.
 * - A node may feed several signals; each has an item of its own.
 */

/** So often missing nodes are asked for. */
export const MISSING_RETRY_MS = 3000;

export interface Monitored {
  readonly item: Item;
  readonly clientHandle: number;
  /** The server's number of it; null while it is missing. */
  monitoredItemId: number | null;
  queueSize: number;
  samplingIntervalMs: number;
}

export interface Items {
  readonly byHandle: ReadonlyMap<number, Monitored>;
  /** Asks for all that are missing now. */
  ask(): Promise<void>;
  /** The server says that this node is gone: it is asked for again. */
  gone(clientHandle: number, status: string): void;
  readonly missing: readonly Monitored[];
  /** Smallest queue and slowest sampling that the server granted; null without any item. */
  granted(): { readonly queueSize: number; readonly samplingIntervalMs: number } | null;
  /** As at the last question. */
  readonly namespaces: readonly string[];
  /** Goes on over another connection. */
  rebind(session: ClientSession, host: SourceHost): void;
}

export interface ItemsPlace {
  readonly session: ClientSession;
  readonly subscriptionId: number;
  readonly options: OpcuaOptions;
  readonly limits: Limits;
  readonly host: SourceHost;
}

export function createItems(place: ItemsPlace, wanted: readonly Item[]): Items {
  const { subscriptionId, options, limits } = place;
  let { session, host } = place;
  const byHandle = new Map<number, Monitored>(
    wanted.map((item, i) => [
      i + 1,
      { item, clientHandle: i + 1, monitoredItemId: null, queueSize: 0, samplingIntervalMs: 0 },
    ]),
  );
  /** Missing ones, with what was told about them. */
  const missing = new Map<Monitored, string>();
  let namespaces: readonly string[] = [];
  const orphans: number[] = [];

  function isMissing(member: Monitored, code: string, why: string): void {
    const text = `${member.item.signal}: ${why}`;
    if (missing.get(member) === text) return;
    const isNews = !missing.has(member);
    missing.set(member, text);
    host.finding(code, text, member.item.signal);
    if (isNews) host.lost(host.now(), whyLost(member), [member.item.signal]);
  }

  function isThere(member: Monitored): void {
    if (!missing.delete(member)) return;
    for (const code of ['badNodeId', 'nodeRefused', 'nodeMissing']) host.clear(code, member.item.signal);
  }

  async function ask(): Promise<void> {
    const members = [...byHandle.values()].filter(({ monitoredItemId }) => monitoredItemId === null);
    if (members.length === 0) return;
    namespaces = await readNamespaces(session);
    await forgetOrphans();
    const resolved: { member: Monitored; nodeId: NodeId }[] = [];
    for (const member of members) {
      const { nodeId, problem } = resolveNode(member.item.address, namespaces);
      if (nodeId) resolved.push({ member, nodeId });
      else isMissing(member, 'badNodeId', problem ?? 'has no node');
    }
    for (let from = 0; from < resolved.length; from += limits.itemsPerCall) {
      await create(resolved.slice(from, from + limits.itemsPerCall));
    }
  }

  async function forgetOrphans(): Promise<void> {
    const monitoredItemIds = orphans.splice(0);
    if (monitoredItemIds.length === 0) return;
    // Of items whose node is gone many servers know nothing any more, which is as well.
    await servicesOf(session)
      .deleteMonitoredItems({ subscriptionId, monitoredItemIds })
      .catch(() => {});
  }

  /** A server that takes fewer items per call than it said gets them in halves. */
  async function create(part: readonly { readonly member: Monitored; readonly nodeId: NodeId }[]): Promise<void> {
    let results: readonly MonitoredItemCreateResult[] | null;
    try {
      const response = await servicesOf(session).createMonitoredItems({
        subscriptionId,
        timestampsToReturn: TimestampsToReturn.Both,
        itemsToCreate: part.map(({ member, nodeId }) => ({
          itemToMonitor: { nodeId, attributeId: AttributeIds.Value },
          monitoringMode: MonitoringMode.Reporting,
          requestedParameters: {
            clientHandle: member.clientHandle,
            samplingInterval: member.item.prompt ? options.promptSamplingIntervalMs : options.samplingIntervalMs,
            queueSize: options.queueSize,
            discardOldest: true,
          },
        })),
      });
      results = response.results;
    } catch (error) {
      if (part.length < 2 || !/TooMany|TooLarge|LimitsExceeded/.test(statusName(error))) throw error;
      const half = Math.ceil(part.length / 2);
      await create(part.slice(0, half));
      await create(part.slice(half));
      return;
    }
    part.forEach(({ member, nodeId }, i) => {
      const result = results?.[i];
      if (!result || result.statusCode.isNotGood()) {
        const status = result?.statusCode.name ?? 'no answer';
        isMissing(
          member,
          'nodeRefused',
          `the server refused ${nodeId.toString()} (${status}); ${ADVICE[status] ?? 'check the node id'}`,
        );
        return;
      }
      member.monitoredItemId = result.monitoredItemId;
      member.queueSize = result.revisedQueueSize;
      member.samplingIntervalMs = result.revisedSamplingInterval;
      isThere(member);
    });
  }

  return {
    byHandle,
    ask,
    gone(clientHandle, status) {
      const member = byHandle.get(clientHandle);
      if (!member || member.monitoredItemId === null) return;
      orphans.push(member.monitoredItemId);
      member.monitoredItemId = null;
      const node = String(member.item.address.node);
      isMissing(
        member,
        'nodeMissing',
        `the server has ${node} no more (${status}); it is asked for again every ${MISSING_RETRY_MS / 1000} s`,
      );
    },
    get missing() {
      return [...byHandle.values()].filter(({ monitoredItemId }) => monitoredItemId === null);
    },
    granted() {
      const live = [...byHandle.values()].filter(({ monitoredItemId }) => monitoredItemId !== null);
      if (live.length === 0) return null;
      return {
        queueSize: live.reduce((least, { queueSize }) => Math.min(least, queueSize), Number.POSITIVE_INFINITY),
        samplingIntervalMs: live.reduce((most, { samplingIntervalMs }) => Math.max(most, samplingIntervalMs), 0),
      };
    },
    get namespaces() {
      return namespaces;
    },
    rebind(nextSession, nextHost) {
      session = nextSession;
      host = nextHost;
      // The new host has not heard of the trouble of the old one.
      for (const member of missing.keys()) host.lost(host.now(), whyLost(member), [member.item.signal]);
    },
  };
}

function whyLost({ item }: Monitored): string {
  return `no data for ${String(item.address.node)}`;
}

const ADVICE: Readonly<Record<string, string>> = {
  BadNodeIdUnknown: 'it has no such node; check the node id, or wait for the download to end',
  BadTooManyMonitoredItems: 'it monitors no more nodes; leave some out, or use a second source',
  BadUserAccessDenied: 'this user may not read it; grant that on the server',
  BadNotReadable: 'it may not be read; grant that on the server',
};

/** Null-safe: a server without the array has only the two namespaces of the standard. */
export async function readNamespaces(session: ClientSession): Promise<readonly string[]> {
  const { value } = await session.read({ nodeId: 'ns=0;i=2255', attributeId: AttributeIds.Value });
  const names: unknown = value.value;
  return Array.isArray(names) ? names.map(String) : [];
}
