import { describe, expect, it } from 'vitest';
import { guessByName, scaleByName, stateByName } from './standard-names.ts';

const role = (name: string) => guessByName(name)?.role ?? null;

describe('guesses by name', () => {
  it('knows the names of the standards, and says which', () => {
    expect(guessByName('StateCurrent')).toMatchObject({
      role: 'state',
      preset: 'packml',
      why: 'named StateCurrent as in PackML (OPC 30050)',
    });
    expect(guessByName('MachineryItemState')).toMatchObject({ role: 'state', preset: 'opc40001' });
    expect(guessByName('Execution')).toMatchObject({ role: 'state', preset: 'mtconnect' });
    expect(guessByName('ProductionStatus')).toMatchObject({ role: 'state', preset: 'euromap' });
    expect(role('JobOrderID')).toBe('order');
    expect(role('GoodQuantity')).toBe('good');
    const [hp, lp] = ['Hp', 'Lp'].map((end) => guessByName(`AcActiveEnergyTotalImport${end}`));
    expect(hp?.role).toBe('importWh');
    expect(hp!.rank).toBeGreaterThan(lp!.rank);
  });

  it('reads the words that controllers use, whatever their case', () => {
    const cases = {
      State: 'state',
      Total: 'total',
      RejectTotal: 'reject',
      Reject: 'reject',
      good_parts: 'good',
      StopCode: 'reason',
      Recipe: 'product',
      Order: 'order',
      Energy_kWh: 'importWh',
      EnergyWh: 'importWh',
      ActivePower: 'powerW',
      Vibration: 'condition',
      PART_COUNT: 'total',
    };
    expect(Object.fromEntries(Object.keys(cases).map((name) => [name, role(name)]))).toEqual(cases);
  });

  it('takes no setpoint for a signal, and nothing out of names that say nothing', () => {
    for (const name of ['SpeedSetpoint', 'MaxCount', 'ResetCounter', 'X17', 'Foo', '', '日本'])
      expect(role(name)).toBeNull();
  });

  it('tells kilowatt-hours from watt-hours', () => {
    expect(['EnergyWh', 'Energy_kWh', 'kW', 'PowerKW', 'MWh', 'W'].map(scaleByName)).toEqual([
      1, 1000, 1000, 1000, 1_000_000, 1,
    ]);
  });

  it('reads the names of an enumeration with caution', () => {
    const names = ['Running', 'Not executing', 'FAULT', 'Changeover', 'PowerOff', 'Maintenance', 'Starved', 'Xyz'];
    expect(names.map(stateByName)).toEqual([
      'running',
      'idle',
      'down',
      'setup',
      'off',
      'maintenance',
      'idle',
      'unknown',
    ]);
  });
});
