import type { Item, SourceHost } from '#edge/core/source.ts';
import type { Instant } from '#shared/time/instant.ts';
import { type JsonBinding, readJsonBinding } from './bindings.ts';
import { readMessage } from './json.ts';
import type { MqttOptions } from './options.ts';
import { readSparkplugBinding, type SparkplugBinding } from './sparkplug/binding.ts';
import { createNodes, NAMESPACE, type NodesHost } from './sparkplug/nodes.ts';

/** What is subscribed to, and what its messages mean. */
export interface Session {
  readonly filters: readonly string[];
  /**
   * Every signal has a time of its own, so what the broker kept while we were away falls into place. Without one it would
   * count when it came; then a gap is better, and no session is kept.
   */
  readonly persistent: boolean;
  readonly signals: readonly string[];
  message(topic: string, payload: Uint8Array, retained: boolean): void;
  /** The broker still has our session; its messages follow. */
  resumed(): void;
  /** Signals of a filter, for messages about it. */
  signalsOf(filter: string): readonly string[];
}

export function createSession(
  options: MqttOptions,
  items: readonly Item[],
  host: SourceHost,
  askForBirth: (group: string, node: string) => void,
): Session {
  return options.format === 'json'
    ? jsonSession(valid(items.map(readJsonBinding), host), host)
    : sparkplugSession(valid(items.map(readSparkplugBinding), host), options, host, askForBirth);
}

function jsonSession(bindings: readonly JsonBinding[], host: SourceHost): Session {
  const byTopic = Map.groupBy(bindings, ({ topic }) => topic);
  let resumedAt: Instant | null = null;
  return {
    filters: [...byTopic.keys()],
    persistent: bindings.length > 0 && bindings.every(({ timePath }) => timePath !== null),
    signals: bindings.map(({ signal }) => signal),
    signalsOf: (filter) => (byTopic.get(filter) ?? []).map(({ signal }) => signal),
    message(topic, payload, retained) {
      const own = byTopic.get(topic);
      if (!own) return;
      const message = { payload, retained, received: host.now(), ...(resumedAt !== null && { resumedAt }) };
      const readings = readMessage(own, message, host);
      if (readings.length > 0) host.readings(readings);
    },
    resumed() {
      resumedAt = host.now();
    },
  };
}

function sparkplugSession(
  bindings: readonly SparkplugBinding[],
  options: MqttOptions,
  host: SourceHost,
  askForBirth: (group: string, node: string) => void,
): Session {
  const nodesHost: NodesHost = options.rebirth ? { ...host, askForBirth } : host;
  const nodes = createNodes(bindings, nodesHost, options.nodeKeepAliveSeconds);
  const byFilter = new Map<string, string[]>();
  for (const { group, node, signal } of bindings) {
    for (const filter of [`${NAMESPACE}/${group}/+/${node}`, `${NAMESPACE}/${group}/+/${node}/+`]) {
      byFilter.set(filter, [...(byFilter.get(filter) ?? []), signal]);
    }
  }
  return {
    filters: [...byFilter.keys()],
    persistent: false,
    signals: bindings.map(({ signal }) => signal),
    signalsOf: (filter) => byFilter.get(filter) ?? [],
    message(topic, payload, retained) {
      // The standard retains none of these: whoever did, it is of an unknown past.
      if (retained) host.count('mqtt_retained_ignored');
      else nodes.message(topic, payload);
    },
    resumed: () => {},
  };
}

function valid<B extends { readonly signal: string }>(
  bindings: readonly (B | { readonly signal: string; readonly message: string })[],
  host: SourceHost,
): B[] {
  return bindings.flatMap((binding) => {
    if (!('message' in binding)) return [binding];
    host.finding('badAddress', binding.message, binding.signal);
    return [];
  });
}
