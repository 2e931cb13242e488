import protobuf from 'protobufjs/light.js';

/*
 * The Sparkplug B payload on the wire. Field numbers and types are those of the standard (Eclipse Sparkplug 3.0.0, chapter 6);
 * what no signal can use (data sets, templates, extensions) is kept as bytes, unread.
 */

const FIELDS = {
  Payload: {
    timestamp: ['uint64', 1],
    metrics: ['Metric', 2, 'repeated'],
    seq: ['uint64', 3],
    uuid: ['string', 4],
    body: ['bytes', 5],
  },
  Metric: {
    name: ['string', 1],
    alias: ['uint64', 2],
    timestamp: ['uint64', 3],
    datatype: ['uint32', 4],
    isHistorical: ['bool', 5],
    isTransient: ['bool', 6],
    isNull: ['bool', 7],
    metadata: ['bytes', 8],
    properties: ['PropertySet', 9],
    intValue: ['uint32', 10],
    longValue: ['uint64', 11],
    floatValue: ['float', 12],
    doubleValue: ['double', 13],
    booleanValue: ['bool', 14],
    stringValue: ['string', 15],
    bytesValue: ['bytes', 16],
    datasetValue: ['bytes', 17],
    templateValue: ['bytes', 18],
  },
  PropertySet: { keys: ['string', 1, 'repeated'], values: ['PropertyValue', 2, 'repeated'] },
  PropertyValue: {
    type: ['uint32', 1],
    isNull: ['bool', 2],
    intValue: ['uint32', 3],
    longValue: ['uint64', 4],
    floatValue: ['float', 5],
    doubleValue: ['double', 6],
    booleanValue: ['bool', 7],
    stringValue: ['string', 8],
  },
} as const;

type FieldFacts = readonly [type: string, id: number, rule?: string];

function field([type, id, rule]: FieldFacts): protobuf.IField {
  return rule === undefined ? { type, id } : { type, id, rule };
}

const root = protobuf.Root.fromJSON({
  nested: Object.fromEntries(
    Object.entries(FIELDS).map(([name, fields]) => [
      name,
      // As in protocol 2, which the standard uses: a value that is there but 0 is there.
      {
        edition: 'proto2',
        fields: Object.fromEntries(Object.entries<FieldFacts>(fields).map(([key, facts]) => [key, field(facts)])),
      },
    ]),
  ),
});
const payloadType = root.lookupType('Payload');

/** 64-bit values are decimal text, unsigned as on the wire. */
export interface Metric {
  readonly name?: string;
  readonly alias?: string;
  readonly timestamp?: string;
  readonly datatype?: number;
  readonly isHistorical?: boolean;
  readonly isNull?: boolean;
  readonly properties?: {
    readonly keys?: readonly string[];
    readonly values?: readonly { readonly intValue?: number; readonly longValue?: string }[];
  };
  readonly intValue?: number;
  readonly longValue?: string;
  readonly floatValue?: number;
  readonly doubleValue?: number;
  readonly booleanValue?: boolean;
  readonly stringValue?: string;
  readonly bytesValue?: Uint8Array;
  readonly datasetValue?: Uint8Array;
  readonly templateValue?: Uint8Array;
}

export interface Payload {
  readonly timestamp?: string;
  readonly seq?: string;
  readonly metrics: readonly Metric[];
}

/** Throws where the bytes are no such message. */
export function decodePayload(bytes: Uint8Array): Payload {
  const { metrics = [], ...rest } = payloadType.toObject(payloadType.decode(bytes), {
    longs: String,
  }) as Partial<Payload>;
  return { ...rest, metrics };
}

export function encodePayload(payload: Payload): Uint8Array {
  return payloadType.encode(payloadType.fromObject(payload)).finish();
}
