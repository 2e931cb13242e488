import { describe, expect, it } from 'vitest';
import { STATE_PRESETS, statePresets } from './presets.ts';
import { isMachineState } from './state.ts';

describe('state presets', () => {
  it('know each state of their standard by number and by name, the same way', () => {
    const expected = { packml: 18, opc40001: 4, euromap: 6 } as const;
    for (const [name, count] of Object.entries(expected)) {
      const preset = statePresets[name as keyof typeof expected];
      const numbers = [...preset.keys()].filter((key) => /^\d+$/.test(key));
      expect(numbers).toEqual(Array.from({ length: count }, (_, i) => String(i)));
      expect(preset.size).toBe(2 * count);
    }
    expect(statePresets.mtconnect.size).toBe(11);
    for (const name of STATE_PRESETS) expect([...statePresets[name].values()].every(isMachineState)).toBe(true);
  });

  it('map what decides availability as the written rules have it', () => {
    const { packml, opc40001, euromap, mtconnect } = statePresets;
    expect([...packml].filter(([, state]) => state === 'running').map(([key]) => key)).toEqual([
      '6',
      'Execute',
      '16',
      'Completing',
    ]);
    expect([...packml].filter(([key, state]) => state === 'down' && /^\d/.test(key)).map(([key]) => key)).toEqual([
      '1',
      '8',
      '9',
      '10',
      '11',
      '12',
    ]);
    expect(['0', '1', '2', '3'].map((key) => opc40001.get(key))).toEqual(['off', 'down', 'idle', 'running']);
    expect(['1', '2', '3', '4', '5'].map((key) => euromap.get(key))).toEqual([
      'idle',
      'running',
      'running',
      'running',
      'idle',
    ]);
    expect(['ACTIVE', 'WAIT', 'READY', 'UNAVAILABLE'].map((key) => mtconnect.get(key))).toEqual([
      'running',
      'running',
      'idle',
      'unknown',
    ]);
  });
});
