import type { Item } from '#edge/core/source.ts';
import type { AddressProblem } from '../bindings.ts';

export interface SparkplugBinding {
  readonly signal: string;
  readonly group: string;
  readonly node: string;
  /** Null: a metric of the node itself. */
  readonly device: string | null;
  readonly metric: string;
}

export function readSparkplugBinding({ signal, address }: Item): SparkplugBinding | AddressProblem {
  const { group, node, device, metric } = address;
  const problem = (message: string): AddressProblem => ({ signal, message: `${signal}: ${message}` });
  if (!isLevel(group) || !isLevel(node)) {
    return problem('needs group, node and metric (and device, where the metric is one of a device)');
  }
  if (device !== undefined && !isLevel(device)) return problem('device must be a name without /, + and #');
  if (typeof metric !== 'string' || metric === '') return problem('needs the name of a metric, as the birth tells it');
  return { signal, group, node, device: device ?? null, metric };
}

function isLevel(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && !/[/+#\0]/.test(value);
}
