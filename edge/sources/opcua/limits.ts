import { AttributeIds, type ClientSession } from 'node-opcua';

/** What one request to this server may hold. */
export interface Limits {
  readonly itemsPerCall: number;
  readonly nodesPerRead: number;
  readonly nodesPerBrowse: number;
}

/** More in one request gains nothing, and breaks on some servers that promise it. */
const MOST_PER_CALL = 1000;

const LIMITS = {
  itemsPerCall: 'ns=0;i=11714',
  nodesPerRead: 'ns=0;i=11705',
  nodesPerBrowse: 'ns=0;i=11710',
} as const;

/** Reads the server's operation limits; one that does not tell, or says 0, gets ours. */
export async function readLimits(session: ClientSession): Promise<Limits> {
  const names = ['itemsPerCall', 'nodesPerRead', 'nodesPerBrowse'] as const;
  const answers = await session
    .read(names.map((name) => ({ nodeId: LIMITS[name], attributeId: AttributeIds.Value })))
    .catch(() => []);
  const limit = (i: number): number => {
    const told: unknown = answers[i]?.value.value;
    return typeof told === 'number' && told >= 1 ? Math.min(told, MOST_PER_CALL) : MOST_PER_CALL;
  };
  return { itemsPerCall: limit(0), nodesPerRead: limit(1), nodesPerBrowse: limit(2) };
}
