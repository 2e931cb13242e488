import { join } from 'node:path';

/** Where the site's own CA and certificate lie; all but the CA's certificate are for their owner's eyes only. */
export interface TlsFiles {
  readonly ca: string;
  readonly caKey: string;
  readonly certificate: string;
  readonly key: string;
}

export function tlsFiles(dataDir: string): TlsFiles {
  const dir = join(dataDir, 'tls');
  return {
    ca: join(dir, 'ca.crt'),
    caKey: join(dir, 'ca.key'),
    certificate: join(dir, 'server.crt'),
    key: join(dir, 'server.key'),
  };
}
