import {
  AttributeIds,
  BrowseDirection,
  type BrowseResult,
  type ClientSession,
  DataType,
  type DataValue,
  NodeClass,
  NodeId,
  ReferenceTypeIds,
  VariantArrayType,
} from 'node-opcua';
import type { Limits } from '../limits.ts';

/*
 * Walks an address space from the Objects folder, breadth first.
 *
 * - Bounded: by nodes, by depth, and by asking for few references at a time. What was left out is told.
 * - A node is visited once, however many ways lead to it: address spaces have cycles.
 * - Continuation points are followed to their end, and given back where the walk stops early.
 */

export interface WalkBounds {
  readonly mostNodes: number;
  readonly mostDepth: number;
}

export interface FoundVariable {
  /** Browse names from the Objects folder down to this one. */
  readonly path: readonly string[];
  readonly nodeId: NodeId;
  readonly dataType: string;
  readonly isArray: boolean;
  /** As text, shortened; null where it cannot be read. */
  readonly value: string | null;
  readonly isGood: boolean;
  /** Names of an enumeration by number, from EnumStrings or EnumValues; null without. */
  readonly enumeration: ReadonlyMap<number, string> | null;
  /** From EngineeringUnits. */
  readonly unit: string | null;
}

export interface Walked {
  readonly variables: readonly FoundVariable[];
  readonly nodes: number;
  /** A bound was reached. */
  readonly cutShort: boolean;
}

interface Node {
  readonly nodeId: NodeId;
  readonly path: readonly string[];
  readonly isVariable: boolean;
}

const REFERENCES_A_TIME = 500;
const NODES_A_TIME = 100;
const SERVER_OBJECT = 'ns=0;i=2253';
const PROPERTIES = ['EnumStrings', 'EnumValues', 'EngineeringUnits'];

export async function walk(session: ClientSession, limits: Limits, bounds: WalkBounds): Promise<Walked> {
  session.requestedMaxReferencesPerNode = REFERENCES_A_TIME;
  const seen = new Set<string>([SERVER_OBJECT]);
  const found: Node[] = [];
  let level: Node[] = [{ nodeId: NodeId.resolveNodeId('ns=0;i=85'), path: [], isVariable: false }];
  let cutShort = false;
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > bounds.mostDepth) {
      cutShort = true;
      break;
    }
    const next: Node[] = [];
    const step = Math.min(limits.nodesPerBrowse, NODES_A_TIME);
    for (let from = 0; from < level.length && !cutShort; from += step) {
      for (const child of await childrenOf(session, level.slice(from, from + step))) {
        const key = child.nodeId.toString();
        if (seen.has(key)) continue;
        if (seen.size > bounds.mostNodes) {
          cutShort = true;
          break;
        }
        seen.add(key);
        next.push(child);
      }
    }
    found.push(...next);
    level = next;
  }
  return { variables: await readAll(session, limits, found), nodes: seen.size - 1, cutShort };
}

async function childrenOf(session: ClientSession, parents: readonly Node[]): Promise<Node[]> {
  const results = await session.browse(
    parents.map(({ nodeId }) => ({
      nodeId,
      referenceTypeId: ReferenceTypeIds.HierarchicalReferences,
      includeSubtypes: true,
      browseDirection: BrowseDirection.Forward,
      nodeClassMask: NodeClass.Object | NodeClass.Variable,
      resultMask: 63,
    })),
  );
  const children: Node[] = [];
  for (const [i, first] of results.entries()) {
    const parent = parents[i];
    if (!parent) continue;
    for (let page: BrowseResult | null = first; page; page = await pageAfter(session, page)) {
      for (const { nodeId, browseName, nodeClass } of page.references ?? []) {
        const name = browseName.name ?? '';
        const isVariable = nodeClass === NodeClass.Variable;
        children.push({ nodeId: nodeId as NodeId, path: [...parent.path, name], isVariable });
      }
    }
  }
  return children;
}

async function pageAfter(session: ClientSession, page: BrowseResult): Promise<BrowseResult | null> {
  const { continuationPoint } = page;
  if (!continuationPoint || continuationPoint.length === 0) return null;
  return session.browseNext(continuationPoint, false);
}

async function readAll(session: ClientSession, limits: Limits, nodes: readonly Node[]): Promise<FoundVariable[]> {
  const variables = nodes.filter(({ isVariable }) => isVariable);
  const values: DataValue[] = [];
  for (let from = 0; from < variables.length; from += limits.nodesPerRead) {
    const part = variables.slice(from, from + limits.nodesPerRead);
    const read = await session.read(part.map(({ nodeId }) => ({ nodeId, attributeId: AttributeIds.Value })));
    values.push(...read);
  }
  const keyOf = (path: readonly string[]) => path.join('\n');
  const properties = new Map<string, unknown>();
  variables.forEach(({ path }, i) => {
    if (PROPERTIES.includes(path.at(-1) ?? '')) properties.set(keyOf(path), values[i]?.value?.value);
  });
  return variables.flatMap(({ nodeId, path }, i): FoundVariable[] => {
    if (PROPERTIES.includes(path.at(-1) ?? '')) return [];
    const value = values[i];
    const variant = value?.value;
    const property = (name: string) => properties.get(keyOf([...path, name]));
    return [
      {
        path,
        nodeId,
        dataType: variant ? (DataType[variant.dataType] ?? 'Null') : 'Null',
        isArray: variant !== undefined && variant !== null && variant.arrayType !== VariantArrayType.Scalar,
        value: variant ? textOf(variant.value, variant.dataType) : null,
        isGood: value?.statusCode.isGood() ?? false,
        enumeration: enumerationOf(property('EnumStrings'), property('EnumValues')),
        unit: unitOf(property('EngineeringUnits')),
      },
    ];
  });
}

function textOf(raw: unknown, dataType: DataType): string | null {
  if (raw === null || raw === undefined) return null;
  const isWords = (dataType === DataType.Int64 || dataType === DataType.UInt64) && Array.isArray(raw);
  if (isWords) return String((BigInt(Number(raw[0])) << 32n) + BigInt(Number(raw[1]) >>> 0));
  return (textOfLocalized(raw) ?? String(raw)).slice(0, 60);
}

function enumerationOf(strings: unknown, values: unknown): ReadonlyMap<number, string> | null {
  const names = new Map<number, string>();
  if (Array.isArray(strings)) {
    strings.forEach((text: unknown, i) => {
      names.set(i, textOfLocalized(text) ?? String(text));
    });
  }
  if (Array.isArray(values)) {
    for (const entry of values as readonly { value?: unknown; displayName?: unknown }[]) {
      const number = Array.isArray(entry?.value) ? Number(entry.value[1]) : Number(entry?.value);
      if (Number.isInteger(number)) names.set(number, textOfLocalized(entry.displayName) ?? '');
    }
  }
  return names.size === 0 ? null : names;
}

function unitOf(range: unknown): string | null {
  if (range === null || typeof range !== 'object' || !('displayName' in range)) return null;
  return textOfLocalized(range.displayName);
}

function textOfLocalized(value: unknown): string | null {
  const text = value !== null && typeof value === 'object' && 'text' in value ? value.text : value;
  return typeof text === 'string' && text !== '' ? text : null;
}
