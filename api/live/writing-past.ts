import type { EdgeHealth } from '#shared/contract/mqtt.ts';

/**
 * Whether an edge writes a history in one go: the demo's past, newest first, in part behind screens that are live already.
 * Nothing announces those facts one by one, and what is judged from them meanwhile is judged too early.
 */
export function isWritingPast(health: Pick<EdgeHealth, 'state' | 'findings'> | null): boolean {
  if (!health) return false;
  return health.state === 'seeding' || health.findings.some(({ code }) => code === 'historyUnfinished');
}
