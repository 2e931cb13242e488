import { expect, it } from 'vitest';
import type { Plant } from '#shared/plant/model.ts';
import { parsePlant } from '#shared/plant/parse.ts';
import { doubtsOfSources } from './doubts.ts';

const plantOf = (meters: string): Plant =>
  parsePlant(
    `version: 1
site: { id: s, name: S, timezone: Europe/London, currency: GBP, locale: en-GB }
calendars: { all: { shifts: [ { id: d, name: D, days: [mon], start: "06:00", end: "14:00" } ] } }
sources:
  bus: { type: modbus, host: 10.0.0.1 }
  uns: { type: mqtt, url: "mqtts://b" }
  spb: { type: mqtt, url: "mqtts://b", format: sparkplug }
  asks: { type: mqtt, url: "mqtts://b", format: sparkplug, rebirth: true }
lines: []
meters:
${meters}
`,
    { hash: 'test' },
  ).plant;

it('doubts what only the sources know: profiles nobody checked, messages without a time, births that may not be asked for', () => {
  const doubts = doubtsOfSources(
    plantOf(`  - { id: a, name: A, importWh: { source: bus, unit: 1, profile: pac3200 }, powerW: { source: bus, unit: 1, profile: pac3200 } }
  - { id: b, name: B, importWh: { source: bus, unit: 2, profile: sdm630 }, powerW: { source: bus, unit: 2, profile: sdm631 } }
  - { id: c, name: C, importWh: { source: uns, topic: t/c, path: "$.kwh" } }
  - { id: d, name: D, importWh: { source: spb, group: G, node: N, metric: E }, powerW: { source: spb, topic: t } }
  - { id: e, name: E, importWh: { source: asks, group: G, node: N, metric: E } }`),
  );
  expect(doubts).toEqual([
    expect.stringMatching(/^a: the profile pac3200 .* is unverified/),
    expect.stringMatching(/^b: there is no profile "sdm631"; there is sdm630/),
    expect.stringMatching(/^source "uns": c.importWh without timePath/),
    expect.stringMatching(/^d.powerW: topic is for json/),
    expect.stringMatching(/^source "spb" may not ask for births/),
  ]);
});
