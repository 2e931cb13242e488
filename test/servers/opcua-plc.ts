import { join } from 'node:path';
import {
  DataType,
  type MessageSecurityMode,
  OPCUACertificateManager,
  OPCUAServer,
  type OPCUAServerOptions,
  type SecurityPolicy,
  StatusCodes,
  type UAVariable,
  Variant,
  VariantArrayType,
} from 'node-opcua';

/** A small controller on a real OPC UA server, which a test downloads to, restarts and mishandles. */
export interface Plc {
  readonly server: OPCUAServer;
  /** Requests by name, as they came over the wire. */
  readonly requests: ReadonlyMap<string, number>;
  set(name: string, dataType: DataType, value: unknown, at?: number, status?: typeof StatusCodes.Good): void;
  setVariant(name: string, variant: Variant, at?: number, status?: typeof StatusCodes.Good): void;
  /** DataType.Variant: it holds values of any type; the first is a Double. */
  add(name: string, dataType: DataType, value: unknown): void;
  remove(name: string): void;
  stop(): Promise<void>;
}

export interface PlcOptions {
  readonly port: number;
  readonly folder: string;
  /** Registered before the controller's own, which moves its index. */
  readonly earlierNamespaces?: readonly string[];
  readonly securityModes?: readonly MessageSecurityMode[];
  readonly securityPolicies?: readonly SecurityPolicy[];
  readonly server?: Partial<OPCUAServerOptions>;
}

export const PLC_NAMESPACE = 'http://linewatt.test/plc';

export async function startPlc(options: PlcOptions): Promise<Plc> {
  const manager = new OPCUACertificateManager({
    rootFolder: join(options.folder, 'server-pki'),
    automaticallyAcceptUnknownCertificate: true,
    disableFileWatchers: true,
  });
  await manager.initialize();
  const server = new OPCUAServer({
    port: options.port,
    host: '127.0.0.1',
    serverCertificateManager: manager,
    userCertificateManager: manager,
    disableDiscovery: true,
    ...(options.securityModes ? { securityModes: [...options.securityModes] } : {}),
    ...(options.securityPolicies ? { securityPolicies: [...options.securityPolicies] } : {}),
    ...options.server,
  });
  await server.initialize();
  const requests = new Map<string, number>();
  server.on('request', ({ schema: { name } }: { schema: { name: string } }) => {
    requests.set(name, (requests.get(name) ?? 0) + 1);
  });
  const space = server.engine.addressSpace!;
  for (const uri of options.earlierNamespaces ?? []) space.registerNamespace(uri);
  const namespace = space.registerNamespace(PLC_NAMESPACE);
  const variables = new Map<string, UAVariable>();
  const plc: Plc = {
    server,
    requests,
    set(name, dataType, value, at, status) {
      plc.setVariant(name, new Variant({ dataType, arrayType: VariantArrayType.Scalar, value }), at, status);
    },
    setVariant(name, variant, at = Date.now(), status = StatusCodes.Good) {
      variables.get(name)!.setValueFromSource(variant, status, new Date(at));
    },
    add(name, dataType, value) {
      const variable = namespace.addVariable({
        organizedBy: space.rootFolder.objects,
        browseName: name,
        nodeId: `s=${name}`,
        ...(dataType === DataType.Variant ? { dataType: 'BaseDataType', valueRank: -2 } : { dataType }),
        minimumSamplingInterval: 0,
      });
      variables.set(name, variable);
      plc.set(name, dataType === DataType.Variant ? DataType.Double : dataType, value);
    },
    remove(name) {
      namespace.deleteNode(variables.get(name)!);
      variables.delete(name);
    },
    stop: () => server.shutdown(0),
  };
  plc.add('State', DataType.Int32, 6);
  plc.add('Total', DataType.UInt64, [0, 41]);
  plc.add('Recipe', DataType.String, 'A');
  await server.start();
  return plc;
}
