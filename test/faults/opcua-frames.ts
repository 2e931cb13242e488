import {
  ActivateSessionRequest,
  BinaryStream,
  BrowseRequest,
  CloseSessionRequest,
  CreateMonitoredItemsRequest,
  CreateSessionRequest,
  CreateSubscriptionRequest,
  DeleteMonitoredItemsRequest,
  DeleteSubscriptionsRequest,
  decodeExpandedNodeId,
  encodeExpandedNodeId,
  GetEndpointsRequest,
  type NodeId,
  OpenSecureChannelRequest,
  PublishRequest,
  ReadRequest,
  RepublishRequest,
  TransferSubscriptionsRequest,
} from 'node-opcua';

/* Frames of OPC UA over TCP with security None (OPC 10000-6 sections 6.7 and 7.1), one chunk a message. */

export interface Encodable {
  readonly schema: { readonly name: string; readonly encodingDefaultBinary?: unknown };
  encode(stream: BinaryStream): void;
}
export type AnyRequest = { requestHeader: { requestHandle: number; authenticationToken: NodeId } } & Encodable;

const KINDS = [
  ActivateSessionRequest,
  BrowseRequest,
  CloseSessionRequest,
  CreateMonitoredItemsRequest,
  CreateSessionRequest,
  CreateSubscriptionRequest,
  DeleteMonitoredItemsRequest,
  DeleteSubscriptionsRequest,
  GetEndpointsRequest,
  OpenSecureChannelRequest,
  PublishRequest,
  ReadRequest,
  RepublishRequest,
  TransferSubscriptionsRequest,
] as const;
const KIND_BY_ID = new Map(
  KINDS.map((Kind) => [
    String(new Kind({}).schema.encodingDefaultBinary),
    Kind as unknown as new (o: object) => AnyRequest & { decode(s: BinaryStream): void },
  ]),
);

export const CHANNEL = 7;

/** Null for a service that the peer does not know. */
export function decodeRequest(frame: Buffer): { readonly request: AnyRequest; readonly requestId: number } | null {
  let at = 12;
  if (frame.toString('latin1', 0, 3) === 'OPN') {
    for (let i = 0; i < 3; i++) at += 4 + Math.max(0, frame.readInt32LE(at));
  } else at += 4;
  const requestId = frame.readUInt32LE(at + 4);
  const stream = new BinaryStream(frame.subarray(at + 8));
  const Kind = KIND_BY_ID.get(String(decodeExpandedNodeId(stream)));
  if (!Kind) return null;
  const request = new Kind({});
  request.decode(stream);
  return { request, requestId };
}

export function acknowledgement(): Buffer {
  const ack = Buffer.alloc(28);
  ack.write('ACKF', 0, 'latin1');
  for (const [i, word] of [28, 0, 65536, 65536, 0, 0].entries()) ack.writeUInt32LE(word, 4 + 4 * i);
  return ack;
}

export function encodeResponse(kind: 'OPN' | 'MSG', sequence: number, requestId: number, response: Encodable): Buffer {
  const body = new BinaryStream(1_000_000);
  encodeExpandedNodeId(response.schema.encodingDefaultBinary as Parameters<typeof encodeExpandedNodeId>[0], body);
  response.encode(body);
  const policy = Buffer.from('http://opcfoundation.org/UA/SecurityPolicy#None');
  const security = kind === 'OPN' ? Buffer.concat([int32(policy.length), policy, int32(-1), int32(-1)]) : int32(1);
  const encoded = Buffer.from(body.buffer).subarray(0, body.length);
  const rest = Buffer.concat([int32(CHANNEL), security, int32(sequence), int32(requestId), encoded]);
  return Buffer.concat([Buffer.from(`${kind}F`), int32(rest.length + 8), rest]);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value | 0);
  return bytes;
}
