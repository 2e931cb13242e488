/** Named counters of everything dropped, retried, clamped or rejected, for /metrics and the diagnostics page. */
export interface Counters {
  count(name: string, by?: number): void;
  values(): Readonly<Record<string, number>>;
}

export function createCounters(): Counters {
  const values = new Map<string, number>();
  return {
    count(name, by = 1) {
      values.set(name, (values.get(name) ?? 0) + by);
    },
    values: () => Object.fromEntries(values),
  };
}
