import type { Instant } from '#shared/time/instant.ts';

/** Something that people should see. One per (code, signal): the newest text and time, and how often it came. */
export interface EdgeFinding {
  readonly code: string;
  /** A signal, or the id of a source. */
  readonly signal: string;
  readonly t: Instant;
  readonly message: string;
}

export interface Findings {
  add(code: string, signal: string, message: string, t: Instant): void;
  clear(code: string, signal: string): void;
  list(): readonly EdgeFinding[];
}

/** Oldest findings make room: a broken plant must not fill the memory or the health message. */
const MOST_FINDINGS = 200;

export function createFindings(): Findings {
  const byKey = new Map<string, EdgeFinding>();
  const keyOf = (code: string, signal: string) => `${code} ${signal}`;
  return {
    add(code, signal, message, t) {
      const key = keyOf(code, signal);
      byKey.delete(key);
      byKey.set(key, { code, signal, t, message });
      if (byKey.size > MOST_FINDINGS) {
        const oldest = byKey.keys().next().value;
        if (oldest !== undefined) byKey.delete(oldest);
      }
    },
    clear(code, signal) {
      byKey.delete(keyOf(code, signal));
    },
    list: () => [...byKey.values()],
  };
}
