import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { UserError } from '#shared/contract/command.ts';
import type { Instant } from '#shared/time/instant.ts';

export interface CertificateInfo {
  /** Host names and addresses that it is good for. */
  readonly names: readonly string[];
  readonly notBefore: Instant;
  readonly notAfter: Instant;
  /** SHA-256 of the site's own CA; null where another signed it. */
  readonly caFingerprint: string | null;
}

export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
  /** The site's own CA; null for a certificate that was brought. */
  readonly ca: string | null;
}

export interface LoadedCertificate extends CertificateInfo {
  readonly cert: string;
  readonly key: string;
}

/** Reads a certificate with its key and checks that they belong together and run now. @throws UserError */
export function loadCertificate({ certificate, key, ca }: CertificateFiles, now: Instant): LoadedCertificate {
  const cert = readText(certificate, 'certificate');
  const keyText = readText(key, 'key of the certificate');
  let leaf: X509Certificate;
  try {
    leaf = new X509Certificate(cert);
  } catch {
    throw new UserError(`${certificate} holds no certificate; it must be PEM, the server's own first, then its chain`);
  }
  let belongs = false;
  try {
    belongs = leaf.checkPrivateKey(createPrivateKey(keyText));
    createSecureContext({ cert, key: keyText });
  } catch {
    throw new UserError(`${key} holds no key that can be used; it must be PEM without a pass phrase`);
  }
  if (!belongs) throw new UserError(`the key in ${key} does not belong to the certificate in ${certificate}`);
  const [notBefore, notAfter] = [Date.parse(leaf.validFrom), Date.parse(leaf.validTo)];
  const day = (t: Instant): string => new Date(t).toISOString().slice(0, 10);
  if (now > notAfter) throw new UserError(`the certificate in ${certificate} ended on ${day(notAfter)}; renew it`);
  if (now < notBefore)
    throw new UserError(`the certificate in ${certificate} begins on ${day(notBefore)}; check the clock`);
  const names = (leaf.subjectAltName ?? '')
    .split(', ')
    .map((entry) => entry.replace(/^(DNS|IP Address):/, ''))
    .filter((name) => name !== '');
  const caFingerprint = ca !== null && existsSync(ca) ? new X509Certificate(readFileSync(ca)).fingerprint256 : null;
  return { cert, key: keyText, names, notBefore, notAfter, caFingerprint };
}

function readText(file: string, what: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UserError(`the ${what} cannot be read: ${why}`);
  }
}
