/*
 * A process of its own: an OPC UA server whose counters step together. Arguments: port, machines, period in ms.
 * Machine n has nodes ns=1;s=M<n>.State (always 2) and ns=1;s=M<n>.Total (rises by one each period).
 */
import { DataType, OPCUAServer, SecurityPolicy, StatusCodes, type UAVariable } from 'node-opcua';

const [port = 0, machines = 100, periodMs = 100] = process.argv.slice(2).map(Number);
const server = new OPCUAServer({ port, securityPolicies: [SecurityPolicy.None], maxConnectionsPerEndpoint: 10 });
await server.initialize();
const space = server.engine.addressSpace;
const namespace = space?.getOwnNamespace();
if (!space || !namespace) throw new Error('no address space');
const folder = namespace.addFolder(space.rootFolder.objects, { browseName: 'Load' });
const totals: UAVariable[] = [];
for (let n = 0; n < machines; n += 1) {
  namespace.addVariable({
    componentOf: folder,
    browseName: `M${n}.State`,
    nodeId: `s=M${n}.State`,
    dataType: 'Int32',
    value: { dataType: DataType.Int32, value: 2 },
  });
  totals.push(
    namespace.addVariable({
      componentOf: folder,
      browseName: `M${n}.Total`,
      nodeId: `s=M${n}.Total`,
      dataType: 'UInt32',
      minimumSamplingInterval: periodMs,
      value: { dataType: DataType.UInt32, value: 0 },
    }),
  );
}
await server.start();
let count = 0;
setInterval(() => {
  count += 1;
  for (const total of totals) total.setValueFromSource({ dataType: DataType.UInt32, value: count }, StatusCodes.Good);
}, periodMs);
process.send?.({ endpoint: server.getEndpointUrl() });
