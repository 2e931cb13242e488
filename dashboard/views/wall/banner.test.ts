import { describe, expect, it } from 'vitest';
import type { LineView, Look, MachineView, ScopeView } from '#shared/contract/socket.ts';
import { createNumberFormat } from '../../format/number.ts';
import type { Freshness } from '../../live/freshness.ts';
import { type Banner, bannerOf } from './banner.ts';

const NOW = Date.parse('2026-06-01T11:42:00Z');
const ago = (minutes: number): string => new Date(NOW - minutes * 60_000).toISOString();
const WORDS: Partial<Record<Look, string>> = {
  run: 'Running',
  idle: 'Waiting',
  down: 'Down',
  plan: 'No plan',
  unknown: 'No data',
  setup: 'Setup',
};

function machine(name: string, look: Look, minutes: number, more: Partial<MachineView> = {}): MachineView {
  return {
    id: name.toLowerCase(),
    name,
    line: 'l',
    look,
    word: WORDS[look] ?? '',
    detail: null,
    reason: null,
    since: ago(minutes),
    sinceLabel: ago(minutes).slice(11, 16),
    occurrence: 0,
    product: null,
    order: null,
    figures: null,
    lossPerHour: null,
    ribbon: {},
    powerKw: null,
    minorStopsLastHour: 0,
    ...more,
  };
}

function banner(
  machines: readonly MachineView[],
  freshness: Freshness = { state: 'live' },
  attempts = 0,
  header = {},
): Banner {
  const line = {
    id: 'l',
    machines: machines.map((m) => m.id),
    shift: {
      start: ago(342),
      name: 'Early',
      breaks: [
        { start: ago(200), end: ago(170) },
        { start: ago(-30), end: ago(-60) },
      ],
    },
  } as unknown as LineView;
  const view = {
    header: { utcOffsetMinutes: 0, nextOffset: null, ...header },
    lines: { l: line },
    machines: Object.fromEntries(machines.map((m) => [m.id, m])),
  } as unknown as ScopeView;
  return bannerOf({
    view,
    line,
    freshness,
    asOf: NOW,
    serverNow: NOW,
    attempts,
    format: createNumberFormat('en-GB', 'GBP'),
  });
}

