import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FactBatch } from '#shared/oee/facts.ts';
import type { Instant } from '#shared/time/instant.ts';

/** Facts that a sink will never take are kept for people, one batch a line. */
export function keepAside(
  dataDir: string,
  refused: { readonly at: Instant; readonly sink: string; readonly why: string; readonly batch: FactBatch },
): void {
  appendFileSync(join(dataDir, 'set-aside.ndjson'), `${JSON.stringify(refused)}\n`);
}
