import { expect, it } from 'vitest';
import { makePlant } from '#shared/oee/fixture.ts';
import type { Sample } from '#shared/signal/sample.ts';
import { HOUR } from '#shared/time/instant.ts';
import { counter, machine } from '../../test/oracle/plant-builder.ts';
import { replay } from './engine.ts';
import { SampleTable } from './sample-table.ts';

const START = Date.UTC(2026, 5, 1, 6);
const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const shift = { id: 'day', name: 'Day', days: DAYS, start: '06:00', end: '18:00', breaks: [] };
const plant = makePlant({
  timezone: 'UTC',
  calendar: { shifts: [shift], exceptions: [] },
  machines: [machine('saw'), machine('press', { total: counter() })],
});

function kpiOf(machines: readonly string[]) {
  const samples = new SampleTable();
  const add = (signal: string, t: number, value: Sample['value']) =>
    samples.add({ t, signal, value, quality: 'good', received: t });
  for (const id of ['saw', 'press']) add(`${id}.state`, START, 'running');
  add('press.total', START, 0);
  add('press.total', START + HOUR, 0);
  const query = { id: 'q', kind: 'range' as const, machines: [...machines], from: START, to: START + HOUR };
  const [result] = replay({ plant, samples, entries: [], queries: [query], progress: () => {}, warn: () => {} });
  if (!result || !('kpi' in result)) throw new Error('no figures');
  return result.kpi;
}

it('what nobody counts is unknown, and nothing counted is nothing', () => {
  const unknown = { performance: null, quality: null, oee: null, teep: null, ooe: null, yield: null };
  expect(kpiOf(['saw'])).toEqual({ availability: 1, utilization: 1, ...unknown });
  expect(kpiOf(['press'])).toMatchObject({ availability: 1, performance: 0, quality: null, oee: 0 });
  expect(kpiOf(['saw', 'press']).oee).toBe(0);
});
