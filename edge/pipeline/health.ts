import type { EdgeFinding } from '#edge/core/findings.ts';
import type { EdgeHealth, Envelope, SourceHealth } from '#shared/contract/mqtt.ts';
import type { Instant } from '#shared/time/instant.ts';

/** The message stays small: the newest findings, the rest is in the counters. */
const MOST_FINDINGS = 100;

export interface HealthParts {
  readonly sources: readonly SourceHealth[];
  readonly counters: Readonly<Record<string, number>>;
  readonly findings: readonly EdgeFinding[];
  /** Share of the demo's history that is made; null when there is nothing to make. */
  readonly seedProgress: number | null;
}

export function healthOf(now: Instant, parts: HealthParts): Omit<EdgeHealth, keyof Envelope> {
  const { sources, counters, findings, seedProgress } = parts;
  return {
    state: seedProgress === null ? 'online' : 'seeding',
    t: now,
    sources,
    counters,
    findings: findings.slice(-MOST_FINDINGS),
    ...(seedProgress === null ? {} : { seedProgress }),
  };
}
