import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Certificate, isSignedBy, readCertificate } from './certificate.ts';

/*
 * Whom this installation trusts, as files in the data directory.
 *
 * - Only a person puts a certificate into `trusted`; nothing in the program does so by itself. There is no switch that trusts all.
 * - Each question reads the folder anew: what was added or removed counts at the next connection, without a restart.
 * - An unknown certificate is kept in `rejected`, at most so many, so that one command can trust it.
 */
export interface TrustStore {
  readonly folder: string;
  /** What a person types to trust this certificate here. */
  commandFor(certificate: Certificate): string;
  trusted(): Certificate[];
  rejected(): Certificate[];
  /** Trusted itself, or signed by a trusted authority that signed the leaf or its intermediate. */
  standing(chain: readonly Certificate[]): 'pinned' | 'issued' | 'unknown';
  reject(certificate: Certificate): void;
  /** Moves it from `rejected` to `trusted`. */
  trust(certificate: Certificate): void;
  /** False where it was not trusted. */
  remove(thumbprint: string): boolean;
  /** Thumbprint with which this address was accepted last. */
  lastAccepted(address: string): string | null;
  accepted(address: string, thumbprint: string): void;
}

const MOST_REJECTED = 100;

export function openTrustStore(dataDir: string): TrustStore {
  const folder = join(dataDir, 'pki', 'opcua');
  const trustedFolder = join(folder, 'trusted', 'certs');
  const rejectedFolder = join(folder, 'rejected');
  const knownFile = join(folder, 'accepted.json');
  for (const made of [trustedFolder, rejectedFolder]) mkdirSync(made, { recursive: true, mode: 0o700 });

  function filesOf(from: string): { path: string; certificate: Certificate }[] {
    return readdirSync(from).flatMap((name) => {
      if (!/\.(pem|der|crt|cer)$/i.test(name)) return [];
      const path = join(from, name);
      const certificate = readCertificate(readFileSync(path));
      return certificate ? [{ path, certificate }] : [];
    });
  }
  const certificatesIn = (from: string) => filesOf(from).map(({ certificate }) => certificate);
  function removeFrom(from: string, thumbprint: string): boolean {
    const found = filesOf(from).filter(({ certificate }) => certificate.thumbprint === thumbprint);
    for (const { path } of found) rmSync(path, { force: true });
    return found.length > 0;
  }
  function known(): Record<string, string> {
    try {
      return JSON.parse(readFileSync(knownFile, 'utf8')) as Record<string, string>;
    } catch {
      return {};
    }
  }

  return {
    folder,
    commandFor({ thumbprint }) {
      const elsewhere = resolve(dataDir) === resolve('data') ? '' : ` --data ${resolve(dataDir)}`;
      return `linewatt trust add ${thumbprint}${elsewhere}`;
    },
    trusted: () => certificatesIn(trustedFolder),
    rejected: () => certificatesIn(rejectedFolder),
    standing(chain) {
      const [leaf, ...others] = chain;
      if (!leaf) return 'unknown';
      const trusted = certificatesIn(trustedFolder);
      if (trusted.some(({ thumbprint }) => thumbprint === leaf.thumbprint)) return 'pinned';
      return reachesAuthority(leaf, others, trusted) ? 'issued' : 'unknown';
    },
    reject(certificate) {
      const kept = filesOf(rejectedFolder);
      if (kept.length >= MOST_REJECTED || kept.some((k) => k.certificate.thumbprint === certificate.thumbprint)) return;
      writeWhole(join(rejectedFolder, `${certificate.thumbprint}.pem`), pemOf(certificate));
    },
    trust(certificate) {
      writeWhole(join(trustedFolder, `${certificate.thumbprint}.pem`), pemOf(certificate));
      removeFrom(rejectedFolder, certificate.thumbprint);
    },
    remove: (thumbprint) => removeFrom(trustedFolder, thumbprint),
    lastAccepted: (address) => known()[address] ?? null,
    accepted(address, thumbprint) {
      const all = known();
      if (all[address] === thumbprint) return;
      writeWhole(knownFile, `${JSON.stringify({ ...all, [address]: thumbprint }, null, 2)}\n`);
    },
  };
}

/** Follows signatures from the leaf over what came with it to an authority that is trusted. */
function reachesAuthority(leaf: Certificate, others: readonly Certificate[], trusted: readonly Certificate[]): boolean {
  let current = leaf;
  for (let step = 0; step <= others.length; step++) {
    if (trusted.some((authority) => isSignedBy(current, authority))) return true;
    const next = others.find((other) => isSignedBy(current, other));
    if (!next) return false;
    current = next;
  }
  return false;
}

function pemOf({ der }: Certificate): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

/** Never half a file: a crash leaves the old one. */
function writeWhole(path: string, text: string): void {
  const draft = `${path}.new`;
  writeFileSync(draft, text, { mode: 0o600 });
  renameSync(draft, path);
}
