/*
 * Every drop, retry, clamp and rejection counts here under a name and a reason; /metrics shows them in the Prometheus
 * text format. Names are of the form `linewatt_api_<what>_total`.
 */
export interface Counters {
  /** Adds `n` to a counter; `reason` becomes a label. */
  count(name: string, reason?: string, n?: number): void;
  get(name: string, reason?: string): number;
  /** Rows in order of name, then reason. */
  rows(): readonly { readonly name: string; readonly reason: string; readonly value: number }[];
}

export function createCounters(): Counters {
  const values = new Map<string, { name: string; reason: string; value: number }>();
  return {
    count(name, reason = '', n = 1) {
      const key = `${name} ${reason}`;
      const row = values.get(key);
      if (row) row.value += n;
      else values.set(key, { name, reason, value: n });
    },
    get: (name, reason = '') => values.get(`${name} ${reason}`)?.value ?? 0,
    rows: () => [...values.values()].sort((a, b) => a.name.localeCompare(b.name) || a.reason.localeCompare(b.reason)),
  };
}

export interface Gauge {
  readonly name: string;
  readonly help: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

export function prometheusText(counters: Counters, gauges: readonly Gauge[]): string {
  const lines: string[] = [];
  let last = '';
  for (const { name, reason, value } of counters.rows()) {
    const metric = `linewatt_api_${name}_total`;
    if (metric !== last) lines.push(`# TYPE ${metric} counter`);
    last = metric;
    lines.push(`${metric}${labels(reason === '' ? {} : { reason })} ${value}`);
  }
  last = '';
  for (const g of gauges) {
    if (g.name !== last) lines.push(`# HELP ${g.name} ${g.help}`, `# TYPE ${g.name} gauge`);
    last = g.name;
    lines.push(`${g.name}${labels(g.labels ?? {})} ${g.value}`);
  }
  return `${lines.join('\n')}\n`;
}

function labels(of: Readonly<Record<string, string>>): string {
  const parts = Object.entries(of).map(
    ([k, v]) => `${k}="${v.replace(/["\\\n]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`))}"`,
  );
  return parts.length === 0 ? '' : `{${parts.join(',')}}`;
}
