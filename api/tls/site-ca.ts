import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import { UserError } from '#shared/contract/command.ts';
import type { Instant } from '#shared/time/instant.ts';
import { writePrivate } from '../auth/secrets.ts';
import type { TlsFiles } from './files.ts';

/*
 * A certificate authority of this site alone, and the server certificate that it signs.
 *
 * - Keys are P-256, made here, in files that only their owner reads.
 * - The server certificate runs 397 days: the longest that every browser takes. The server makes the next one itself 30 days
 *   before its end, as long as the CA's key lies beside it; who carries that key away renews with `linewatt tls renew`.
 * - The CA may sign server certificates for the site's names only in so far as whoever trusts it reads them: its path length is 0.
 */
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY = 86_400_000;
const CA_DAYS = 3650;
const SERVER_DAYS = 397;
/** Clocks of tablets lag. */
const BEFORE = 2 * DAY;

x509.cryptoProvider.set(crypto);

interface KeyPair {
  readonly publicKey: CryptoKey;
  readonly privateKey: CryptoKey;
}

/** Makes the CA, which must not exist yet. @throws UserError */
export async function makeSiteCa(files: TlsFiles, siteName: string, now: Instant): Promise<void> {
  if (existsSync(files.ca)) {
    throw new UserError(
      `there is a CA already (${files.ca}); every tablet trusts it, so keep it, and renew with tls renew`,
    );
  }
  mkdirSync(join(files.ca, '..'), { recursive: true, mode: 0o700 });
  const keys = (await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])) as KeyPair;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: randomBytes(16).toString('hex'),
    name: [{ CN: [`Linewatt CA of ${siteName}`] }, { O: [siteName] }],
    notBefore: new Date(now - BEFORE),
    notAfter: new Date(now + CA_DAYS * DAY),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  writePrivate(files.caKey, await pemOfKey(keys.privateKey));
  writeFileSync(files.ca, `${certificate.toString('pem')}\n`, { mode: 0o644 });
}

/** Signs a new server certificate, with a new key, for names and addresses. @throws UserError */
export async function makeServerCertificate(files: TlsFiles, names: readonly string[], now: Instant): Promise<void> {
  if (!existsSync(files.ca) || !existsSync(files.caKey)) {
    throw new UserError(
      `the CA or its key is not in ${join(files.ca, '..')}; make one with tls init, or put the key back`,
    );
  }
  for (const name of names) {
    if (isIP(name) === 0 && !/^[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*$/.test(name)) {
      throw new UserError(
        `"${name}" is neither a host name nor an address; give it as linewatt.example.com or 10.0.0.4`,
      );
    }
  }
  const [first] = names;
  if (first === undefined) throw new UserError('give at least one --name that browsers will call this server by', 2);
  const ca = new x509.X509Certificate(readFileSync(files.ca, 'utf8'));
  const caKey = await keyOfPem(readFileSync(files.caKey, 'utf8'));
  const keys = (await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])) as KeyPair;
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: randomBytes(16).toString('hex'),
    subject: [{ CN: [first.slice(0, 64)] }],
    issuer: ca.subjectName,
    notBefore: new Date(now - BEFORE),
    notAfter: new Date(Math.min(now + (SERVER_DAYS - 2) * DAY, ca.notAfter.getTime())),
    signingAlgorithm: ALGORITHM,
    publicKey: keys.publicKey,
    signingKey: caKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth], false),
      new x509.SubjectAlternativeNameExtension(
        names.map((value) => ({ type: isIP(value) ? ('ip' as const) : ('dns' as const), value })),
      ),
      await x509.AuthorityKeyIdentifierExtension.create(ca.publicKey),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  // The certificate last: whoever watches it finds the key that belongs to it.
  writePrivate(files.key, await pemOfKey(keys.privateKey));
  writePrivate(files.certificate, `${certificate.toString('pem')}\n${ca.toString('pem')}\n`);
}

async function pemOfKey(key: CryptoKey): Promise<string> {
  const base64 = Buffer.from(await crypto.subtle.exportKey('pkcs8', key)).toString('base64');
  return `-----BEGIN PRIVATE KEY-----\n${(base64.match(/.{1,64}/g) ?? []).join('\n')}\n-----END PRIVATE KEY-----\n`;
}

function keyOfPem(pem: string): Promise<CryptoKey> {
  const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  return crypto.subtle.importKey('pkcs8', der, ALGORITHM, false, ['sign']);
}
