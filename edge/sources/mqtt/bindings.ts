import type { Item } from '#edge/core/source.ts';
import { isList, parsePath, type Step } from './path.ts';

/** Where one signal stands in the payloads of one topic. */
export interface JsonBinding {
  readonly signal: string;
  readonly topic: string;
  /** Null: the payload itself is the value. */
  readonly path: readonly Step[] | null;
  readonly timePath: readonly Step[] | null;
  readonly qualityPath: readonly Step[] | null;
  /** A retained message: `hold` takes it for what holds now; else it counts at its own time, or not at all. */
  readonly hold: boolean;
}

export interface AddressProblem {
  readonly signal: string;
  readonly message: string;
}

export function readJsonBinding({ signal, address }: Item): JsonBinding | AddressProblem {
  const problem = (message: string): AddressProblem => ({ signal, message: `${signal}: ${message}` });
  const { topic } = address;
  if (typeof topic !== 'string' || topic === '' || /[+#\0]/.test(topic)) {
    return problem('needs a topic, without wildcards; group, node and metric are for sources with format: sparkplug');
  }
  const paths: (readonly Step[] | null)[] = [];
  for (const key of ['path', 'timePath', 'qualityPath'] as const) {
    const text = address[key];
    const path = text === undefined ? null : parsePath(String(text));
    if (text !== undefined && !path) return problem(`${key} "${text}" is no JSON path; it looks like "$.data[0].kwh"`);
    paths.push(path);
  }
  const [path = null, timePath = null, qualityPath = null] = paths;
  if (timePath && isList(timePath) && !(path && isList(path))) {
    return problem('timePath has [*], so path needs it too');
  }
  return { signal, topic, path, timePath, qualityPath, hold: address.retained === 'hold' };
}
