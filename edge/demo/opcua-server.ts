import {
  DataType,
  MessageSecurityMode,
  type Namespace,
  OPCUACertificateManager,
  OPCUAServer,
  SecurityPolicy,
  type StatusCode,
  StatusCodes,
  type UAObject,
  type UAVariable,
  Variant,
  VariantArrayType,
} from 'node-opcua';
import type { Instant } from '#shared/time/instant.ts';
import type { DemoNode } from './nodes.ts';

/*
 * The simulated controllers on a real OPC UA server.
 *
 * - Variables are read-only, exception-based, and carry the simulated instant of their change as source timestamp.
 * - Anonymous; every security mode and policy that is not broken. Unknown client certificates are accepted: it is a demo on
 *   loopback.
 * - Requests are counted by service as they come off the wire, whatever becomes of them. Those that could change anything are
 *   told at once: nothing that only reads a plant sends any.
 */
export interface DemoOpcuaServer {
  readonly port: number;
  readonly requests: { readonly write: number; readonly call: number };
  /** Every request since it started, by the name of its service (`PublishRequest`). */
  readonly services: ReadonlyMap<string, number>;
  /** Sets what has changed since the last call. */
  publish(): void;
  /** Sets a node of `defineExtra` at once. */
  set(path: string, value: number, t: Instant): void;
  stop(): Promise<void>;
}

export interface DemoOpcuaOptions {
  readonly port: number;
  readonly nodes: readonly DemoNode[];
  /** Folder of keys and certificates; made where it is missing. */
  readonly pkiFolder: string;
  /** Whole numbers that are no part of the simulation (`Diagnostics.WriteRequests`): path and first value. */
  readonly extra: readonly (readonly [path: string, value: number])[];
  /** Called before each request is answered: brings the simulation up to date, however late the timer is. */
  readonly onRequest: () => void;
  /** A request that asks for more than reading has come. */
  readonly onForeignRequest: () => void;
  readonly now: () => Instant;
}

const NAMESPACE_URI = 'urn:linewatt:demo:plant';
/** Services that change values, histories or the address space. */
const WRITING = new Set([
  'WriteRequest',
  'HistoryUpdateRequest',
  'AddNodesRequest',
  'DeleteNodesRequest',
  'AddReferencesRequest',
  'DeleteReferencesRequest',
]);
const DATA_TYPES = {
  UInt16: DataType.UInt16,
  Int32: DataType.Int32,
  UInt32: DataType.UInt32,
  Int64: DataType.Int64,
  Double: DataType.Double,
  String: DataType.String,
} as const;

interface Published {
  readonly node: DemoNode;
  readonly variable: UAVariable;
  value: number | string | undefined;
  good: boolean;
}

