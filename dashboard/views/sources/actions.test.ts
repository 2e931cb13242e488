import { describe, expect, it } from 'vitest';
import type { HealthAnswer } from '#shared/contract/rest-answers.ts';
import { edgeStanding, headlineOf } from './actions.ts';

type Edge = HealthAnswer['edges'][number];
const edge = (state: Edge['state'], id = 'main'): Edge => ({
  id,
  state,
  version: '0.1.0',
  plantHash: null,
  heardAt: '2026-06-01T09:00:00.000Z',
  seedProgress: state === 'seeding' ? 0.429 : null,
});
const connected = { state: 'connected' };

describe('headline of the sources', () => {
  it('is calm only while every source and every edge speaks', () => {
    expect(headlineOf([connected, connected], [edge('online')])).toEqual({
      text: 'All 2 sources connected',
      trouble: false,
    });
    expect(headlineOf([connected, { state: 'failed' }], [edge('online')]).text).toBe('1 of 2 sources needs attention');
  });
  it('never calls sources connected that nobody has heard of since their edge fell silent', () => {
    const silent = headlineOf([connected, connected], [edge('silent')]);
    expect(silent.text).toBe('Edge main is silent: nothing of its sources is current');
    expect(silent.trouble).toBe(true);
    expect(headlineOf([connected], [])).toMatchObject({ trouble: true });
  });
});

it('tells how an edge stands', () => {
  const ago = (): string => '12 s ago';
  expect(edgeStanding(edge('silent'), ago)).toEqual({ text: 'silent, last heard 12 s ago', trouble: true });
  expect(edgeStanding(edge('seeding'), ago).text).toBe('writing the past of the demo plant, 42 %');
});
