import { describe, expect, it } from 'vitest';
import { seeded } from '../fuzz/random.ts';
import { TARGETS } from '../fuzz/run.ts';

/* A few seconds of broken input in every run of the tests; node test/fuzz/run.ts --minutes 10 for more. */
describe('broken input', () => {
  it.each(Object.keys(TARGETS))('to %s crashes nothing, gives no wrong figure, and is counted', async (name) => {
    const named = new Map<string, number>();
    for (const seed of [1, 2, 3]) {
      for (const [what, n] of (await TARGETS[name]?.(seeded(seed), 4000)) ?? [])
        named.set(what, (named.get(what) ?? 0) + n);
    }
    const expected: Readonly<Record<string, readonly string[]>> = {
      json: ['unusableValue', 'badTime', 'mqtt_values_missing', 'mqtt_retained_ignored', 'mqtt_empty_messages'],
      sparkplug: [
        'badPayload',
        'unusableValue',
        'badTime',
        'sparkplug_seq_gaps',
        'sparkplug_unknown_aliases',
        'sparkplug_old_deaths',
      ],
      'modbus-tcp': [
        'believed',
        'modbus_garbage',
        'modbus_late_answers',
        'modbus_wrongUnit',
        'modbus_wrongLength',
        'modbus_timeouts',
      ],
      'modbus-rtu': ['believed', 'modbus_badCrc', 'modbus_timeouts'],
      opcua: ['good', 'uncertain', 'bad', 'unusableValue'],
    };
    expect([...named.keys()]).toEqual(expect.arrayContaining([...(expected[name] ?? [])]));
  });
});
