import { describe, expect, it } from 'vitest';
import { readOpcuaOptions } from './options.ts';

const endpoint = 'opc.tcp://10.0.0.5:4840';

describe('how often a server is asked to look', () => {
  it('is five times a publish for what people wait to see, once for the rest', () => {
    expect(readOpcuaOptions('plc', { endpoint })).toMatchObject({
      publishingIntervalMs: 250,
      samplingIntervalMs: 250,
      promptSamplingIntervalMs: 50,
    });
    expect(readOpcuaOptions('plc', { endpoint, publishingIntervalMs: 20 }).promptSamplingIntervalMs).toBe(10);
  });

  it('is what the plant file says, where it says it', () => {
    const { samplingIntervalMs, promptSamplingIntervalMs } = readOpcuaOptions('plc', {
      endpoint,
      samplingIntervalMs: 500,
    });
    expect([samplingIntervalMs, promptSamplingIntervalMs]).toEqual([500, 500]);
  });
});
