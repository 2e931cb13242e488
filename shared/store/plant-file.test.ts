import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type PlantReading, plantFingerprint, readPlantFile, requirePlantFile, watchPlantFile } from './plant-file.ts';

const PLANT = `version: 1
site: { id: s1, name: Works, timezone: Europe/London, currency: GBP }
lines: []
sources: { plc: { type: opcua, endpoint: "opc.tcp://10.0.0.5:4840", userName: me, password: "\${PLC}", securityMode: SignAndEncrypt } }
meters: [ { id: e1, importWh: { source: plc, node: "i=5", maxKw: 10 } } ]
tariffs: [ { id: grid, meter: e1, validFrom: 2026-01-01, intervalMinutes: 30, prices: prices.csv } ]
`;
const prices = (rate: number) => `start,rate\n2026-01-01T00:00:00Z,${rate}\n`;

let dir: string;
let file: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'linewatt-plant-file-'));
  file = join(dir, 'plant.yaml');
  writeFileSync(file, PLANT);
  writeFileSync(join(dir, 'prices.csv'), prices(0.1));
});
afterEach(() => rmSync(dir, { recursive: true }));

const rateOf = ({ plant }: PlantReading) => plant.tariffs.get('grid')?.[0]?.value.prices?.[0]?.rate;

describe('a plant file', () => {
  it('comes with its text and that of the files that it names', () => {
    const reading = readPlantFile(file);
    expect([reading.text, [...reading.attachments]]).toEqual([PLANT, [['prices.csv', prices(0.1)]]]);
    expect(reading.plant.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(plantFingerprint(reading)).not.toBe(reading.plant.hash);
  });

  it('has its secrets only for who gives an environment', () => {
    expect(readPlantFile(file).plant.sources.get('plc')?.options['password']).toBe(`\${PLC}`);
    expect(readPlantFile(file, { PLC: 'x' }).plant.sources.get('plc')?.options['password']).toBe('x');
    expect(() => requirePlantFile(file, {})).toThrow(/plant\.yaml:4: .*PLC/);
  });

  it('says which of the files that it names is missing', () => {
    rmSync(join(dir, 'prices.csv'));
    expect(() => requirePlantFile(file)).toThrow(/plant\.yaml:6: .*prices\.csv/);
  });
});

describe('a folder of prices', () => {
  it('is read whole, and again when a file comes or one is written anew', async () => {
    mkdirSync(join(dir, 'prices'));
    writeFileSync(join(dir, 'prices/a.csv'), prices(0.1));
    writeFileSync(file, PLANT.replace('prices.csv', 'prices'));
    expect(rateOf(readPlantFile(file))).toBe(0.1);
    const heard: (number | string | undefined)[] = [];
    let next = Promise.withResolvers<void>();
    const hear = (what: number | string | undefined): void => {
      heard.push(what);
      next.resolve();
      next = Promise.withResolvers();
    };
    let told = next.promise;
    const stop = watchPlantFile(file, undefined, { changed: (reading) => hear(rateOf(reading)), refused: hear }, 20);
    await told;
    told = next.promise;
    writeFileSync(join(dir, 'prices/b.csv'), prices(0.2));
    await told;
    told = next.promise;
    writeFileSync(join(dir, 'prices/b.csv'), prices(0.35));
    await told;
    stop();
    expect(heard).toEqual([0.1, 0.2, 0.35]);
  });
});

describe('a plant file that is watched', () => {
  it('is read again when it changes, or a file that it names does, until the watch ends', async () => {
    const seen: (number | string | undefined)[] = [];
    let next = Promise.withResolvers<void>();
    const heard = (what: number | string | undefined): void => {
      seen.push(what);
      next.resolve();
      next = Promise.withResolvers();
    };
    const events = { changed: (reading: PlantReading) => heard(rateOf(reading)), refused: heard };
    const first = next.promise;
    const stop = watchPlantFile(file, undefined, events, 20);
    await first;
    const second = next.promise;
    writeFileSync(join(dir, 'prices.csv'), prices(0.25));
    await second;
    const third = next.promise;
    writeFileSync(file, PLANT.replace('lines: []', 'lines: {}'));
    await third;
    expect(seen).toEqual([0.1, 0.25, expect.stringMatching(/plant\.yaml:3: lines/)]);
    // Valid again, but for a file that is still to come.
    const fourth = next.promise;
    writeFileSync(file, PLANT.replace('prices.csv', 'later.csv'));
    await fourth;
    const fifth = next.promise;
    writeFileSync(join(dir, 'later.csv'), prices(0.5));
    await fifth;
    expect(seen.slice(3)).toEqual([expect.stringMatching(/later\.csv/), 0.5]);
    stop();
    writeFileSync(file, PLANT);
    await new Promise((done) => setTimeout(done, 400));
    expect(seen).toHaveLength(5);
  });
});
