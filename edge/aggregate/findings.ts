import type { Instant } from '#shared/time/instant.ts';
import type { AggregatorFinding } from './contract.ts';

/** One finding for each code and signal, the newest instant and how often; a counter for each code. */
export class Findings {
  readonly #byCause = new Map<string, { finding: AggregatorFinding; times: number }>();
  readonly counters: Record<string, number> = {};

  report(code: string, signal: string, t: Instant, message: string): void {
    this.count(code);
    const cause = `${code} ${signal}`;
    const known = this.#byCause.get(cause);
    if (!known && this.#byCause.size >= LIMIT) return;
    const times = (known?.times ?? 0) + 1;
    const newest = known ? Math.max(known.finding.t, t) : t;
    this.#byCause.set(cause, { finding: { code, signal, t: newest, message }, times });
  }

  /** What is normal and still worth a number. */
  count(code: string): void {
    this.counters[code] = (this.counters[code] ?? 0) + 1;
  }

  list(): AggregatorFinding[] {
    return [...this.#byCause.values()].map(({ finding, times }) =>
      times > 1 ? { ...finding, message: `${finding.message} (${times} times)` } : finding,
    );
  }

  pack(): PackedFindings {
    return { counters: { ...this.counters }, list: [...this.#byCause.values()] };
  }

  unpack(packed: PackedFindings): void {
    Object.assign(this.counters, packed.counters);
    for (const entry of packed.list) {
      this.#byCause.set(`${entry.finding.code} ${entry.finding.signal}`, { ...entry });
    }
  }
}

/** A flood of unknown names must not fill the memory. */
const LIMIT = 2000;

export interface PackedFindings {
  readonly counters: Readonly<Record<string, number>>;
  readonly list: readonly { readonly finding: AggregatorFinding; readonly times: number }[];
}
