import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '../contract/command.ts';
import { type PlantReading, readPlantFile } from './plant-file.ts';
import { openPlantHistory, openPlantHistoryReader, plantHistoryFile, versionAt } from './plant-history.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'linewatt-history-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

/** A plant that differs by its name, and maybe by its prices. */
function reading(name: string, prices?: string): PlantReading {
  const file = join(dir, 'plant.yaml');
  const tariff = 'tariffs: [ { id: grid, validFrom: 2026-01-01, intervalMinutes: 30, prices: prices.csv } ]\n';
  const site = `version: 1\nsite: { id: s1, name: ${name}, timezone: Europe/London, currency: GBP }\nlines: []\n`;
  writeFileSync(file, prices === undefined ? site : site + tariff);
  if (prices !== undefined) writeFileSync(join(dir, 'prices.csv'), `start,rate\n2026-01-01T00:00:00Z,${prices}\n`);
  return readPlantFile(file);
}

describe('the history of a plant file', () => {
  it('keeps each version once while it runs, again after another one, and over a restart', () => {
    const data = join(dir, 'restart');
    const first = openPlantHistory(plantHistoryFile(data));
    const [a, b] = [reading('A'), reading('B')];
    first.record(a, 100);
    first.record(a, 150);
    first.record(b, 200);
    first.record(a, 300);
    first.close();
    const again = openPlantHistory(plantHistoryFile(data));
    expect(again.record(a, 400)).toEqual({ seq: 3, hash: a.plant.hash, appliedFrom: 300 });
    expect(again.versions().map((v) => [v.seq, v.hash, v.appliedFrom])).toEqual([
      [1, a.plant.hash, 100],
      [2, b.plant.hash, 200],
      [3, a.plant.hash, 300],
    ]);
    again.close();
    const read = openPlantHistoryReader(data);
    expect(read.versions().map((v) => read.read(v).plant.site.name)).toEqual(['A', 'B', 'A']);
    read.close();
  });

  it('is in order of time even where the clock was set back', () => {
    const history = openPlantHistory(':memory:');
    history.record(reading('A'), 500);
    history.record(reading('B'), 400);
    expect(history.versions().map((v) => v.appliedFrom)).toEqual([500, 500]);
    history.close();
  });

  it('finds the version in force: inclusive at its start, the first one for the time before', () => {
    const versions = [100, 200, 300].map((appliedFrom, i) => ({ seq: i + 1, hash: 'h', appliedFrom }));
    expect([99, 100, 199, 200, 1e9].map((t) => versionAt(versions, t)?.seq)).toEqual([1, 1, 1, 2, 3]);
    expect(versionAt([], 5)).toBeNull();
  });

  it('keeps the prices that a version was read with, and counts new prices as a version', () => {
    const history = openPlantHistory(':memory:');
    const cheap = reading('A', '0.1');
    const dear = reading('A', '0.3');
    expect(cheap.plant.hash).toBe(dear.plant.hash);
    history.record(cheap, 1);
    history.record(dear, 2);
    const rates = history
      .versions()
      .map((v) => history.read(v).plant.tariffs.get('grid')?.[0]?.value.prices?.[0]?.rate);
    expect(rates).toEqual([0.1, 0.3]);
    history.close();
  });

  it('lets nobody change or delete a version', () => {
    const data = join(dir, 'append');
    const history = openPlantHistory(plantHistoryFile(data));
    history.record(reading('A'), 1);
    history.close();
    const db = new DatabaseSync(plantHistoryFile(data));
    for (const sql of ['DELETE FROM version', 'UPDATE version SET appliedFrom = 0', 'DELETE FROM text']) {
      expect(() => db.exec(sql)).toThrow('append-only');
    }
    db.close();
  });

  it('says in a sentence what is missing, of a newer Linewatt, or no longer readable', () => {
    const data = join(dir, 'sentences');
    expect(() => openPlantHistoryReader(data)).toThrow(/has no plant-history\.sqlite; name the data directory/);
    const history = openPlantHistory(plantHistoryFile(data));
    const old = { ...reading('A'), text: 'version: 0\n' };
    const version = history.record(old, 1);
    expect(() => history.read(version)).toThrow(/can no longer read an earlier plant file.*version/s);
    history.close();
    const db = new DatabaseSync(plantHistoryFile(data));
    db.exec('PRAGMA user_version = 99');
    db.close();
    expect(() => openPlantHistory(plantHistoryFile(data))).toThrow(UserError);
  });
});
