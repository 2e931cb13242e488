import type { Reading, SourceHost } from '#edge/core/source.ts';
import type { Instant } from '#shared/time/instant.ts';
import { readInstant } from '../instant.ts';
import type { SparkplugBinding } from './binding.ts';
import { decodePayload, type Metric, type Payload } from './payload.ts';
import { createRebirths } from './rebirth.ts';
import { readMetric } from './value.ts';

/*
 * What the messages of Sparkplug nodes mean.
 *
 * - A birth says all that a node holds now, what its aliases stand for, and begins a session, numbered by bdSeq.
 * - A death counts only for the session it was written in: a will that comes after the next birth is of the past.
 * - Messages are numbered 0 to 255. A missing number means that something was missed: whatever it was, the node's signals
 *   are unknown from the last good message on, each until its next own value.
 * - Historical values are of the past: they fold in at their own time and say nothing about now.
 * - What cannot be told without the birth is not guessed; it is counted, and a new birth asked for where that is allowed.
 */

export interface NodesHost extends Pick<SourceHost, 'readings' | 'lost' | 'finding' | 'clear' | 'count' | 'now'> {
  /** Publishes a rebirth request; absent where the plant file does not allow it. */
  askForBirth?: (group: string, node: string) => void;
}

export interface Nodes {
  /** Any message under spBv1.0/; others are ignored. */
  message(topic: string, bytes: Uint8Array): void;
}

interface Known {
  readonly device: string | null;
  readonly name: string;
  readonly datatype: number | null;
}

interface Node {
  readonly group: string;
  readonly id: string;
  readonly signals: ReadonlyMap<string, string>;
  readonly aliases: Map<string, Known>;
  readonly datatypes: Map<string, number>;
  bdSeq: string | null;
  seq: number | null;
  lastBytes: Uint8Array | null;
  lastHeard: Instant | null;
}

export const NAMESPACE = 'spBv1.0';
export const MOST_PAYLOAD_BYTES = 4 * 1024 * 1024;
const SEQ_MODULUS = 256;
/** A broker speaks for a silent client after one and a half of its keep-alive. */
const WILL_AFTER_KEEP_ALIVES = 1.5;
const KINDS = ['NBIRTH', 'DBIRTH', 'NDATA', 'DDATA', 'NDEATH', 'DDEATH'] as const;

