import { coerceNodeId, type NodeId } from 'node-opcua';

const BY_URI = /^nsu=([^;]+);(.+)$/;

export interface ResolvedNode {
  readonly nodeId: NodeId | null;
  /** Why there is no node id, as a sentence that follows the signal's name. */
  readonly problem: string | null;
}

/**
 * `ns=2;s=Filler.State`, or `nsu=http://maker.com/plc;s=Filler.State`, which survives a server that numbers its namespaces
 * anew. `namespaces` is the server's own list, read after each connect.
 */
export function resolveNode(address: Readonly<Record<string, unknown>>, namespaces: readonly string[]): ResolvedNode {
  const node = address.node;
  if (typeof node !== 'string' || node === '') return none('names no node; give it node: "ns=2;s=..."');
  const byUri = BY_URI.exec(node);
  let text = node;
  if (byUri) {
    const index = namespaces.indexOf(byUri[1] ?? '');
    if (index < 0) return none(`names the namespace ${byUri[1]}, which the server does not have`);
    text = `ns=${index};${byUri[2]}`;
  }
  try {
    return { nodeId: coerceNodeId(text), problem: null };
  } catch {
    return none(`has the node id "${node}", which cannot be read; it looks like "ns=2;s=Filler.State"`);
  }
}

function none(problem: string): ResolvedNode {
  return { nodeId: null, problem };
}
