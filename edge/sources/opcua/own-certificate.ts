import { chmodSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { OPCUACertificateManager } from 'node-opcua';
import { type Certificate, readCertificate } from '#edge/trust/certificate.ts';

/** Our name towards servers: the same for every connection of this machine, and written into our certificate. */
export const APPLICATION_URI = `urn:${hostname()}:linewatt`;

const VALID_DAYS = 5 * 365;

export interface OwnCertificate {
  readonly certificateFile: string;
  readonly privateKeyFile: string;
  readonly certificate: Certificate | null;
}

/** Our own key and self-signed certificate, made at the first use; the key is readable by us alone. */
export async function ownCertificate(pkiFolder: string): Promise<OwnCertificate> {
  const certificateFile = join(pkiFolder, 'own', 'certs', 'client_certificate.pem');
  const privateKeyFile = join(pkiFolder, 'own', 'private', 'private_key.pem');
  if (!existsSync(certificateFile) || !existsSync(privateKeyFile)) {
    mkdirSync(pkiFolder, { recursive: true, mode: 0o700 });
    const maker = new OPCUACertificateManager({
      rootFolder: pkiFolder,
      automaticallyAcceptUnknownCertificate: false,
      disableFileWatchers: true,
    });
    await maker.initialize();
    await maker.createSelfSignedCertificate({
      applicationUri: APPLICATION_URI,
      dns: [hostname()],
      subject: '/CN=Linewatt/O=Linewatt',
      startDate: new Date(),
      validity: VALID_DAYS,
      outputFile: certificateFile,
    });
    await maker.dispose();
  }
  chmodSync(privateKeyFile, 0o600);
  return { certificateFile, privateKeyFile, certificate: readCertificate(readFileSync(certificateFile)) };
}
