import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Command, type CommandIo, UserError } from '#shared/contract/command.ts';
import { toIso } from '#shared/time/instant.ts';
import type { Certificate } from '../trust/certificate.ts';
import type { TrustStore } from '../trust/store.ts';
import { readWords } from './options.ts';

const usage = `Usage: linewatt trust list|add|remove|own [options]

Whom this edge trusts. A server that signs or encrypts shows a certificate; one that nobody has trusted yet is refused, and
kept here until somebody compares its thumbprint with the one shown on the server.

  linewatt trust list                 trusted certificates, and those that were refused
  linewatt trust add THUMBPRINT       trust one that was refused; the first 8 characters will do
  linewatt trust add FILE             trust the certificate in this file (PEM or DER). A certificate authority: everything
                                      that it signed for the host that is dialled
  linewatt trust remove THUMBPRINT    trust it no more, from the next connection on
  linewatt trust own                  our own certificate: the file to trust on the server

  --data DIR        the edge's data directory; default ./data

What changes here counts at the next attempt to connect, within 30 seconds, without a restart. There is no option that
trusts everybody. Revocation lists are not read: remove a certificate that must not count any more.`;

export const trustCommand: Command = {
  name: 'trust',
  summary: 'list, add and remove certificates of servers that this edge may talk to',
  usage,
  run: (args, io) => trust(args, io, Date.now()),
};

const SHORTEST_THUMBPRINT = 8;

/** As the command, at the instant `now`. */
export async function trust(args: readonly string[], io: CommandIo, now: number): Promise<number> {
  const { what, name, dataDir } = readArguments(args);
  const { openTrustStore } = await import('../trust/store.ts');
  const store = openTrustStore(dataDir);
  switch (what) {
    case 'list':
      io.out(listed(store, now));
      return 0;
    case 'add':
      return add(store, await certificateNamed(store.rejected(), name), io);
    case 'remove': {
      const found = pick(store.trusted(), name, 'trusted');
      store.remove(found.thumbprint);
      io.out(`${found.thumbprint} (${found.subject}) is not trusted any more, from the next connection on\n`);
      return 0;
    }
    default:
      return own(store.folder, io, now);
  }
}

function add(store: TrustStore, certificate: Certificate, io: CommandIo): number {
  store.trust(certificate);
  const what = certificate.isAuthority ? ', an authority: everything that it signed counts' : '';
  io.out(`${certificate.thumbprint} (${certificate.subject}) is trusted${what}\n`);
  return 0;
}

async function certificateNamed(rejected: readonly Certificate[], name: string): Promise<Certificate> {
  if (!existsSync(name)) return pick(rejected, name, 'refused');
  const { readCertificate } = await import('../trust/certificate.ts');
  const certificate = readCertificate(readFileSync(name));
  if (!certificate) throw new UserError(`${name} holds no certificate; give a PEM or DER file`);
  return certificate;
}

function pick(from: readonly Certificate[], name: string, kind: 'trusted' | 'refused'): Certificate {
  const wanted = name.toLowerCase().replace(/[^0-9a-f]/g, '');
  if (wanted.length < SHORTEST_THUMBPRINT) {
    throw new UserError(
      `"${name}" is no thumbprint (at least ${SHORTEST_THUMBPRINT} of its characters) and no file`,
      2,
    );
  }
  const found = from.filter(({ thumbprint }) => thumbprint.startsWith(wanted));
  const [only, second] = found;
  if (!only) throw new UserError(`no certificate ${name} was ${kind} here; linewatt trust list shows what there is`);
  if (second) throw new UserError(`${name} fits ${found.length} certificates; give more of the thumbprint`);
  return only;
}

async function own(folder: string, io: CommandIo, now: number): Promise<number> {
  const { ownCertificate } = await import('../sources/opcua/own-certificate.ts');
  const { certificate, certificateFile } = await ownCertificate(folder);
  io.out(`${certificateFile}\n${certificate ? line(certificate, now) : ''}`);
  return 0;
}

function listed(store: TrustStore, now: number): string {
  const part = (title: string, none: string, certificates: readonly Certificate[]) =>
    `${title}\n${certificates.length === 0 ? `  ${none}\n` : certificates.map((c) => line(c, now)).join('')}`;
  const rejected = store.rejected();
  const first = rejected[0];
  return [
    part('Trusted', 'nobody', store.trusted()),
    part('Refused: nobody has trusted them yet', 'none', rejected),
    first ? `To trust one: linewatt trust add ${first.thumbprint}\n` : '',
  ].join('');
}

function line({ thumbprint, subject, issuer, hosts, notAfter, isAuthority }: Certificate, now: number): string {
  const end = `${now >= notAfter ? 'EXPIRED' : 'until'} ${toIso(notAfter).slice(0, 10)}`;
  const signed = issuer === subject ? 'self-signed' : `signed by ${issuer}`;
  const whose = hosts.length === 0 ? 'for no host' : `for ${hosts.join(', ')}`;
  return `  ${thumbprint}  ${end}  ${subject} (${isAuthority ? 'authority, ' : ''}${signed}, ${whose})\n`;
}

function readArguments(args: readonly string[]): { what: string; name: string; dataDir: string } {
  const { values, positionals } = readWords(args, { data: { type: 'string' } });
  const [what = '', name = '', ...more] = positionals;
  if (!['list', 'add', 'remove', 'own'].includes(what)) {
    throw new UserError('say what to do: linewatt trust list, add, remove or own; --help tells more', 2);
  }
  const takesName = what === 'add' || what === 'remove';
  if (more.length > 0 || takesName !== (name !== '')) {
    throw new UserError(
      takesName ? `name one certificate: linewatt trust ${what} THUMBPRINT` : `linewatt trust ${what} takes no name`,
      2,
    );
  }
  return { what, name, dataDir: resolve(values.data ?? 'data') };
}
