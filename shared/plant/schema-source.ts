import { z } from 'zod';
import type { Binding, SourceConfig } from './model.ts';
import { chosen, id, isMapping, mapping, text } from './schema-basics.ts';
import { didYouMean } from './suggest.ts';

/*
 * Sources and the addresses of signals in them. What the options mean is the source's own business (edge/sources); here
 * they are checked by name and type, so that a typo is found before anything is connected.
 */

export type SourceTypeName = SourceConfig['type'];
export const SOURCE_TYPES: readonly [SourceTypeName, ...SourceTypeName[]] = ['opcua', 'modbus', 'mqtt'];

/** `${NAME}` stands for a value from the environment, which may be unknown here. */
export function holdsSecret(value: string): boolean {
  return /\$\{\w+\}/.test(value);
}

function matching(pattern: RegExp, error: string) {
  return z.string().refine((value) => holdsSecret(value) || pattern.test(value), { error });
}

const milliseconds = (least: number) => z.number().min(least).max(86_400_000);
const port = z.number().int().min(1).max(65_535);
const host = matching(/^[^\s/:]+$|^[0-9a-fA-F:]+$/, 'must be a host name or an address, without port or path');

const credentials = { userName: text.optional(), password: z.string().optional() };

const OPTIONS = {
  opcua: {
    endpoint: matching(/^opc\.tcp:\/\/[^\s/]+(\/\S*)?$/, 'must be an address like opc.tcp://10.0.0.5:4840'),
    securityMode: z.enum(['None', 'Sign', 'SignAndEncrypt']).optional(),
    securityPolicy: z
      .enum(['None', 'Basic256Sha256', 'Aes128_Sha256_RsaOaep', 'Aes256_Sha256_RsaPss', 'Basic256', 'Basic128Rsa15'])
      .optional(),
    ...credentials,
    /** Log in by a user certificate instead: PEM files on the edge. */
    userCertFile: text.optional(),
    userKeyFile: text.optional(),
    publishingIntervalMs: milliseconds(10).optional(),
    samplingIntervalMs: milliseconds(1).optional(),
    queueSize: z.number().int().min(1).max(1_000_000).optional(),
  },
  modbus: {
    host,
    port: port.optional(),
    pollMs: milliseconds(50).optional(),
    timeoutMs: milliseconds(20).optional(),
    /** rtu: frames of a serial bus, passed through a port server as they are. */
    framing: z.enum(['tcp', 'rtu']).optional(),
    /** Requests under way at once. */
    parallel: z.number().int().min(1).max(16).optional(),
  },
  mqtt: {
    url: matching(/^mqtts?:\/\/[^\s]+$/, 'must be an address like mqtts://broker:8883'),
    format: z.enum(['json', 'sparkplug']).optional(),
    ...credentials,
    clientId: text.optional(),
    qos: z.union([z.literal(0), z.literal(1)], { error: 'must be 0 or 1; a repeated sample counts once' }).optional(),
    mqttVersion: z
      .union([z.literal(5), z.literal('5'), z.literal('3.1.1')], { error: 'must be 5 or 3.1.1' })
      .optional(),
    keepAliveSeconds: z.number().int().min(1).max(65_535).optional(),
    /** Sparkplug: ask a node for a new birth. It is a command, so it is off unless written. */
    rebirth: z.boolean().optional(),
    /** Sparkplug: longest keep-alive of the nodes. */
    nodeKeepAliveSeconds: z.number().int().min(1).max(65_535).optional(),
    caFile: text.optional(),
    certFile: text.optional(),
    keyFile: text.optional(),
  },
} as const;

const common = {
  /** Who answers for it. */
  owner: text.optional(),
  /** Where it stands (network zone, cell). */
  zone: text.optional(),
};

type SourceDraft = Omit<SourceConfig, 'id'>;

function splitOptions(type: SourceTypeName, given: Readonly<Record<string, unknown>>): SourceDraft {
  const { type: _, owner, zone, ...rest } = given;
  const options = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  return {
    type,
    owner: typeof owner === 'string' ? owner : null,
    zone: typeof zone === 'string' ? zone : null,
    options,
  };
}

const bySourceType: Readonly<Record<SourceTypeName, z.ZodType<SourceDraft>>> = {
  opcua: mapping({ type: z.literal('opcua'), ...common, ...OPTIONS.opcua }).transform((v) => splitOptions('opcua', v)),
  modbus: mapping({ type: z.literal('modbus'), ...common, ...OPTIONS.modbus }).transform((v) =>
    splitOptions('modbus', v),
  ),
  mqtt: mapping({ type: z.literal('mqtt'), ...common, ...OPTIONS.mqtt }).transform((v) => splitOptions('mqtt', v)),
};

const unknownType: z.ZodType<SourceDraft> = z.unknown().transform((value, ctx) => {
  const type = isMapping(value) ? value.type : undefined;
  const hint = typeof type === 'string' ? didYouMean(type, SOURCE_TYPES) : '';
  ctx.issues.push({
    code: 'custom',
    input: value,
    path: isMapping(value) ? ['type'] : [],
    message: isMapping(value)
      ? `must say what it speaks: ${SOURCE_TYPES.join(', ')}${hint.replace(/; known.*/, '')}`
      : 'must be a mapping with a type (opcua, modbus or mqtt) and an address',
  });
  return z.NEVER;
});

export function sourceTypeOf(value: unknown): SourceTypeName | null {
  return (isMapping(value) && SOURCE_TYPES.find((t) => t === value.type)) || null;
}