describe('banner', () => {
  it('says what is down, for how long and why', () => {
    const jam = { detail: 'Cap feed jam', reason: 'Cap feed jam', occurrence: 3, lossPerHour: 1180 };
    const result = banner([
      machine('Capper', 'down', 12.9, jam),
      machine('Filler', 'idle', 12, { detail: 'Blocked by Capper' }),
      machine('Labeller', 'idle', 10, { detail: 'Starved by Capper' }),
    ]);
    expect(result).toEqual({
      tone: 'alarm',
      rows: [
        {
          look: 'down',
          what: { text: 'Capper down', small: '2 machines are waiting for it' },
          howLong: { text: '12 min', small: 'since 11:29' },
          why: { text: 'Cap feed jam', small: '3rd time this shift, loses £1,180/h' },
        },
      ],
    });
  });
  it('says that help was called, and who is coming, in place of the money', () => {
    const small = (call: MachineView['call']) =>
      banner([machine('Capper', 'down', 12, { detail: 'Cap feed jam', lossPerHour: 1180, ...(call && { call }) })])
        .rows[0]?.why?.small;
    expect(small({ team: 'maintenance', atLabel: '11:33', coming: null })).toContain('Maintenance called 11:33');
    expect(small({ team: 'maintenance', atLabel: '11:33', coming: 'Max' })).toContain('Max is coming');
    expect(small({ team: null, atLabel: '11:33', coming: 'unnamed' })).toContain('help is coming');
    expect(small({ team: 'maintenance', atLabel: '11:33', coming: null })).not.toContain('loses');
  });
  it('says how far the past of a demo plant is, instead of calling its data missing', () => {
    const stale: Freshness = { state: 'stale', ageMs: null, cause: 'never', numbersGone: false };
    const { tone, rows } = banner([machine('Capper', 'unknown', 0)], stale, 0, {
      history: { progress: 0.429, days: 14 },
    });
    expect(tone).toBe('quiet');
    expect(rows[0]?.what.text).toBe('Making two weeks of history');
    expect(rows[0]?.howLong?.text).toBe('42 %');
  });
  it('does not blame a machine for those who wait for something else', () => {
    const [row] = banner([machine('Capper', 'down', 1), machine('Filler', 'idle', 12, { detail: 'No operator' })]).rows;
    expect(row?.what.small).toBe('1 machine is waiting');
    expect(row?.why).toEqual({ text: 'No reason yet', small: '' });
  });
  it('says switched off where it was switched off', () => {
    expect(banner([machine('Saw', 'down', 2, { word: 'Switched off' })]).rows[0]?.what.text).toBe('Saw switched off');
  });
  it('splits for two, the longer stop on top', () => {
    const { rows } = banner([machine('A', 'down', 3), machine('B', 'down', 24), machine('C', 'run', 1)]);
    expect(rows.map((row) => row.what.text)).toEqual(['B down', 'A down']);
  });
  it('shows the longest of three and names the rest', () => {
    const { rows } = banner([machine('A', 'down', 3), machine('B', 'down', 24), machine('C', 'down', 9)]);
    expect(rows).toHaveLength(1);
    expect(rows[0]?.what).toEqual({ text: 'B down', small: '2 more down: C, A' });
  });
  it('is quiet when all run, and says since when', () => {
    const ribbon = { [ago(60)]: { end: ago(53), look: 'down' as const, reason: null } };
    expect(banner([machine('A', 'run', 53, { ribbon }), machine('B', 'run', 2)])).toMatchObject({
      tone: 'quiet',
      rows: [
        {
          look: 'run',
          what: { text: 'All 2 running' },
          howLong: { text: '53 min', small: 'since a machine was last down' },
        },
      ],
    });
  });
  it('never calls a silent machine running', () => {
    const { rows } = banner([machine('A', 'run', 5), machine('B', 'unknown', 6)]);
    expect(rows[0]?.what).toEqual({ text: '1 of 2 running', small: '1 without data' });
    expect(banner([machine('A', 'unknown', 5)]).rows[0]?.what.text).toBe('No data from any machine');
  });
  it('calls a break a break, and says until when', () => {
    const line = { id: 'l', machines: ['a'], shift: { name: 'Early', breaks: [{ start: ago(10), end: ago(-20) }] } };
    const { rows } = bannerOf({
      view: {
        header: { utcOffsetMinutes: 0, nextOffset: null },
        machines: { a: machine('A', 'plan', 10) },
      } as unknown as ScopeView,
      line: line as unknown as LineView,
      freshness: { state: 'live' },
      asOf: NOW,
      serverNow: NOW,
      attempts: 0,
      format: createNumberFormat('en-GB', 'GBP'),
    });
    expect(rows[0]?.what).toEqual({ text: 'Break', small: 'until 12:02' });
  });
  it('shows no plan without alarm', () => {
    expect(banner([machine('A', 'plan', 5), machine('B', 'plan', 5)])).toMatchObject({
      tone: 'quiet',
      rows: [{ look: 'plan' }],
    });
  });
  it('outranks everything with old data, in the past tense', () => {
    const stale: Freshness = { state: 'stale', ageMs: 42_000, cause: 'link', numbersGone: false };
    expect(banner([machine('Capper', 'down', 12), machine('B', 'run', 1)], stale, 4)).toEqual({
      tone: 'stale',
      rows: [
        {
          look: 'unknown',
          what: { text: 'No live data', small: 'Trying to reconnect, attempt 4' },
          howLong: { text: '42 s', small: 'last update 11:41:18' },
          why: { text: 'Capper was down', small: 'All values below are old' },
        },
      ],
    });
  });
});
