import { type FSWatcher, watch } from 'node:fs';
import { createServer, type Server } from 'node:https';
import { dirname } from 'node:path';
import { UserError } from '#shared/contract/command.ts';
import type { Instant } from '#shared/time/instant.ts';
import type { ServerFactory } from '../app.ts';
import { type CertificateFiles, type CertificateInfo, type LoadedCertificate, loadCertificate } from './certificate.ts';

/*
 * - TLS 1.2 and 1.3 only.
 * - A new certificate in place of the old one is taken without a restart: links that are open stay, new ones get it. One that
 *   cannot be used is told and leaves the old one in place.
 */
export interface TlsServer {
  readonly factory: ServerFactory;
  readonly certificate: () => CertificateInfo;
  /** Looks for a new certificate now; true where there was one. */
  reload(): boolean;
  onRenewed(listener: (certificate: CertificateInfo) => void): void;
  close(): void;
}

const SETTLE_MS = 200;
const LOOK_EVERY_MS = 60_000;

/** @throws UserError for a certificate that cannot be used. */
export function openTlsServer(files: CertificateFiles, clock: () => Instant, log: (line: string) => void): TlsServer {
  let held: LoadedCertificate = loadCertificate(files, clock());
  const servers: Server[] = [];
  const listeners: ((certificate: CertificateInfo) => void)[] = [];
  let told = '';

  const reload = (): boolean => {
    try {
      const next = loadCertificate(files, clock());
      told = '';
      if (next.cert === held.cert && next.key === held.key) return false;
      held = next;
      for (const server of servers) server.setSecureContext(secureOptions(held));
      log(`the new certificate is in use, good until ${new Date(held.notAfter).toISOString().slice(0, 10)}`);
      for (const listener of listeners) listener(held);
      return true;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      if (told !== error.message) log(`${error.message}; the one before it stays in use`);
      told = error.message;
      return false;
    }
  };

  let settle: NodeJS.Timeout | null = null;
  const soon = (): void => {
    settle ??= setTimeout(() => {
      settle = null;
      reload();
    }, SETTLE_MS);
  };
  // Some file systems announce nothing, so it is looked at now and then as well.
  const watchers = [...new Set([dirname(files.certificate), dirname(files.key)])].flatMap((dir) => watching(dir, soon));
  const timer = setInterval(reload, LOOK_EVERY_MS);

  return {
    factory: (handler) => {
      const server = createServer(secureOptions(held), handler);
      servers.push(server);
      return server;
    },
    certificate: () => held,
    reload,
    onRenewed: (listener) => void listeners.push(listener),
    close() {
      clearInterval(timer);
      if (settle) clearTimeout(settle);
      for (const watcher of watchers) watcher.close();
    },
  };
}

function secureOptions({ cert, key }: LoadedCertificate) {
  return { cert, key, minVersion: 'TLSv1.2' as const, honorCipherOrder: true };
}

function watching(dir: string, changed: () => void): FSWatcher[] {
  try {
    const watcher = watch(dir, changed);
    watcher.on('error', () => watcher.close());
    return [watcher];
  } catch {
    return [];
  }
}
