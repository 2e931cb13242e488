import { AttributeIds, type ClientSession, type NodeId, ReferenceTypeIds } from 'node-opcua';
import type { SourceDetails } from '#shared/contract/source-details.ts';

/*
 * Who made the server, and the device behind it: BuildInfo of the server (every server has it, not every one fills it), and the
 * nameplate of OPC UA for Devices (DI) where an object of the Objects folder or of its DeviceSet has one. Two levels, one
 * request each: an inventory must not cost a walk over the address space.
 */

type Nameplate = Pick<SourceDetails, 'manufacturer' | 'model' | 'serialNumber' | 'firmwareVersion' | 'softwareVersion'>;

const BUILD_INFO = { manufacturer: 2263, model: 2261, softwareVersion: 2264, buildNumber: 2265 } as const;
const OBJECTS_FOLDER = 'ns=0;i=85';
const MOST_OBJECTS = 60;
const OBJECT_CLASS = 1;
const VARIABLE_CLASS = 2;

/** DI properties, and what they are called here. */
const DI_NAMES: Readonly<Record<string, keyof Nameplate>> = {
  Manufacturer: 'manufacturer',
  Model: 'model',
  SerialNumber: 'serialNumber',
  DeviceRevision: 'firmwareVersion',
  SoftwareRevision: 'firmwareVersion',
};

/** Never fails: what cannot be read is absent. */
export async function readNameplate(session: ClientSession): Promise<Nameplate> {
  const build = await readBuildInfo(session).catch(() => ({}));
  const device = await readDevice(session).catch(() => ({}));
  return { ...build, ...device };
}

async function readBuildInfo(session: ClientSession): Promise<Nameplate> {
  const ids = Object.values(BUILD_INFO).map((i) => ({ nodeId: `ns=0;i=${i}`, attributeId: AttributeIds.Value }));
  const [manufacturer, model, software, build] = (await session.read(ids)).map(({ value }) => textOf(value?.value));
  const version = [software, build].filter((part) => part !== undefined && part !== '').join(' build ');
  return {
    ...(manufacturer === undefined ? {} : { manufacturer }),
    ...(model === undefined ? {} : { model }),
    ...(version === '' ? {} : { softwareVersion: version }),
  };
}

async function readDevice(session: ClientSession): Promise<Nameplate> {
  const top = await childrenOf(session, [OBJECTS_FOLDER], OBJECT_CLASS);
  const set = top.filter(({ name }) => name === 'DeviceSet' || name === 'Machines').map(({ nodeId }) => nodeId);
  const devices = [...(set.length > 0 ? await childrenOf(session, set, OBJECT_CLASS) : []), ...top]
    .filter(({ nodeId }) => nodeId.namespace > 0)
    .slice(0, MOST_OBJECTS);
  if (devices.length === 0) return {};
  const parts = (
    await childrenOf(
      session,
      devices.map(({ nodeId }) => nodeId),
      OBJECT_CLASS,
    )
  ).filter(({ name }) => name === 'Identification');
  const owners = [...devices, ...parts].map(({ nodeId }) => nodeId).slice(0, MOST_OBJECTS);
  const properties = (await childrenOf(session, owners, VARIABLE_CLASS)).filter(({ name }) => name in DI_NAMES);
  if (properties.length === 0) return {};
  const values = await session.read(properties.map(({ nodeId }) => ({ nodeId, attributeId: AttributeIds.Value })));
  const found: Record<string, string> = {};
  properties.forEach(({ name }, i) => {
    const text = textOf(values[i]?.value?.value);
    const key = DI_NAMES[name];
    if (text !== undefined && key !== undefined) found[key] ??= text;
  });
  return found;
}

async function childrenOf(
  session: ClientSession,
  parents: readonly (NodeId | string)[],
  nodeClassMask: number,
): Promise<{ name: string; nodeId: NodeId }[]> {
  const results = await session.browse(
    parents.map((nodeId) => ({
      nodeId,
      referenceTypeId: ReferenceTypeIds.HierarchicalReferences,
      includeSubtypes: true,
      browseDirection: 0,
      nodeClassMask,
      resultMask: 63,
    })),
  );
  return results.flatMap(({ references }) =>
    (references ?? []).map((r) => ({ name: r.browseName.name ?? '', nodeId: r.nodeId as NodeId })),
  );
}

function textOf(value: unknown): string | undefined {
  const inner = value !== null && typeof value === 'object' && 'text' in value ? value.text : value;
  const text = typeof inner === 'string' || typeof inner === 'number' ? String(inner).trim().slice(0, 200) : '';
  return text === '' ? undefined : text;
}