export function createNodes(
  bindings: readonly SparkplugBinding[],
  host: NodesHost,
  nodeKeepAliveSeconds: number,
): Nodes {
  const nodes = new Map<string, Node>();
  for (const [key, own] of Map.groupBy(bindings, ({ group, node }) => `${group}/${node}`)) {
    const [first] = own;
    if (!first) continue;
    nodes.set(key, {
      group: first.group,
      id: first.node,
      signals: new Map(own.map(({ device, metric, signal }) => [placeOf(device, metric), signal])),
      aliases: new Map(),
      datatypes: new Map(),
      bdSeq: null,
      seq: null,
      lastBytes: null,
      lastHeard: null,
    });
  }
  const rebirths = createRebirths(host);
  const nameOf = ({ group, id }: Node) => `${group}/${id}`;
  const signalsOf = (node: Node, device?: string) =>
    [...node.signals]
      .filter(([place]) => device === undefined || place.startsWith(`${device}\0`))
      .map(([, signal]) => signal);

  /** Up to when a node that died now was surely alive, at the earliest guess of its broker. */
  function aliveUntil(node: Node): Instant {
    const silentMs = nodeKeepAliveSeconds * 1000 * WILL_AFTER_KEEP_ALIVES;
    return Math.max(node.lastHeard ?? 0, host.now() - silentMs);
  }

  function birth(node: Node, device: string | null, payload: Payload): void {
    if (device === null) {
      const bdSeq = bdSeqOf(payload);
      if (node.bdSeq !== null && bdSeq !== node.bdSeq && node.lastHeard !== null) {
        host.lost(node.lastHeard, `${nameOf(node)} began a new session`, signalsOf(node));
      }
      node.bdSeq = bdSeq;
      node.aliases.clear();
      node.datatypes.clear();
    }
    for (const { name, alias, datatype = null } of payload.metrics) {
      if (name === undefined || name === '') continue;
      if (alias !== undefined) node.aliases.set(alias, { device, name, datatype });
      if (datatype !== null) node.datatypes.set(placeOf(device, name), datatype);
    }
    rebirths.born(node.group, node.id);
    tellMissing(node, device, payload);
    values(node, device, payload);
  }

  function tellMissing(node: Node, device: string | null, payload: Payload): void {
    const names = new Set(payload.metrics.map(({ name }) => name));
    for (const [place, signal] of node.signals) {
      const [owner, metric] = splitPlace(place);
      if (owner !== device) continue;
      if (names.has(metric)) host.clear('metricMissing', signal);
      else {
        const some = [...names]
          .filter((name) => name)
          .slice(0, 8)
          .join(', ');
        const who = device === null ? nameOf(node) : `${nameOf(node)}/${device}`;
        host.finding(
          'metricMissing',
          `${signal}: the birth of ${who} has no metric "${metric}"; it has ${some}`,
          signal,
        );
      }
    }
  }

  /** False: a repeat, or nothing that this node can have sent. */
  function inOrder(node: Node, payload: Payload, isBirth: boolean, bytes: Uint8Array): boolean {
    if (payload.seq === undefined) {
      host.count('sparkplug_seq_missing');
      return true;
    }
    const seq = Number(payload.seq);
    const expected = node.seq === null ? seq : (node.seq + 1) % SEQ_MODULUS;
    const repeated = node.seq === seq && node.lastBytes !== null && Buffer.compare(node.lastBytes, bytes) === 0;
    if (repeated) {
      host.count('sparkplug_repeats');
      return false;
    }
    node.seq = seq;
    node.lastBytes = bytes;
    if (seq === expected || isBirth) return true;
    host.count('sparkplug_seq_gaps');
    const why = `${nameOf(node)}: message ${expected} is missing (${seq} came)`;
    host.finding('sequenceGap', `${why}; its signals are unknown until their next values`, signalsOf(node)[0]);
    host.lost(node.lastHeard ?? host.now(), why, signalsOf(node));
    rebirths.want(node.group, node.id, 'a message is missing');
    return true;
  }

  function values(node: Node, device: string | null, payload: Payload): void {
    const received = host.now();
    const batch: Reading[] = [];
    for (const metric of payload.metrics) {
      const known = resolve(node, device, metric);
      if (!known) continue;
      const signal = node.signals.get(placeOf(device, known.name));
      if (signal === undefined) continue;
      const own = readInstant(Number(metric.timestamp ?? payload.timestamp ?? Number.NaN));
      const { value, quality, problem } = readMetric(metric, metric.datatype ?? known.datatype);
      if (problem !== null) host.finding('unusableValue', `${signal}: the value ${problem}`, signal);
      if (own === null)
        host.finding('badTime', `${signal}: its metric has no time that can be; it counts when it came`, signal);
      if (own === null && metric.isHistorical === true) continue;
      const reading = {
        signal,
        value,
        quality: own === null && quality === 'good' ? 'uncertain' : quality,
        t: own ?? received,
        received,
      };
      batch.push(metric.isHistorical === true ? { ...reading, recorded: true } : reading);
    }
    if (batch.length > 0) host.readings(batch);
  }

  function resolve(node: Node, device: string | null, metric: Metric): Known | null {
    const { name, alias } = metric;
    if (name !== undefined && name !== '') {
      return { device, name, datatype: node.datatypes.get(placeOf(device, name)) ?? null };
    }
    const known = alias === undefined ? undefined : node.aliases.get(alias);
    if (!known) {
      host.count('sparkplug_unknown_aliases');
      rebirths.want(node.group, node.id, 'it sends aliases that its birth explains, and that was not seen');
      return null;
    }
    if (known.device === device) return known;
    host.count('sparkplug_alias_mismatches');
    return null;
  }

  function death(node: Node, payload: Payload): void {
    const bdSeq = bdSeqOf(payload);
    if (node.bdSeq !== null && bdSeq !== node.bdSeq) {
      host.count('sparkplug_old_deaths');
      return;
    }
    host.count('sparkplug_deaths');
    host.lost(aliveUntil(node), `${nameOf(node)} is offline`, signalsOf(node));
    node.aliases.clear();
    node.seq = null;
    node.lastBytes = null;
  }

  return {
    message(topic, bytes) {
      const [namespace, group = '', kind = '', id = '', device = null, ...more] = topic.split('/');
      const known = KINDS.find((k) => k === kind);
      const node = nodes.get(`${group}/${id}`);
      // Commands to nodes, and the states of host applications, are not ours to read.
      if (namespace !== NAMESPACE || !known || !node || more.length > 0 || known.startsWith('D') !== (device !== null))
        return;
      const payload = decoded(node, bytes);
      if (!payload) return;
      if (known === 'NDEATH') return death(node, payload);
      const isBirth = known === 'NBIRTH';
      if (!inOrder(node, payload, isBirth, bytes)) return;
      if (known === 'DDEATH') {
        host.count('sparkplug_deaths');
        host.lost(aliveUntil(node), `${nameOf(node)}/${device} is offline`, signalsOf(node, device ?? ''));
      } else if (isBirth || known === 'DBIRTH') birth(node, device, payload);
      else values(node, device, payload);
      node.lastHeard = host.now();
    },
  };

  function decoded(node: Node, bytes: Uint8Array): Payload | null {
    if (bytes.length > MOST_PAYLOAD_BYTES) {
      const text = `${nameOf(node)}: a message of ${bytes.length} bytes was not read; the limit is ${MOST_PAYLOAD_BYTES}`;
      host.finding('payloadTooLarge', text, signalsOf(node)[0]);
      return null;
    }
    try {
      return decodePayload(bytes);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      host.finding('badPayload', `${nameOf(node)}: a message is no Sparkplug payload (${why})`, signalsOf(node)[0]);
      return null;
    }
  }
}

/** Device names hold no NUL: topics cannot. */
function placeOf(device: string | null, metric: string): string {
  return `${device ?? ''}\0${metric}`;
}

function splitPlace(place: string): [device: string | null, metric: string] {
  const at = place.indexOf('\0');
  return [at === 0 ? null : place.slice(0, at), place.slice(at + 1)];
}

function bdSeqOf({ metrics }: Payload): string | null {
  const metric = metrics.find(({ name }) => name === 'bdSeq');
  const value = metric?.longValue ?? metric?.intValue;
  return value === undefined ? null : String(value);
}
