import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DAY } from '#shared/time/instant.ts';
import { type Certificate, readChain } from './certificate.ts';
import { expiryDoubt, judge } from './judge.ts';
import { openTrustStore, type TrustStore } from './store.ts';
import { makeCertificate } from './testing.ts';

const NOW = Date.UTC(2026, 5, 1);
const fresh = { notBefore: NOW - DAY, notAfter: NOW + 365 * DAY };

describe('the judge of certificates', () => {
  let folder: string;
  let store: TrustStore;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'linewatt-trust-'));
    store = openTrustStore(folder);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const ask = (...chain: Certificate[]) =>
    judge(store, { chain, address: 'opc.tcp://plc7:4840', host: 'PLC7', now: NOW });

  it('refuses an unknown one with the one command that trusts it, and accepts it after that', async () => {
    const { certificate } = await makeCertificate({ name: 'PLC 7', hosts: ['plc7'], ...fresh });
    expect(ask(certificate)).toMatchObject({
      accepted: false,
      message: expect.stringContaining(`run: linewatt trust add ${certificate.thumbprint} --data ${folder}`),
    });
    store.reject(certificate);
    store.trust(certificate);
    expect(ask(certificate)).toEqual({ accepted: true, doubts: [] });
    expect(store.rejected()).toEqual([]);
    expect(store.remove(certificate.thumbprint)).toBe(true);
    expect(ask(certificate).accepted).toBe(false);
  });

  it('says that a certificate has changed, and from what to what', async () => {
    const old = await makeCertificate({ name: 'PLC 7', hosts: ['plc7'], ...fresh });
    const renewed = await makeCertificate({ name: 'PLC 7', hosts: ['plc7'], ...fresh });
    store.accepted('opc.tcp://plc7:4840', old.certificate.thumbprint);
    expect(ask(renewed.certificate)).toMatchObject({
      accepted: false,
      message: expect.stringMatching(
        new RegExp(`has changed: it was ${old.certificate.thumbprint}, now it is ${renewed.certificate.thumbprint}`),
      ),
    });
  });

  it('refuses one that is not valid yet, or no more', async () => {
    const early = await makeCertificate({ name: 'early', notBefore: NOW + 1000, notAfter: NOW + DAY });
    const late = await makeCertificate({ name: 'late', notBefore: NOW - DAY, notAfter: NOW });
    for (const { certificate } of [early, late]) store.trust(certificate);
    expect(ask(early.certificate)).toMatchObject({
      message: expect.stringContaining('is not valid before 2026-06-01T00:00:01'),
    });
    expect(ask(late.certificate)).toMatchObject({ message: expect.stringContaining('expired on 2026-06-01T00:00:00') });
  });

  it('tells the end 30 days ahead, not earlier', async () => {
    const { certificate } = await makeCertificate({ name: 'PLC 7', notBefore: NOW - DAY, notAfter: NOW + 40 * DAY });
    expect(expiryDoubt(certificate, NOW + 9 * DAY, 'renew it')).toBeNull();
    expect(expiryDoubt(certificate, NOW + 10 * DAY, 'renew it')).toMatch(/expires in 30 days.*renew it/);
    expect(expiryDoubt(certificate, NOW + 40 * DAY - 1, 'renew it')).toMatch(/expires today/);
    expect(expiryDoubt(certificate, NOW + 41 * DAY + 1, 'renew it')).toMatch(/has expired/);
  });

  it('doubts another host on a certificate trusted by itself, and refuses it on one trusted by its issuer', async () => {
    const authority = await makeCertificate({ name: 'Plant CA', isAuthority: true, ...fresh });
    const other = { hosts: ['plc8', '10.0.0.8'], ...fresh };
    const pinned = await makeCertificate({ name: 'PLC 8', ...other });
    const issued = await makeCertificate({ name: 'PLC 8', issuer: authority.signer, ...other });
    store.trust(pinned.certificate);
    store.trust(authority.certificate);
    expect(ask(pinned.certificate)).toMatchObject({ accepted: true, doubts: [{ code: 'certificateHost' }] });
    expect(ask(issued.certificate)).toMatchObject({
      accepted: false,
      message: expect.stringContaining('was made for plc8, 10.0.0.8, not for PLC7'),
    });
  });

  it('follows a chain over an intermediate to a trusted authority, and no further than signatures reach', async () => {
    const root = await makeCertificate({ name: 'Root', isAuthority: true, ...fresh });
    const middle = await makeCertificate({ name: 'Middle', isAuthority: true, issuer: root.signer, ...fresh });
    const leaf = await makeCertificate({ name: 'PLC 7', hosts: ['plc7'], issuer: middle.signer, ...fresh });
    const forged = await makeCertificate({ name: 'Middle', isAuthority: true, ...fresh });
    const notAuthority = await makeCertificate({ name: 'Middle', issuer: root.signer, ...fresh });
    store.trust(root.certificate);
    expect(ask(leaf.certificate, middle.certificate).accepted).toBe(true);
    expect(ask(leaf.certificate).accepted).toBe(false);
    expect(ask(leaf.certificate, forged.certificate).accepted).toBe(false);
    expect(ask(leaf.certificate, notAuthority.certificate).accepted).toBe(false);
    const bytes = Buffer.concat([leaf.certificate.der, middle.certificate.der]);
    expect(readChain(bytes).map(({ subject }) => subject)).toEqual(['CN=PLC 7', 'CN=Middle']);
    expect(readChain(Buffer.from('rubbish'))).toEqual([]);
    expect(readChain(bytes.subarray(0, 40))).toEqual([]);
  });
});
