import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Command, type CommandIo, UserError } from '#shared/contract/command.ts';
import { writePrivate } from '../auth/secrets.ts';
import { loadCertificate } from '../tls/certificate.ts';
import { type TlsFiles, tlsFiles } from '../tls/files.ts';
import { readWords } from './options.ts';

const usage = `linewatt tls: the certificate of this server

Usage: linewatt tls init --name NAME [--name NAME ...] [--site TEXT]   makes a CA of this site and a certificate
       linewatt tls use --certificate FILE --key FILE                  takes a certificate of the company's own
       linewatt tls renew [--name NAME ...]                            makes the next one, with the same names or new ones
       linewatt tls show

  --name NAME    host name or address that browsers call the server by; localhost and 127.0.0.1 are always in
  --site TEXT    name of the site, as devices show the CA (default: the first name)
  --data DIR     data directory of the api (default ./data)

A server that runs takes a new certificate without a restart; the first one takes effect at its next start. A server with the
CA's key beside it renews by itself 30 days before the end.`;

export const tlsCommand: Command = {
  name: 'tls',
  summary: 'the certificate of this server: init, use, renew, show',
  usage,
  async run(args, io) {
    const { values, positionals } = readWords(
      args,
      {
        data: { type: 'string', default: './data' },
        name: { type: 'string', multiple: true },
        site: { type: 'string' },
        certificate: { type: 'string' },
        key: { type: 'string' },
      },
      'tls',
    );
    const [verb, ...more] = positionals;
    const files = tlsFiles(resolve(values.data));
    if (more.length > 0) throw wrongUsage();
    switch (verb) {
      case 'init': {
        const names = withLoopback(values.name ?? []);
        const [first] = values.name ?? [];
        if (first === undefined) throw new UserError('give at least one --name that browsers call this server by', 2);
        const { makeServerCertificate, makeSiteCa } = await import('../tls/site-ca.ts');
        await makeSiteCa(files, values.site ?? first, Date.now());
        await makeServerCertificate(files, names, Date.now());
        io.out(`made a CA of this site and a certificate in ${dirname(files.ca)}\n`);
        return show(files, io);
      }
      case 'renew': {
        const before = existsSync(files.certificate) ? (await held(files))?.names : undefined;
        const names = values.name ? withLoopback(values.name) : before;
        if (!names)
          throw new UserError(`there is no certificate in ${dirname(files.ca)} to renew; begin with tls init`);
        const { makeServerCertificate } = await import('../tls/site-ca.ts');
        await makeServerCertificate(files, names, Date.now());
        return show(files, io);
      }
      case 'use': {
        const { certificate, key } = values;
        if (!certificate || !key) throw new UserError('give --certificate FILE and --key FILE', 2);
        loadCertificate({ certificate, key, ca: null }, Date.now());
        mkdirSync(dirname(files.certificate), { recursive: true, mode: 0o700 });
        writePrivate(files.key, readFileSync(key, 'utf8'));
        copyFileSync(certificate, files.certificate);
        return show(files, io);
      }
      case 'show':
        return show(files, io);
      default:
        throw wrongUsage();
    }
  },
};

/** Also of a certificate that has ended: its names are those of the next one. */
async function held({ certificate }: TlsFiles): Promise<{ readonly names: readonly string[] } | null> {
  const { X509Certificate } = await import('node:crypto');
  const { subjectAltName } = new X509Certificate(readFileSync(certificate));
  return subjectAltName ? { names: subjectAltName.split(', ').map((e) => e.replace(/^(DNS|IP Address):/, '')) } : null;
}

function show({ certificate, key, ca }: TlsFiles, io: CommandIo): number {
  if (!existsSync(certificate)) {
    io.out(`there is no certificate in ${dirname(certificate)}; linewatt tls init --name NAME makes one\n`);
    return 1;
  }
  const { names, notAfter, caFingerprint } = loadCertificate({ certificate, key, ca }, Date.now());
  io.out(`certificate for ${names.join(', ')}, good until ${new Date(notAfter).toISOString().slice(0, 10)}\n`);
  if (caFingerprint !== null && existsSync(ca)) {
    io.out(`CA for tablets and walls: ${ca}\nits SHA-256, to compare on the device:\n  ${caFingerprint}\n`);
  }
  return 0;
}

function withLoopback(names: readonly string[]): string[] {
  return [...new Set([...names, 'localhost', '127.0.0.1'])];
}

const wrongUsage = (): UserError => new UserError('say linewatt tls init, use, renew or show; --help tells more', 2);
