import { createServer, type Server, type Socket } from 'node:net';
import {
  ActivateSessionRequest,
  ActivateSessionResponse,
  BrowseRequest,
  BrowseResponse,
  CloseSessionRequest,
  CloseSessionResponse,
  CreateMonitoredItemsRequest,
  CreateMonitoredItemsResponse,
  CreateSessionRequest,
  CreateSessionResponse,
  CreateSubscriptionRequest,
  CreateSubscriptionResponse,
  DataChangeNotification,
  DataType,
  DataValue,
  DeleteMonitoredItemsRequest,
  DeleteMonitoredItemsResponse,
  DeleteSubscriptionsRequest,
  DeleteSubscriptionsResponse,
  EndpointDescription,
  GetEndpointsRequest,
  GetEndpointsResponse,
  MessageSecurityMode,
  MonitoredItemNotification,
  NodeId,
  NotificationMessage,
  OpenSecureChannelRequest,
  OpenSecureChannelResponse,
  PublishResponse,
  ReadRequest,
  ReadResponse,
  RepublishRequest,
  RepublishResponse,
  ServiceFault,
  type StatusCode,
  StatusCodes,
  TransferSubscriptionsRequest,
  TransferSubscriptionsResponse,
  UserTokenType,
  Variant,
  VariantArrayType,
} from 'node-opcua';
import {
  type AnyRequest,
  acknowledgement,
  CHANNEL,
  decodeRequest,
  type Encodable,
  encodeResponse,
} from './opcua-frames.ts';

/*
 * An OPC UA server that does as it is told, also what no server should. Frames, sequence numbers and every decision are made
 * here, byte by byte (OPC 10000-6 sections 6.7 and 7.1, security None); only single structures are encoded by a library.
 */
export interface Manners {
  /** Answers a service by name with this fault. */
  fault: Map<string, StatusCode>;
  /** The same, for the next request only. */
  faultOnce: Map<string, StatusCode>;
  /** What it makes of wishes. */
  queueSize: number | null;
  samplingIntervalMs: number | null;
  keepAliveCount: number | null;
  publishes: boolean;
  /** More requests than this are too many. */
  publishRequests: number;
  /** How far its clock is ahead, milliseconds. */
  clockAheadMs: number;
  /** Where it believes to be. */
  endpointUrl: string | null;
  /** Keeps sent messages for Republish. */
  keepsMessages: boolean;
}

export interface Peer {
  readonly port: number;
  readonly manners: Manners;
  /** Requests by name. */
  readonly requests: Map<string, number>;
  connections: number;
  publish(value: number): void;
  /** Sends nothing, but counts it as sent: the client will miss a message. */
  swallow(value: number): void;
  dropSubscription(): void;
  /** Raw bytes to every client. */
  raw(bytes: Buffer): void;
  stop(): Promise<void>;
}

const PUBLISHING_MS = 50;

