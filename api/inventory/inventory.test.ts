import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SourceConfig } from '#shared/plant/model.ts';
import { openInventory } from './changes.ts';
import { exposureOf } from './exposure.ts';

const NOW = Date.UTC(2026, 5, 1);
const DAY = 86_400_000;

const opcua = (options: Readonly<Record<string, unknown>> = {}): SourceConfig => ({
  id: 'plc',
  type: 'opcua',
  owner: 'Maintenance',
  zone: 'Cell 1',
  options: { endpoint: 'opc.tcp://10.0.0.5:4840', securityMode: 'SignAndEncrypt', userName: 'linewatt', ...options },
});
const known = { firmwareVersion: '2.1', certificateExpiresAt: NOW + 400 * DAY };

describe('exposure', () => {
  it('is none for an encrypted, signed-in, known source with an owner', () => {
    expect(exposureOf(opcua(), known, NOW)).toEqual({ points: 0, reasons: [] });
  });

  it('ranks what is not encrypted worst, and says what mends it', () => {
    const { points, reasons } = exposureOf(opcua({ securityMode: 'None', userName: undefined }), known, NOW);
    expect(points).toBe(60);
    expect(reasons.map((r) => r.what)).toEqual([
      'not encrypted: figures can be read and forged on the way',
      'anybody may sign in',
    ]);
    expect(reasons[0]?.mend).toContain('sources.plc.securityMode: SignAndEncrypt');
  });

  it('sees a certificate end, theirs and ours', () => {
    const at = (ms: number) => exposureOf(opcua(), { ...known, certificateExpiresAt: NOW + ms }, NOW).reasons[0]?.what;
    expect(at(31 * DAY)).toBeUndefined();
    expect(at(29 * DAY)).toBe('its certificate expires in 29 days');
    expect(at(-1)).toBe('its certificate has expired');
    const ours = exposureOf(opcua(), { ...known, ownCertificateExpiresAt: NOW + DAY }, NOW);
    expect(ours.reasons.map((r) => r.what)).toEqual(['our certificate expires in a day']);
  });

  it('counts old policies, unknown firmware, nobody and nowhere; less on this computer', () => {
    const bare: SourceConfig = { ...opcua(), owner: null, zone: null };
    const { points, reasons } = exposureOf(bare, { securityPolicy: 'Basic256' }, NOW);
    expect(reasons.map((r) => r.points)).toEqual([25, 5, 5, 5]);
    expect(points).toBe(40);
    const local = { ...bare, options: { ...bare.options, endpoint: 'opc.tcp://127.0.0.1:4840' } };
    expect(exposureOf(local, { securityPolicy: 'Basic256' }, NOW).points).toBe(10);
    const meter: SourceConfig = { ...bare, type: 'modbus', options: { host: '10.0.0.20' } };
    expect(exposureOf(meter, undefined, NOW).reasons[0]?.mend).toBe('linewatt flows --format nftables');
  });
});

describe('inventory', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'linewatt-inventory-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('tells what changed since when, also after a restart; silence is no change', () => {
    const file = join(folder, 'inventory.sqlite');
    const first = openInventory(file);
    first.observe('plc', 'opc.tcp://a', { firmwareVersion: '1' }, NOW);
    first.observe('plc', 'opc.tcp://a', undefined, NOW + 1);
    first.observe('plc', 'opc.tcp://a', { firmwareVersion: '1' }, NOW + 2);
    first.close();
    const second = openInventory(file);
    second.observe('plc', 'opc.tcp://a', { firmwareVersion: '2' }, NOW + 3);
    expect(second.changes(NOW + 1)).toEqual([
      { source: 'plc', at: NOW + 3, what: 'firmwareVersion', from: '1', to: '2' },
    ]);
    expect(second.changes(NOW)).toHaveLength(3);
    second.close();
  });
});
