import { createHash, X509Certificate } from 'node:crypto';
import type { Instant } from '#shared/time/instant.ts';

/** What people and the judge need to know of an X.509 certificate. */
export interface Certificate {
  /** SHA-1 of the DER bytes, lower-case hex: OPC UA's own name for a certificate. */
  readonly thumbprint: string;
  /** `CN=PLC 7, O=Acme`. */
  readonly subject: string;
  readonly issuer: string;
  readonly notBefore: Instant;
  readonly notAfter: Instant;
  /** Host names and addresses it was made for, lower case. */
  readonly hosts: readonly string[];
  /** OPC UA's name of the application, `urn:...`; null where it has none. */
  readonly applicationUri: string | null;
  /** It may sign others. */
  readonly isAuthority: boolean;
  readonly der: Buffer;
}

/** Null for bytes that are no certificate. Takes DER or PEM; of a chain the first. */
export function readCertificate(bytes: Uint8Array): Certificate | null {
  try {
    return factsOf(new X509Certificate(bytes));
  } catch {
    return null;
  }
}

/** A chain as OPC UA sends it: DER certificates one after the other, the leaf first. */
export function readChain(bytes: Uint8Array): Certificate[] {
  const chain: Certificate[] = [];
  let rest = bytes;
  while (rest.length > 0) {
    const length = derLength(rest);
    const certificate = length === null ? null : readCertificate(rest.subarray(0, length));
    if (length === null || !certificate) break;
    chain.push(certificate);
    rest = rest.subarray(length);
  }
  return chain;
}

/** Whether `issuer` is an authority and its key signed `certificate`. */
export function isSignedBy(certificate: Certificate, issuer: Certificate): boolean {
  if (!issuer.isAuthority || certificate.thumbprint === issuer.thumbprint) return false;
  const leaf = new X509Certificate(certificate.der);
  const authority = new X509Certificate(issuer.der);
  return leaf.checkIssued(authority) && leaf.verify(authority.publicKey);
}

function factsOf(x509: X509Certificate): Certificate {
  const alternatives = (x509.subjectAltName ?? '').split(/,\s*/);
  const named = (prefix: string) =>
    alternatives.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  return {
    thumbprint: createHash('sha1').update(x509.raw).digest('hex'),
    subject: nameOf(x509.subject),
    issuer: nameOf(x509.issuer),
    notBefore: Date.parse(x509.validFrom),
    notAfter: Date.parse(x509.validTo),
    hosts: [...named('DNS:'), ...named('IP Address:')].map((host) => host.toLowerCase()),
    applicationUri: named('URI:')[0] ?? null,
    isAuthority: x509.ca,
    der: Buffer.from(x509.raw),
  };
}

/** Node gives one attribute a line, the least telling first. */
function nameOf(text: string): string {
  return text.split('\n').filter(Boolean).reverse().join(', ') || 'no name';
}

/** Length of the first DER element, header included. */
function derLength(bytes: Uint8Array): number | null {
  const [tag, first = 0] = bytes;
  if (tag !== 0x30 || bytes.length < 2) return null;
  if (first < 0x80) return first + 2;
  const count = first & 0x7f;
  if (count === 0 || count > 4 || bytes.length < 2 + count) return null;
  let length = 0;
  for (let i = 0; i < count; i++) length = length * 256 + (bytes[2 + i] ?? 0);
  const whole = length + 2 + count;
  return whole <= bytes.length ? whole : null;
}