export const sourceSchema: z.ZodType<SourceDraft> = chosen((value) => {
  const type = sourceTypeOf(value);
  return type ? bySourceType[type] : unknownType;
});

const wordOrder = z.enum(['big', 'little']);
const wholeNumber = (most: number) => z.number().int().min(0).max(most);

const topicLevel = matching(/^[^/+#\0]+$/, 'must be one name, without / + and #');

const ADDRESSES = {
  opcua: { node: matching(/^(ns=\d+;|nsu=[^;]+;)?[isgb]=.+$/, 'must be a node id like "ns=2;s=Filler.State"') },
  modbus: {
    unit: wholeNumber(255).optional(),
    /** The same as `unit`, for a condition, whose `unit` is that of its value. */
    unitId: wholeNumber(255).optional(),
    register: wholeNumber(65_535).optional(),
    registerType: z.enum(['input', 'holding', 'coil', 'discrete']).optional(),
    dataType: z.enum(['uint16', 'int16', 'uint32', 'int32', 'float32', 'uint64', 'int64', 'float64']).optional(),
    wordOrder: wordOrder.optional(),
    byteOrder: wordOrder.optional(),
    profile: text.optional(),
    measure: text.optional(),
  },
  mqtt: {
    topic: z
      .string()
      .min(1)
      .regex(/^[^+#\0]+$/, { error: 'must be one topic, without the wildcards + and #' })
      .optional(),
    path: matching(/^\$/, 'must be a JSON path like "$.kwh"').optional(),
    /** Where the payload has its own time stamp. */
    timePath: matching(/^\$/, 'must be a JSON path like "$.time"').optional(),
    qualityPath: matching(/^\$/, 'must be a JSON path like "$.quality"').optional(),
    /** What a retained message says: `hold` that it holds now; else it counts at its own time, or not at all. */
    retained: z.enum(['ownTime', 'hold']).optional(),
    /** Sparkplug: where the metric is. */
    group: topicLevel.optional(),
    node: topicLevel.optional(),
    device: topicLevel.optional(),
    metric: text.optional(),
  },
} as const;

/** With an unknown source every address key passes: the unknown source is the problem to tell. */
const ANY_ADDRESS = Object.fromEntries(
  Object.values(ADDRESSES).flatMap((shape) => Object.keys(shape).map((key) => [key, z.unknown().optional()])),
);

export type SourceTypes = ReadonlyMap<string, SourceTypeName | null>;

function modbusAddress(address: Record<string, unknown>): string | null {
  const { unitId, ...rest } = address;
  if (unitId !== undefined) {
    if (rest.unit !== undefined) return 'has unit and unitId, which are the same; keep one';
    address.unit = unitId;
    delete address.unitId;
  }
  if (address.profile === undefined && address.register === undefined) {
    return 'needs a register (or a profile and a measure)';
  }
  if (address.profile !== undefined && address.register !== undefined) {
    return 'has a register and a profile; keep one, the profile knows its registers';
  }
  return null;
}

const SPARKPLUG_KEYS = ['group', 'node', 'device', 'metric'] as const;

function mqttAddress(address: Readonly<Record<string, unknown>>): string | null {
  const given = SPARKPLUG_KEYS.filter((key) => address[key] !== undefined);
  if (address.topic !== undefined) {
    return given.length === 0 ? null : `has topic and ${given.join(', ')}; topic is for json, the others for sparkplug`;
  }
  if (given.length === 0) return 'needs a topic (or group, node and metric, where the source says format: sparkplug)';
  const missing = (['group', 'node', 'metric'] as const).filter((key) => address[key] === undefined);
  return missing.length === 0 ? null : `needs ${missing.join(' and ')} too`;
}

/**
 * `{ source, <address of that source>, ...own keys }`. The address keys that are allowed follow from the type of the
 * source. Own keys win over address keys of the same name (`unit` of a condition).
 */
export function bound<S extends z.core.$ZodShape>(
  sources: SourceTypes,
  own: S,
): z.ZodType<{ binding: Binding; own: z.output<z.ZodObject<S, z.core.$strict>> }> {
  type Own = z.output<z.ZodObject<S, z.core.$strict>>;
  const ownKeys = new Set(Object.keys(own));
  const schemaFor = (type: SourceTypeName | null): z.ZodType<{ binding: Binding; own: Own }> => {
    const address: z.core.$ZodShape = type ? ADDRESSES[type] : ANY_ADDRESS;
    return mapping({ ...address, source: id, ...own }).transform((given, ctx) => {
      const entries = Object.entries(given).filter(([, v]) => v !== undefined);
      const found = Object.fromEntries(entries.filter(([key]) => key !== 'source' && !ownKeys.has(key)));
      const wrong = type === 'modbus' ? modbusAddress(found) : type === 'mqtt' ? mqttAddress(found) : null;
      if (wrong !== null) ctx.issues.push({ code: 'custom', input: given, message: wrong });
      return {
        binding: { source: String(Object.fromEntries(entries).source), address: found },
        own: Object.fromEntries(entries.filter(([key]) => ownKeys.has(key))) as Own,
      };
    });
  };
  // Making a schema costs more than using it.
  const made = new Map<SourceTypeName | null, z.ZodType<{ binding: Binding; own: Own }>>();
  return chosen((value) => {
    const type = (isMapping(value) && typeof value.source === 'string' && sources.get(value.source)) || null;
    const schema = made.get(type) ?? schemaFor(type);
    made.set(type, schema);
    return schema;
  });
}
