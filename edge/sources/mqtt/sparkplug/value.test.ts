import { describe, expect, it } from 'vitest';
import { decodePayload, encodePayload, type Metric } from './payload.ts';
import { DATA_TYPE, readMetric } from './value.ts';

const unsigned = (value: bigint) => BigInt.asUintN(64, value).toString();

describe('metric values', () => {
  it.each<[keyof typeof DATA_TYPE, Metric, unknown]>([
    ['Int8', { intValue: 0xff }, -1],
    ['Int8', { intValue: 0xffffffff }, -1],
    ['Int16', { intValue: 0x8000 }, -32768],
    ['Int32', { intValue: 0xfffffffe }, -2],
    ['Int64', { longValue: unsigned(-5n) }, -5],
    ['Int64', { longValue: unsigned(-(2n ** 53n) + 1n) }, -(2 ** 53) + 1],
    ['UInt8', { intValue: 255 }, 255],
    ['UInt16', { intValue: 65535 }, 65535],
    ['UInt32', { intValue: 4294967295 }, 4294967295],
    ['UInt32', { longValue: '4294967295' }, 4294967295],
    ['UInt64', { longValue: '9007199254740991' }, 9007199254740991],
    ['Float', { floatValue: 0.5 }, 0.5],
    ['Double', { doubleValue: 0.1 }, 0.1],
    ['Boolean', { booleanValue: false }, false],
    ['String', { stringValue: '' }, ''],
    ['Text', { stringValue: 'x' }, 'x'],
    ['UUID', { stringValue: 'u' }, 'u'],
    ['DateTime', { longValue: '1780304400000' }, '2026-06-01T09:00:00.000Z'],
  ])('%s %j', (type, metric, expected) => {
    // Through the wire and back: a 0 and a false are there.
    const [read] = decodePayload(encodePayload({ metrics: [metric] })).metrics;
    expect(readMetric(read!, DATA_TYPE[type])).toEqual({ value: expected, quality: 'good', problem: null });
  });

  it('is uncertain beyond 2^53, and bad where the value is not of its type', () => {
    expect(readMetric({ longValue: unsigned(-(2n ** 60n) - 1n) }, DATA_TYPE.Int64)).toMatchObject({
      quality: 'uncertain',
    });
    for (const [type, metric] of [
      [DATA_TYPE.Int32, { doubleValue: 1 }],
      [DATA_TYPE.Int8, { intValue: 300 }],
      [DATA_TYPE.UInt16, { intValue: 70_000 }],
      [DATA_TYPE.Float, { floatValue: Number.NaN }],
      [DATA_TYPE.Double, { doubleValue: Number.POSITIVE_INFINITY }],
      [DATA_TYPE.Boolean, { intValue: 1 }],
      [DATA_TYPE.DateTime, { longValue: '18446744073709551615' }],
      [16, { datasetValue: new Uint8Array(3) }],
      [99, { intValue: 1 }],
      [DATA_TYPE.Int32, {}],
    ] as [number, Metric][]) {
      expect(readMetric(metric, type), `${type} ${JSON.stringify(metric)}`).toMatchObject({
        value: null,
        quality: 'bad',
      });
    }
  });

  it('respects null and the Quality property', () => {
    expect(readMetric({ isNull: true }, DATA_TYPE.Int32)).toMatchObject({ value: null, quality: 'good' });
    const quality = (intValue: number) =>
      readMetric(
        { doubleValue: 1, properties: { keys: ['Unit', 'Quality'], values: [{}, { intValue }] } },
        DATA_TYPE.Double,
      );
    expect([192, 0, 500, 64].map((code) => quality(code).quality)).toEqual(['good', 'bad', 'bad', 'uncertain']);
    expect(quality(0).value).toBeNull();
  });
});