export async function startDemoOpcuaServer(options: DemoOpcuaOptions): Promise<DemoOpcuaServer> {
  const certificates = new OPCUACertificateManager({
    rootFolder: options.pkiFolder,
    automaticallyAcceptUnknownCertificate: true,
    disableFileWatchers: true,
  });
  await certificates.initialize();
  const server = new OPCUAServer({
    port: options.port,
    host: '127.0.0.1',
    hostname: '127.0.0.1',
    serverCertificateManager: certificates,
    userCertificateManager: certificates,
    securityPolicies: [
      SecurityPolicy.None,
      SecurityPolicy.Basic256Sha256,
      SecurityPolicy.Aes128_Sha256_RsaOaep,
      SecurityPolicy.Aes256_Sha256_RsaPss,
    ],
    securityModes: [MessageSecurityMode.None, MessageSecurityMode.Sign, MessageSecurityMode.SignAndEncrypt],
    allowAnonymous: true,
    disableDiscovery: true,
    maxConnectionsPerEndpoint: 50,
    serverInfo: { applicationUri: 'urn:linewatt:demo', applicationName: { text: 'Linewatt demo plant' } },
    buildInfo: { manufacturerName: 'Linewatt', productName: 'demo plant', softwareVersion: '1', buildNumber: '1' },
  });
  const requests = { write: 0, call: 0 };
  const services = new Map<string, number>();
  server.on('request', (request: { schema: { name: string } }) => {
    options.onRequest();
    const { name } = request.schema;
    services.set(name, (services.get(name) ?? 0) + 1);
    if (WRITING.has(name)) requests.write += 1;
    else if (name === 'CallRequest') requests.call += 1;
    else return;
    options.onForeignRequest();
  });
  await server.initialize();
  const space = server.engine.addressSpace;
  if (!space) throw new Error('the OPC UA server has no address space');
  const namespace = space.registerNamespace(NAMESPACE_URI);
  const folders = createFolders(namespace, space.rootFolder.objects);

  const published = options.nodes.map(
    (node): Published => ({
      node,
      variable: addVariable(namespace, folders, node.path, node.dataType),
      value: undefined,
      good: true,
    }),
  );
  const extra = new Map(options.extra.map(([path]) => [path, addVariable(namespace, folders, path, 'Double')]));

  function publish(): void {
    for (const item of published) {
      const value = item.node.read();
      const good = item.node.good();
      if (value === item.value && good === item.good) continue;
      item.value = value;
      item.good = good;
      const status = good ? StatusCodes.Good : StatusCodes.BadSensorFailure;
      setValue(item.variable, variantOf(item.node.dataType, value), status, item.node.changedAt());
    }
  }

  function set(path: string, value: number, t: Instant): void {
    const variable = extra.get(path);
    if (!variable) throw new RangeError(`the demo's server has no node ${path}`);
    setValue(variable, variantOf('Double', value), StatusCodes.Good, t);
  }

  publish();
  for (const [path, value] of options.extra) set(path, value, options.now());
  await server.start();
  return { port: options.port, requests, services, publish, set, stop: () => server.shutdown(0) };
}

function setValue(variable: UAVariable, variant: Variant, status: StatusCode, t: Instant): void {
  variable.setValueFromSource(variant, status, new Date(t));
}

function variantOf(dataType: DemoNode['dataType'], value: number | string): Variant {
  const scalar = { dataType: DATA_TYPES[dataType], arrayType: VariantArrayType.Scalar };
  // The library takes 64-bit integers as two words.
  if (dataType === 'Int64' && typeof value === 'number') {
    return new Variant({ ...scalar, value: [Math.floor(value / 4294967296), value >>> 0] });
  }
  return new Variant({ ...scalar, value });
}

/** Makes the folder of a path once: `Filling.Filler.State` lies in Plant / Filling / Filler. */
function createFolders(namespace: Namespace, root: UAObject): (path: string) => UAObject {
  const made = new Map<string, UAObject>();
  made.set('', namespace.addFolder(root, { browseName: 'Plant', nodeId: 's=Plant' }) as unknown as UAObject);
  return function folderOf(path) {
    const cut = path.lastIndexOf('.');
    const folder = cut < 0 ? '' : path.slice(0, cut);
    const known = made.get(folder);
    if (known) return known;
    const browseName = folder.slice(folder.lastIndexOf('.') + 1);
    const object = namespace.addObject({ organizedBy: folderOf(folder), browseName, nodeId: `s=${folder}` });
    made.set(folder, object);
    return object;
  };
}

function addVariable(
  namespace: Namespace,
  folderOf: (path: string) => UAObject,
  path: string,
  dataType: DemoNode['dataType'],
): UAVariable {
  return namespace.addVariable({
    componentOf: folderOf(path),
    browseName: path.slice(path.lastIndexOf('.') + 1),
    nodeId: `s=${path}`,
    dataType: DATA_TYPES[dataType],
    accessLevel: 'CurrentRead',
    userAccessLevel: 'CurrentRead',
    minimumSamplingInterval: 0,
  });
}
