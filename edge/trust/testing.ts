import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { type Certificate, readCertificate } from './certificate.ts';

/** Certificates for tests, made in memory. */
export interface Made {
  readonly certificate: Certificate;
  readonly signer: Signer;
}
interface Signer {
  readonly name: string;
  readonly keys: KeyPair;
}
/** The library's own names for keys, whichever lib they come from. */
type Wish = Extract<Parameters<typeof x509.X509CertificateGenerator.create>[0], { signingKey: unknown }>;
interface KeyPair {
  readonly publicKey: Wish['publicKey'];
  readonly privateKey: Wish['signingKey'];
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

async function makeKeys(): Promise<KeyPair> {
  return (await webcrypto.subtle.generateKey(ALGORITHM, false, ['sign', 'verify'])) as unknown as KeyPair;
}

/** Signed by `issuer`, else by itself. */
export async function makeCertificate(wish: {
  readonly name: string;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly hosts?: readonly string[];
  readonly issuer?: Signer;
  readonly isAuthority?: boolean;
}): Promise<Made> {
  const keys = await makeKeys();
  const subject = `CN=${wish.name}`;
  const issuer = wish.issuer ?? { name: subject, keys };
  const made = await x509.X509CertificateGenerator.create(
    {
      subject,
      issuer: issuer.name,
      notBefore: new Date(wish.notBefore),
      notAfter: new Date(wish.notAfter),
      publicKey: keys.publicKey,
      signingKey: issuer.keys.privateKey,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new x509.BasicConstraintsExtension(wish.isAuthority ?? false, undefined, true),
        new x509.SubjectAlternativeNameExtension([
          { type: 'url', value: 'urn:test:plc' },
          ...(wish.hosts ?? []).map((value) => ({
            type: /^[\d.]+$/.test(value) ? ('ip' as const) : ('dns' as const),
            value,
          })),
        ]),
      ],
    },
    webcrypto as unknown as Crypto,
  );
  const certificate = readCertificate(new Uint8Array(made.rawData));
  if (!certificate) throw new Error('made a certificate that cannot be read');
  return { certificate, signer: { name: subject, keys } };
}
