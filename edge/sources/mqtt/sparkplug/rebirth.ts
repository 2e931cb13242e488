import type { Instant } from '#shared/time/instant.ts';
import type { NodesHost } from './nodes.ts';
import { encodePayload } from './payload.ts';
import { DATA_TYPE } from './value.ts';

/*
 * Asking a node for its birth is a command, the only message that this source can ever publish, and only where the plant
 * file says `rebirth: true`. A node is asked at most once in half a minute, however often it gives cause.
 */

const PAUSE_MS = 30_000;

export interface Rebirths {
  want(group: string, node: string, why: string): void;
  born(group: string, node: string): void;
}

export function createRebirths(host: Pick<NodesHost, 'finding' | 'clear' | 'count' | 'now' | 'askForBirth'>): Rebirths {
  const askedAt = new Map<string, Instant>();
  return {
    want(group, node, why) {
      const name = `${group}/${node}`;
      const ask = host.askForBirth;
      if (!ask) {
        host.count('sparkplug_births_wanted');
        host.finding(
          'birthNeeded',
          `${name}: ${why}; restart the node, or write rebirth: true to let Linewatt ask for it`,
        );
        return;
      }
      const now = host.now();
      if (now - (askedAt.get(name) ?? Number.NEGATIVE_INFINITY) < PAUSE_MS) return;
      askedAt.set(name, now);
      host.count('sparkplug_rebirth_requests');
      ask(group, node);
    },
    born: () => host.clear('birthNeeded'),
  };
}

export function rebirthCommand(t: Instant): Uint8Array {
  const timestamp = String(t);
  const metric = { name: 'Node Control/Rebirth', timestamp, datatype: DATA_TYPE.Boolean, booleanValue: true };
  return encodePayload({ timestamp, metrics: [metric] });
}
