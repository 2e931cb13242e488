import { describe, expect, it } from 'vitest';
import { plantChanges } from './changes.ts';
import { parsePlant } from './parse.ts';

const PLANT = `version: 1
site: { id: s1, name: Works, timezone: Europe/London, currency: GBP }
calendars:
  two:
    shifts:
      - { id: early, name: Early, days: [mon, tue], start: "06:00", end: "14:00", breaks: [ { start: "10:00", minutes: 20 } ] }
    exceptions: [ { date: 2026-12-25, closed: true } ]
products: [ { id: A, idealCycleSeconds: 1, cavities: 4 } ]
reasons: [ { id: jam, name: Jam, category: unplannedStop } ]
sources:
  plc: { type: opcua, endpoint: "opc.tcp://10.0.0.5:4840", securityMode: SignAndEncrypt, userName: me, password: "\${PLC}", owner: me }
lines:
  - id: l1
    calendar: two
    constraint: m1
    machines:
      - { id: m1, idealCycleSeconds: 2, state: { source: plc, node: "i=1", map: { 1: running } }, total: { source: plc, node: "i=2", maxPerSecond: 1 } }
      - { id: m2, state: { source: plc, node: "i=5", map: { 1: running } } }
meters: [ { id: e1, feeds: m1, importWh: { source: plc, node: "i=3", maxKw: 10 } } ]
tariffs:
  - { id: grid, meter: e1, validFrom: 2026-01-01, intervalMinutes: 30, bands: [ { name: red, rate: 0.3, from: "16:00", to: "19:00" }, { name: green, rate: 0.1 } ] }
channels: [ { id: hook, type: webhook, url: "https://hooks.example/one", secret: "\${HOOK}" } ]
`;

const plantOf = (text: string) => parsePlant(text, { hash: 'h' }).plant;
const changes = (from: string, to: string, ...more: [string, string][]) => {
  let text = PLANT;
  for (const [a, b] of [[from, to] as const, ...more]) {
    expect(text).toContain(a);
    text = text.replace(a, b);
  }
  return plantChanges(plantOf(PLANT), plantOf(text)).map((c) => `${c.effect} ${c.about}: ${c.text}`);
};

describe('what differs between two plant files', () => {
  it('is nothing where only layout and comments do', () => {
    expect(changes('version: 1', '# a comment\nversion: 1')).toEqual([]);
  });

  it.each<[string, string, string[]]>([
    ['idealCycleSeconds: 2', 'idealCycleSeconds: 1.5', ['past machine m1: idealCycleSeconds 2 -> 1.5']],
    ['id: m2,', 'id: m2, idealCycleSeconds: 3,', ['past machine m2: idealCycleSeconds 3 added']],
    [
      'idealCycleSeconds: 2',
      'idealCycleSeconds: [ { validFrom: 2026-01-01, value: 2 }, { validFrom: "2026-06-01T06:00:00+01:00", value: 1.5 } ]',
      ['past machine m1: idealCycleSeconds.[from 2026-06-01 06:00] 1.5 added'],
    ],
    ['end: "14:00"', 'end: "13:30"', ['past calendar two: shifts.early.end 14:00 -> 13:30']],
    ['days: [mon, tue]', 'days: [mon]', ['past calendar two: shifts.early.days mon, tue -> mon']],
    ['minutes: 20', 'minutes: 30', ['past calendar two: shifts.early.breaks.10:00.minutes 20 -> 30']],
    [
      'date: 2026-12-25',
      'date: 2026-12-24',
      ['past calendar two: exceptions.2026-12-25 removed', 'past calendar two: exceptions.2026-12-24 added'],
    ],
    ['cavities: 4', 'cavities: 4, activeCavities: 3', ['fromNow product A: activeCavities 4 -> 3']],
    ['category: unplannedStop', 'category: plannedStop', ['past reason jam: category unplannedStop -> plannedStop']],
    ['name: Jam', 'name: Jammed', ['none reason jam: name Jam -> Jammed']],
    ['node: "i=1"', 'node: "i=9"', ['fromNow machine m1: state.node i=1 -> i=9']],
    ['1: running', '1: running, 2: down', ['fromNow machine m1: state.map.2 down added']],
    ['node: "i=2"', 'node: "i=2", modulus: 65536', ['fromNow machine m1: total.modulus 65536 added']],
    ['rate: 0.3', 'rate: 0.35', ['past tariff grid: [from 2026-01-01].bands.red.rate 0.3 -> 0.35']],
    ['10.0.0.5', '10.0.0.6', ['fromNow source plc: endpoint opc.tcp://10.0.0.5:4840 -> opc.tcp://10.0.0.6:4840']],
    ['{PLC}', '{PLC2}', ['fromNow source plc: password changed']],
    ['owner: me', 'owner: you', ['none source plc: owner me -> you']],
    ['hooks.example/one', 'hooks.example/two', ['none channel hook: url changed']],
    [
      '{ id: m2,',
      '{ id: m3,',
      ['past line l1: machines m1, m2 -> m1, m3', 'past machine m2: removed', 'fromNow machine m3: added'],
    ],
    ['timezone: Europe/London', 'timezone: Europe/Berlin', ['past site: timezone Europe/London -> Europe/Berlin']],
  ])('%s, now %s', (from, to, expected) => {
    const found = changes(from, to);
    expect(found.filter((text) => !text.includes('tariff') || expected.join().includes('tariff'))).toEqual(expected);
  });

  it('sees that bands changed places, because the first match wins', () => {
    const red = '{ name: red, rate: 0.3, from: "16:00", to: "19:00" }';
    const green = '{ name: green, rate: 0.1 }';
    expect(changes(`${red}, ${green}`, `${green}, ${red}`)).toEqual([
      'past tariff grid: [from 2026-01-01].bands: order changed',
    ]);
  });

  it('names the first few of many', () => {
    const many = Array.from({ length: 20 }, (_, i) => `${i + 2}: down`).join(', ');
    const found = changes('1: running', `1: running, ${many}`);
    expect(found).toHaveLength(9);
    expect(found.at(-1)).toBe('fromNow machine m1: and 12 more');
  });
});
