import type { Reading, SourceHost } from '#edge/core/source.ts';
import type { Quality } from '#shared/signal/sample.ts';
import type { Instant } from '#shared/time/instant.ts';
import type { JsonBinding } from './bindings.ts';
import { readInstant } from './instant.ts';
import { follow, isList, lengthOf } from './path.ts';

/*
 * Payloads of one topic -> readings.
 *
 * - A payload that is no JSON is text. Numbers in quotes stay text: a serial number is not a quantity.
 * - A retained message was sent nobody knows when. With a time of its own it counts there and says nothing about now;
 *   without one it counts not at all, except where the plant file says `retained: hold`.
 * - A path that leads nowhere is no reading: messages of one topic may hold different things.
 * - A time that cannot be read, or from a clock that was never set: the value counts when it came, as `uncertain`.
 */

/** Far beyond any sensible message; a broker of MQTT 5 is told, and does not even send more. */
export const MOST_PAYLOAD_BYTES = 4 * 1024 * 1024;
const MOST_SAMPLES = 10_000;
/** Older than this, a message was kept somewhere on its way: it tells of then, not of now. */
const WAITED_MS = 60_000;

export type Told = Pick<SourceHost, 'finding' | 'count'>;

export interface Message {
  readonly payload: Uint8Array;
  readonly retained: boolean;
  readonly received: Instant;
  /** A kept session was taken up again then: what was sent before waited at the broker. */
  readonly resumedAt?: Instant;
}

export function readMessage(bindings: readonly JsonBinding[], message: Message, host: Told): Reading[] {
  const [first] = bindings;
  if (!first) return [];
  if (message.payload.length > MOST_PAYLOAD_BYTES) {
    const text = `a message of ${message.payload.length} bytes on ${first.topic} was not read; the limit is ${MOST_PAYLOAD_BYTES}`;
    host.finding('payloadTooLarge', text, first.signal);
    return [];
  }
  if (message.payload.length === 0) {
    // The way to take a retained message back: it says that there is nothing.
    host.count('mqtt_empty_messages');
    return [];
  }
  const body = parse(message.payload);
  return bindings.flatMap((binding) => readBinding(binding, body, message, host));
}

/** What is no JSON, or no UTF-8, is text as it stands. */
function parse(payload: Uint8Array): unknown {
  const text = new TextDecoder().decode(payload);
  try {
    return JSON.parse(text);
  } catch {
    return text.trim();
  }
}

function readBinding(binding: JsonBinding, body: unknown, message: Message, host: Told): Reading[] {
  const { path, signal, topic } = binding;
  if (!path || !isList(path)) return readOne(binding, body, 0, message, host);
  const length = lengthOf(body, path);
  if (length > MOST_SAMPLES) {
    host.finding(
      'tooManySamples',
      `${signal}: ${length} samples in one message on ${topic}; the limit is ${MOST_SAMPLES}`,
      signal,
    );
    return [];
  }
  return Array.from({ length }, (_, element) => readOne(binding, body, element, message, host)).flat();
}

function readOne(binding: JsonBinding, body: unknown, element: number, message: Message, host: Told): Reading[] {
  const { signal, path, timePath, qualityPath, hold } = binding;
  const { received, retained } = message;
  const raw = path ? follow(body, path, element) : body;
  if (raw === undefined) {
    host.count('mqtt_values_missing');
    return [];
  }
  const given = timePath ? follow(body, timePath, element) : undefined;
  const own = readInstant(given);
  if (retained && own === null && !hold) {
    host.count('mqtt_retained_ignored');
    return [];
  }
  const badTime = given !== undefined && own === null;
  if (badTime)
    host.finding(
      'badTime',
      `${signal}: ${shown(given)} is no instant that can be; the value counts when it came`,
      signal,
    );
  const { value, quality, problem } = readValue(raw);
  if (problem !== null) host.finding('unusableValue', `${signal}: the value ${problem}`, signal);
  const qualities: Quality[] = [quality, badTime ? 'uncertain' : 'good', qualityOf(qualityPath, body, element)];
  const reading = { signal, value, quality: worst(qualities), t: own ?? received, received };
  const waited = own !== null && (received - own > WAITED_MS || own < (message.resumedAt ?? own));
  return [(retained || waited) && !hold ? { ...reading, recorded: true } : reading];
}

interface Value {
  readonly value: Reading['value'];
  readonly quality: Quality;
  readonly problem: string | null;
}

function readValue(raw: unknown): Value {
  const unusable = (problem: string): Value => ({ value: null, quality: 'bad', problem });
  if (typeof raw === 'number') {
    if (!Number.isFinite(raw)) return unusable('is not a finite number');
    // Its last digits were lost when it was read.
    const rounded = Number.isInteger(raw) && !Number.isSafeInteger(raw);
    return { value: raw, quality: rounded ? 'uncertain' : 'good', problem: null };
  }
  if (typeof raw === 'string' || typeof raw === 'boolean' || raw === null) {
    return { value: raw, quality: 'good', problem: null };
  }
  return unusable(
    Array.isArray(raw) ? 'is a list; give one element, or [*] for all' : 'is an object; give a path into it',
  );
}

function qualityOf(path: JsonBinding['qualityPath'], body: unknown, element: number): Quality {
  return path ? readQuality(follow(body, path, element)) : 'good';
}

/**
 * Words, booleans, or the numbers in use: 0 to 255 as in OPC DA (192 and more good, 64 and more uncertain), 500 stale as in
 * Sparkplug, OPC UA status codes beyond. 0 is bad: most who write a number mean OPC DA. What is not told is good.
 */
export function readQuality(raw: unknown): Quality {
  if (raw === undefined || raw === null || raw === true) return 'good';
  if (typeof raw === 'number') {
    if (raw >= 0x80000000 || raw < 64 || raw === 500) return 'bad';
    if (raw >= 0x40000000) return 'uncertain';
    return raw >= 192 && raw < 256 ? 'good' : 'uncertain';
  }
  const word = typeof raw === 'string' ? raw.toLowerCase() : '';
  if (word.startsWith('good') || word === 'ok') return 'good';
  return word.startsWith('uncertain') ? 'uncertain' : 'bad';
}

function worst(qualities: readonly Quality[]): Quality {
  if (qualities.includes('bad')) return 'bad';
  return qualities.includes('uncertain') ? 'uncertain' : 'good';
}

function shown(raw: unknown): string {
  return (JSON.stringify(raw) ?? String(raw)).slice(0, 60);
}