export async function startPeer(port: number): Promise<Peer> {
  const manners: Manners = {
    fault: new Map(),
    faultOnce: new Map(),
    queueSize: null,
    samplingIntervalMs: null,
    keepAliveCount: null,
    publishes: true,
    publishRequests: 100,
    clockAheadMs: 0,
    endpointUrl: null,
    keepsMessages: true,
  };
  const requests = new Map<string, number>();
  const lines = new Set<ReturnType<typeof serve>>();
  /** Survives connections, as a server's subscription does. */
  const subscription = {
    id: 0,
    sequence: 0,
    sent: new Map<number, NotificationMessage>(),
    handle: 1,
    value: 1,
    fresh: false,
  };
  const now = () => new Date(Date.now() + manners.clockAheadMs);
  /** Messages that wait for a publish request. */
  const outbox: NotificationMessage[] = [];
  let nextId = 0;

  function message(value: number): NotificationMessage {
    subscription.sequence += 1;
    subscription.value = value;
    const made = new NotificationMessage({
      sequenceNumber: subscription.sequence,
      publishTime: now(),
      notificationData: [
        new DataChangeNotification({
          monitoredItems: [
            new MonitoredItemNotification({ clientHandle: subscription.handle, value: dataValue(value) }),
          ],
        }),
      ],
    });
    if (manners.keepsMessages) subscription.sent.set(subscription.sequence, made);
    return made;
  }

  function flush(): void {
    for (let next = outbox[0]; next; next = outbox[0]) {
      const made = next;
      if (![...lines].some((line) => line.say(made))) return;
      outbox.shift();
    }
  }

  function dataValue(value: number): DataValue {
    const variant = new Variant({ dataType: DataType.Double, arrayType: VariantArrayType.Scalar, value });
    return new DataValue({
      value: variant,
      statusCode: StatusCodes.Good,
      sourceTimestamp: now(),
      serverTimestamp: now(),
    });
  }

  function answer(request: AnyRequest, respond: (responseHeader: object) => Encodable | null): Encodable | null {
    const { name } = request.schema;
    requests.set(name, (requests.get(name) ?? 0) + 1);
    const header = { timestamp: now(), requestHandle: request.requestHeader.requestHandle };
    const fault = manners.faultOnce.get(name) ?? manners.fault.get(name);
    manners.faultOnce.delete(name);
    if (fault) return new ServiceFault({ responseHeader: { ...header, serviceResult: fault } });
    return respond({ ...header, serviceResult: StatusCodes.Good });
  }

  function serve(socket: Socket) {
    let pending = Buffer.alloc(0);
    let sequence = 0;
    const waiting: { requestId: number; handle: number }[] = [];
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      pending = Buffer.concat([pending, Buffer.from(bytes as Buffer)]);
      while (pending.length >= 8 && pending.length >= pending.readUInt32LE(4)) {
        const size = pending.readUInt32LE(4);
        const frame = pending.subarray(0, size);
        pending = pending.subarray(size);
        take(frame);
      }
    });

    function take(frame: Buffer): void {
      const kind = frame.toString('latin1', 0, 3);
      if (kind === 'HEL') socket.write(acknowledgement());
      if (kind === 'CLO') socket.destroy();
      if (kind !== 'OPN' && kind !== 'MSG') return;
      const asked = decodeRequest(frame);
      if (!asked) return;
      const { request, requestId } = asked;
      const response = answer(request, (header) => respond(request, header, requestId));
      if (response) send(kind, requestId, response);
    }

    function send(kind: 'OPN' | 'MSG', requestId: number, response: Encodable): void {
      sequence += 1;
      socket.write(encodeResponse(kind, sequence, requestId, response));
    }

    function respond(request: AnyRequest, responseHeader: object, requestId: number): Encodable | null {
      if (request instanceof OpenSecureChannelRequest) {
        return new OpenSecureChannelResponse({
          responseHeader,
          serverProtocolVersion: 0,
          securityToken: { channelId: CHANNEL, tokenId: 1, createdAt: now(), revisedLifetime: 600_000 },
          serverNonce: Buffer.alloc(0),
        });
      }
      const endpoint = new EndpointDescription({
        endpointUrl: manners.endpointUrl ?? `opc.tcp://127.0.0.1:${port}`,
        securityMode: MessageSecurityMode.None,
        securityPolicyUri: 'http://opcfoundation.org/UA/SecurityPolicy#None',
        transportProfileUri: 'http://opcfoundation.org/UA-Profile/Transport/uatcp-uasc-uabinary',
        userIdentityTokens: [{ policyId: 'anonymous', tokenType: UserTokenType.Anonymous }],
      });
      if (request instanceof GetEndpointsRequest)
        return new GetEndpointsResponse({ responseHeader, endpoints: [endpoint] });
      if (request instanceof CreateSessionRequest) {
        nextId += 1;
        return new CreateSessionResponse({
          responseHeader,
          sessionId: NodeId.resolveNodeId(`ns=1;i=${nextId}`),
          authenticationToken: NodeId.resolveNodeId(`ns=1;i=${1000 + nextId}`),
          revisedSessionTimeout: 60_000,
          serverNonce: Buffer.alloc(32, 1),
          serverEndpoints: [endpoint],
        });
      }
      if (request instanceof ActivateSessionRequest) {
        return new ActivateSessionResponse({ responseHeader, serverNonce: Buffer.alloc(32, 2) });
      }
      if (request instanceof CreateSubscriptionRequest) {
        Object.assign(subscription, { id: ++nextId, sequence: 0, sent: new Map(), fresh: true });
        outbox.length = 0;
        return new CreateSubscriptionResponse({
          responseHeader,
          subscriptionId: subscription.id,
          revisedPublishingInterval: PUBLISHING_MS,
          revisedLifetimeCount: 1000,
          revisedMaxKeepAliveCount: manners.keepAliveCount ?? 10,
        });
      }
      if (request instanceof CreateMonitoredItemsRequest) {
        const items = request.itemsToCreate ?? [];
        subscription.handle = items[0]?.requestedParameters.clientHandle ?? 1;
        const results = items.map(({ requestedParameters: p }, i) => ({
          statusCode: StatusCodes.Good,
          monitoredItemId: i + 1,
          revisedQueueSize: manners.queueSize ?? p.queueSize,
          revisedSamplingInterval: manners.samplingIntervalMs ?? p.samplingInterval,
        }));
        return new CreateMonitoredItemsResponse({ responseHeader, results });
      }
      if (request instanceof ReadRequest) {
        const results = (request.nodesToRead ?? []).map(({ nodeId }) =>
          String(nodeId) === 'ns=0;i=2255'
            ? new DataValue({
                value: new Variant({
                  dataType: DataType.String,
                  arrayType: VariantArrayType.Array,
                  value: ['http://opcfoundation.org/UA/', 'urn:peer'],
                }),
              })
            : new DataValue({ statusCode: StatusCodes.BadNodeIdUnknown }),
        );
        return new ReadResponse({ responseHeader, results });
      }
      if (request instanceof BrowseRequest) {
        const results = (request.nodesToBrowse ?? []).map(() => ({ statusCode: StatusCodes.Good, references: [] }));
        return new BrowseResponse({ responseHeader, results });
      }
      if (request instanceof RepublishRequest) {
        const kept = subscription.sent.get(request.retransmitSequenceNumber);
        if (kept) return new RepublishResponse({ responseHeader, notificationMessage: kept });
        return faultOf(responseHeader, StatusCodes.BadMessageNotAvailable);
      }
      if (request instanceof TransferSubscriptionsRequest) {
        const statusCode = subscription.id === 0 ? StatusCodes.BadSubscriptionIdInvalid : StatusCodes.Good;
        return new TransferSubscriptionsResponse({
          responseHeader,
          results: [{ statusCode, availableSequenceNumbers: [] }],
        });
      }
      if (request instanceof DeleteSubscriptionsRequest) {
        return new DeleteSubscriptionsResponse({ responseHeader, results: [StatusCodes.Good] });
      }
      if (request instanceof DeleteMonitoredItemsRequest) {
        return new DeleteMonitoredItemsResponse({ responseHeader, results: [StatusCodes.Good] });
      }
      if (request instanceof CloseSessionRequest) return new CloseSessionResponse({ responseHeader });
      return park(request.requestHeader.requestHandle, requestId, responseHeader);
    }

    /** A publish request waits for something to say. */
    function park(handle: number, requestId: number, responseHeader: object): Encodable | null {
      if (subscription.id === 0) return faultOf(responseHeader, StatusCodes.BadNoSubscription);
      if (waiting.length >= manners.publishRequests)
        return faultOf(responseHeader, StatusCodes.BadTooManyPublishRequests);
      waiting.push({ requestId, handle });
      if (subscription.fresh) {
        subscription.fresh = false;
        outbox.push(message(subscription.value));
      }
      setImmediate(flush);
      return null;
    }

    function say(notificationMessage: NotificationMessage): boolean {
      if (!manners.publishes) return false;
      const request = waiting.shift();
      if (!request) return false;
      const responseHeader = { timestamp: now(), requestHandle: request.handle, serviceResult: StatusCodes.Good };
      send(
        'MSG',
        request.requestId,
        new PublishResponse({ responseHeader, subscriptionId: subscription.id, notificationMessage }),
      );
      return true;
    }

    const keepAlive = setInterval(() => {
      if (subscription.id === 0) {
        const request = waiting.shift();
        const header = { timestamp: now(), requestHandle: request?.handle ?? 0 };
        if (request) send('MSG', request.requestId, faultOf(header, StatusCodes.BadNoSubscription));
        return;
      }
      if (outbox.length > 0) return;
      say(new NotificationMessage({ sequenceNumber: subscription.sequence + 1, publishTime: now() }));
    }, 400);
    const line = { socket, say };
    socket.on('close', () => {
      clearInterval(keepAlive);
      lines.delete(line);
    });
    return line;

    function faultOf(header: object, serviceResult: StatusCode): Encodable {
      return new ServiceFault({ responseHeader: { ...header, serviceResult } });
    }
  }

  const peer: Peer = {
    port,
    manners,
    requests,
    connections: 0,
    publish(value) {
      outbox.push(message(value));
      flush();
    },
    swallow(value) {
      message(value);
    },
    dropSubscription() {
      subscription.id = 0;
    },
    raw(bytes) {
      for (const { socket } of lines) socket.write(bytes);
    },
    stop() {
      for (const { socket } of lines) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  const server: Server = createServer((socket) => {
    peer.connections += 1;
    lines.add(serve(socket));
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return peer;
}
