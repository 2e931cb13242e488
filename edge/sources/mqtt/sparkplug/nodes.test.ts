import { describe, expect, it } from 'vitest';
import type { Reading } from '#edge/core/source.ts';
import { createNodes, type NodesHost } from './nodes.ts';
import { encodePayload, type Metric, type Payload } from './payload.ts';

const at = Date.parse('2026-06-01T09:00:00Z');

function setup(rebirth = false) {
  const readings: Reading[] = [];
  const losses: { lastContact: number; signals: readonly string[] }[] = [];
  const findings: string[] = [];
  const counts: Record<string, number> = {};
  const asked: string[] = [];
  let now = at;
  const host: NodesHost = {
    readings: (batch) => void readings.push(...batch),
    lost: (lastContact, _why, signals = []) => void losses.push({ lastContact, signals }),
    finding: (code) => void findings.push(code),
    clear: () => {},
    count: (name, by = 1) => {
      counts[name] = (counts[name] ?? 0) + by;
    },
    now: () => now,
    ...(rebirth && { askForBirth: (group: string, node: string) => void asked.push(`${group}/${node}`) }),
  };
  const bindings = [
    { signal: 'm.state', group: 'G', node: 'N', device: null, metric: 'State' },
    { signal: 'm.total', group: 'G', node: 'N', device: 'D', metric: 'Total' },
  ];
  const nodes = createNodes(bindings, host, 60);
  const send = (kind: string, payload: Partial<Payload>, device = '') =>
    nodes.message(`spBv1.0/G/${kind}/N${device}`, encodePayload({ timestamp: String(now), metrics: [], ...payload }));
  const bdSeq = (n: number): Metric => ({ name: 'bdSeq', datatype: 4, longValue: String(n) });
  const births = (n = 1) => {
    send('NBIRTH', { seq: '0', metrics: [bdSeq(n), { name: 'State', alias: '1', datatype: 1, intValue: 2 }] });
    send('DBIRTH', { seq: '1', metrics: [{ name: 'Total', alias: '2', datatype: 8, longValue: '10' }] }, '/D');
  };
  const later = (ms: number) => {
    now += ms;
  };
  return { nodes, send, births, bdSeq, later, readings, losses, findings, counts, asked };
}

const total = (value: number, more: Partial<Metric> = {}): Metric => ({
  alias: '2',
  longValue: String(value),
  ...more,
});

