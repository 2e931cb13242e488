/* A process of its own: the floor. Subscribes to the counters of the load servers and throws every value away. */
import { AttributeIds, ClientMonitoredItemGroup, OPCUAClient, TimestampsToReturn } from 'node-opcua';

const [endpoints = '', machinesText = '100', publishingText = '250'] = process.argv.slice(2);
const nodes = Array.from({ length: Number(machinesText) }, (_, n) => [
  `ns=1;s=M${n}.State`,
  `ns=1;s=M${n}.Total`,
]).flat();
let values = 0;
for (const endpoint of endpoints.split(',')) {
  const client = OPCUAClient.create({ endpointMustExist: false });
  await client.connect(endpoint);
  const session = await client.createSession();
  const subscription = await session.createSubscription2({
    requestedPublishingInterval: Number(publishingText),
    requestedLifetimeCount: 1000,
    requestedMaxKeepAliveCount: 20,
    publishingEnabled: true,
    maxNotificationsPerPublish: 0,
    priority: 1,
  });
  const group = ClientMonitoredItemGroup.create(
    subscription,
    nodes.map((nodeId) => ({ nodeId, attributeId: AttributeIds.Value })),
    { samplingInterval: 0, queueSize: 100, discardOldest: true },
    TimestampsToReturn.Both,
  );
  group.on('changed', () => {
    values += 1;
  });
}
process.on('message', () => process.send?.({ values }));
process.send?.({ ready: true });
