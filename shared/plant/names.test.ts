import { expect, test } from 'vitest';
import { type Loose, parseBent } from './fixture.ts';
import { partOfEdge, signalsOf } from './signals.ts';
import { nearest } from './suggest.ts';
import { edgeTopic, ledgerTopic, machineTopic, meterTopic, readTopic, siteFilter } from './topics.ts';

test('signals are named after their machine or meter and carry address and map', () => {
  const { plant } = parseBent(() => {});
  const signals = signalsOf(plant);
  expect(signals.map((s) => `${s.signal} ${s.kind} ${s.source}`)).toEqual([
    'filler.state state plc1',
    'filler.total counter plc1',
    'filler.reject counter plc1',
    'filler.product product plc1',
    'filler.reason reason plc1',
    'm-main.importWh register meters',
    'm-filler.importWh register meters',
  ]);
  expect(signals[3]?.map?.get('7')).toBe('BTL500');
  expect(signals[6]?.address).toEqual({ unit: 2, register: 72, dataType: 'float32' });
});

test('an edge has the machines of its lines; without edges one has all', () => {
  const { plant } = parseBent((p) => {
    p.edges = { pack: { lines: ['filling'], meters: ['m-main'] } } as unknown as Loose;
  });
  expect(partOfEdge(plant, 'pack')).toEqual({ machines: new Set(['filler']), meters: new Set(['m-main']) });
  expect(partOfEdge(plant, null)?.meters.size).toBe(2);
  expect(partOfEdge(plant, 'none')).toBe(null);
});

test('topics are read back as they were named, with and without an enterprise', () => {
  for (const enterprise of [null, 'acme']) {
    const { plant } = parseBent((p) => {
      if (enterprise) p.enterprise = enterprise as unknown as Loose;
      p.lines![0]!.area = 'Hall 1/2 + #3 %' as unknown as Loose;
    });
    const root = enterprise ? 'linewatt/v1/acme/leeds' : 'linewatt/v1/leeds';
    const machine = machineTopic(plant, 'filler', 'live');
    expect(machine).toBe(`${root}/Hall 1%2F2 %2B %233 %25/filling/filler/live`);
    expect(readTopic(plant, machine)).toEqual({
      kind: 'machine',
      area: 'Hall 1/2 + #3 %',
      line: 'filling',
      id: 'filler',
      what: 'live',
    });
    expect(meterTopic(plant, 'm-main', 'minute')).toBe(`${root}/meters/m-main/minute`);
    expect(readTopic(plant, meterTopic(plant, 'm-main', 'minute'))).toEqual({
      kind: 'meter',
      id: 'm-main',
      what: 'minute',
    });
    expect(readTopic(plant, edgeTopic(plant, 'main', 'health'))).toEqual({ kind: 'edge', id: 'main', what: 'health' });
    expect(readTopic(plant, ledgerTopic(plant))).toEqual({ kind: 'ledger' });
    expect(siteFilter(plant)).toBe(`${root}/#`);
    expect(readTopic(plant, 'linewatt/v1/other/meters/m-main/live')).toBe(null);
    expect(() => machineTopic(plant, 'none', 'live')).toThrow('no machine "none"');
  }
});

test('suggestions are near, or none', () => {
  expect(nearest('fliler', ['filler', 'capper'])).toBe('filler');
  expect(nearest('xyz', ['filler', 'capper'])).toBe(null);
});