describe('Sparkplug nodes', () => {
  it('reads births by name and data by alias, with the type of the birth', () => {
    const { send, births, readings } = setup();
    births();
    send('NDATA', { seq: '2', metrics: [{ alias: '1', intValue: 0xff }] });
    expect(readings.map((r) => [r.signal, r.value])).toEqual([
      ['m.state', 2],
      ['m.total', 10],
      ['m.state', -1],
    ]);
  });

  it('lets a death count only for its own session', () => {
    const { send, births, bdSeq, losses, counts } = setup();
    births(7);
    send('NDEATH', { metrics: [bdSeq(6)] });
    expect(losses).toEqual([]);
    expect(counts.sparkplug_old_deaths).toBe(1);
    send('NDEATH', { metrics: [bdSeq(7)] });
    expect(losses).toMatchObject([{ signals: ['m.state', 'm.total'] }]);
  });

  it('says unknown from when the node was last surely alive', () => {
    const { send, births, bdSeq, later, losses } = setup();
    births();
    later(30_000);
    send('NDEATH', { metrics: [bdSeq(1)] });
    expect(losses[0]!.lastContact).toBe(at);
    const quiet = setup();
    quiet.births();
    quiet.later(3_600_000);
    quiet.send('NDEATH', { metrics: [quiet.bdSeq(1)] });
    expect(quiet.losses[0]!.lastContact).toBe(at + 3_600_000 - 90_000);
  });

  it('loses the signals of one device with that device', () => {
    const { send, births, losses } = setup();
    births();
    send('DDEATH', { seq: '2' }, '/D');
    expect(losses).toMatchObject([{ signals: ['m.total'] }]);
  });

  it('tells a missing message, wraps from 255 to 0, and ignores a repeat', () => {
    const { send, births, losses, counts, readings, later } = setup();
    births();
    for (let seq = 2; seq < 300; seq++) send('DDATA', { seq: String(seq % 256), metrics: [total(seq)] }, '/D');
    expect(losses).toEqual([]);
    expect(readings.at(-1)!.value).toBe(299);
    send('DDATA', { seq: String(299 % 256), metrics: [total(299)] }, '/D');
    expect(counts.sparkplug_repeats).toBe(1);
    later(5000);
    send('DDATA', { seq: String(301 % 256), metrics: [total(301)] }, '/D');
    expect(losses).toEqual([{ lastContact: at, signals: ['m.state', 'm.total'] }]);
    expect(readings.at(-1)!.value).toBe(301);
    send('DDATA', { seq: String(302 % 256), metrics: [total(302)] }, '/D');
    expect(losses).toHaveLength(1);
  });

  it('takes a new session without a death for what it is: something may be missing before it', () => {
    const { births, losses, later } = setup();
    births(1);
    later(60_000);
    births(1);
    expect(losses).toEqual([]);
    later(60_000);
    births(2);
    expect(losses).toEqual([{ lastContact: at + 60_000, signals: ['m.state', 'm.total'] }]);
  });

  it('keeps historical values at their own time and apart from what holds now', () => {
    const { send, births, readings } = setup();
    births();
    const old = { isHistorical: true, timestamp: String(at - 600_000) };
    send('DDATA', { seq: '2', metrics: [total(4, old), total(11)] }, '/D');
    expect(readings.slice(2)).toMatchObject([
      { value: 4, t: at - 600_000, recorded: true },
      { value: 11, t: at },
    ]);
    expect(readings[3]).not.toHaveProperty('recorded');
  });

  it('does not guess what only a birth explains, and asks at most once in half a minute', () => {
    const { send, readings, counts, findings, asked, later } = setup(true);
    for (const seq of ['5', '6', '7']) send('NDATA', { seq, metrics: [{ alias: '1', intValue: 3 }] });
    expect(readings).toEqual([]);
    expect(counts).toMatchObject({ sparkplug_unknown_aliases: 3, sparkplug_rebirth_requests: 1 });
    expect(asked).toEqual(['G/N']);
    later(31_000);
    send('NDATA', { seq: '8', metrics: [{ alias: '1', intValue: 3 }] });
    expect(asked).toHaveLength(2);
    expect(findings).not.toContain('birthNeeded');
    const mute = setup();
    mute.send('NDATA', { seq: '5', metrics: [{ alias: '1', intValue: 3 }] });
    expect(mute.asked).toEqual([]);
    expect(mute.findings).toEqual(['birthNeeded']);
  });

  it('reads named metrics without a birth where they explain themselves', () => {
    const { send, readings } = setup();
    send('NDATA', { seq: '5', metrics: [{ name: 'State', stringValue: 'running' }] });
    send('NDATA', { seq: '6', metrics: [{ name: 'State', intValue: 200 }] });
    expect(readings).toMatchObject([
      { value: 'running', quality: 'good' },
      { value: null, quality: 'bad' },
    ]);
  });

  it('forgets the aliases of the session before', () => {
    const { send, births, bdSeq, readings, counts } = setup();
    births();
    send('NBIRTH', { seq: '0', metrics: [bdSeq(1), { name: 'Other', alias: '1', datatype: 3, intValue: 5 }] });
    send('DDATA', { seq: '1', metrics: [total(12)] }, '/D');
    expect(counts.sparkplug_unknown_aliases).toBe(1);
    send('NDATA', { seq: '2', metrics: [{ alias: '1', intValue: 6 }] });
    expect(readings.map((r) => r.signal)).toEqual(['m.state', 'm.total']);
  });

  it('does not take an alias of a device for one of the node', () => {
    const { send, births, counts, readings } = setup();
    births();
    send('NDATA', { seq: '2', metrics: [{ alias: '2', longValue: '99' }] });
    expect(counts.sparkplug_alias_mismatches).toBe(1);
    expect(readings).toHaveLength(2);
  });

  it('says which metric a birth does not have, and what is no payload', () => {
    const { nodes, send, findings } = setup();
    send('NBIRTH', { seq: '0', metrics: [{ name: 'Sate', datatype: 3, intValue: 1 }] });
    nodes.message('spBv1.0/G/NDATA/N', Buffer.from([0x12, 0xff]));
    nodes.message('spBv1.0/G/NDATA/N', new Uint8Array(5 * 1024 * 1024));
    expect(findings).toEqual(['metricMissing', 'badPayload', 'payloadTooLarge']);
  });

  it('reads no commands, no states and no other topics', () => {
    const { nodes, readings, findings, counts } = setup();
    const bytes = encodePayload({ seq: '0', metrics: [{ name: 'State', datatype: 3, intValue: 1 }] });
    for (const topic of ['spBv1.0/G/NCMD/N', 'spBv1.0/STATE/host', 'x/G/NDATA/N', 'spBv1.0/G/NDATA/N/D', 'spBv1.0']) {
      nodes.message(topic, bytes);
    }
    expect({ readings, findings, counts }).toEqual({ readings: [], findings: [], counts: {} });
  });
});
