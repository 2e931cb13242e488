import { readFile } from 'node:fs/promises';
import { AttributeIds, ClientMonitoredItemGroup, OPCUAClient, TimestampsToReturn } from 'node-opcua';
import { parsePlant } from '#shared/plant/parse.ts';
import type { MachineState } from '#shared/state/state.ts';
import type { Linewatt } from './linewatt.ts';

export interface StateChange {
  readonly machine: string;
  readonly line: string;
  readonly state: MachineState;
  /** When the server stamped it. */
  readonly at: number;
}

/**
 * Looks over the product's shoulder: subscribes to the state nodes of every machine directly at the OPC UA server, as any other
 * client may, so that a test can compare what the plant says with what the screen shows.
 */
export async function watchState(place: Pick<Linewatt, 'plantFile' | 'opcuaPort'>) {
  const { plant } = parsePlant(await readFile(place.plantFile, 'utf8'), { hash: 'test' });
  const machines = [...plant.machines.values()].flatMap(({ id, line, state }) => {
    return state?.from === 'signal' ? [{ id, line, node: String(state.binding.address['node']), map: state.map }] : [];
  });
  const client = OPCUAClient.create({ endpointMustExist: false, clientName: 'test' });
  await client.connect(`opc.tcp://127.0.0.1:${place.opcuaPort}`);
  const session = await client.createSession();
  const subscription = await session.createSubscription2({
    requestedPublishingInterval: 100,
    requestedLifetimeCount: 6000,
    requestedMaxKeepAliveCount: 50,
    publishingEnabled: true,
    maxNotificationsPerPublish: 0,
    priority: 1,
  });
  const group = ClientMonitoredItemGroup.create(
    subscription,
    machines.map((m) => ({ nodeId: m.node, attributeId: AttributeIds.Value })),
    { samplingInterval: 0, queueSize: 100, discardOldest: true },
    TimestampsToReturn.Both,
  );
  const listeners: ((change: StateChange) => void)[] = [];
  const current = new Map<string, StateChange>();
  group.on('changed', (_item, value, index) => {
    const machine = machines[index];
    const state = machine?.map.get(String(value.value.value));
    if (!machine || state === undefined) return;
    const first = !current.has(machine.id);
    const change = { machine: machine.id, line: machine.line, state, at: value.sourceTimestamp?.getTime() ?? 0 };
    if (current.get(machine.id)?.state === state) return;
    current.set(machine.id, change);
    if (!first) for (const tell of listeners) tell(change);
  });
  return {
    current,
    /** Told of each change of any machine from now on. */
    onChange: (tell: (change: StateChange) => void) => void listeners.push(tell),
    async stop() {
      await subscription.terminate();
      await session.close();
      await client.disconnect();
    },
  };
}
