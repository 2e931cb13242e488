import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openTrustStore } from '../trust/store.ts';
import { makeCertificate } from '../trust/testing.ts';
import { trust } from './trust.ts';

const NOW = Date.UTC(2026, 5, 1);
const signal = { aborted: false, addEventListener: () => {} };

describe('linewatt trust', () => {
  let folder: string;
  let printed = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'linewatt-trust-'));
    printed = '';
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const out = (text: string): void => {
    printed += text;
  };
  const io = { out, err: () => {}, env: {}, signal };
  const run = (...args: string[]) => trust([...args, '--data', folder], io, NOW);

  it('lists, adds by the beginning of a thumbprint, and removes', async () => {
    const { certificate } = await makeCertificate({ name: 'PLC 7', hosts: ['plc7'], notBefore: 0, notAfter: NOW - 1 });
    openTrustStore(folder).reject(certificate);
    await run('list');
    expect(printed).toContain(`${certificate.thumbprint}  EXPIRED 2026-05-31  CN=PLC 7 (self-signed, for plc7)`);
    expect(printed).toContain(`linewatt trust add ${certificate.thumbprint}`);
    await run('add', certificate.thumbprint.slice(0, 8).toUpperCase());
    expect(openTrustStore(folder).standing([certificate])).toBe('pinned');
    await run('remove', certificate.thumbprint);
    expect(openTrustStore(folder).standing([certificate])).toBe('unknown');
  });

  it('adds a file, and makes our own certificate', async () => {
    const { certificate } = await makeCertificate({ name: 'CA', isAuthority: true, notBefore: 0, notAfter: NOW });
    const file = join(folder, 'ca.der');
    writeFileSync(file, certificate.der);
    await run('add', file);
    expect(printed).toContain('an authority: everything that it signed counts');
    printed = '';
    await run('own');
    expect(printed).toMatch(/client_certificate\.pem\n {2}[0-9a-f]{40} {2}until 20\d\d.*CN=Linewatt/);
  });

  it('says what is wrong with the arguments', async () => {
    await expect(run('add')).rejects.toThrow('name one certificate: linewatt trust add THUMBPRINT');
    await expect(run('add', 'zz')).rejects.toThrow('no thumbprint (at least 8');
    await expect(run('add', 'a'.repeat(40))).rejects.toThrow('linewatt trust list shows what there is');
    await expect(run('all')).rejects.toMatchObject({ exitCode: 2 });
  });
});
