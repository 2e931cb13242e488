import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { UserError } from '#shared/contract/command.ts';
import type { CertificateInfo } from './certificate.ts';

/*
 * How a tablet or wall comes to trust the site's own CA: a page with the certificate to install and its SHA-256 to compare by eye.
 * The same page over TLS and, where server.yaml names an enrolPort, over plain HTTP, which otherwise only leads to https. The CA's
 * certificate is public; what matters is the comparison, and the page says so first.
 */
export interface EnrolPlace {
  readonly certificate: () => CertificateInfo | null;
  /** File of the site's own CA; null where another signed the certificate. */
  readonly ca: string | null;
  readonly publicUrl: () => string;
}

export interface EnrolAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly fileName?: string;
}

/** Null for an address that is not about enrolling. */
export function enrolAnswer(path: string, { certificate, ca, publicUrl }: EnrolPlace): EnrolAnswer | null {
  const fingerprint = certificate()?.caFingerprint ?? null;
  if (path === '/enrol/enrol.css') return { status: 200, type: 'text/css; charset=utf-8', body: CSS };
  if (path === '/enrol/ca.crt') {
    if (ca === null || fingerprint === null)
      return { status: 404, type: 'text/plain; charset=utf-8', body: 'There is no CA of this site.\n' };
    return {
      status: 200,
      type: 'application/x-x509-ca-cert',
      body: readFileSync(ca, 'utf8'),
      fileName: 'linewatt-ca.crt',
    };
  }
  if (path === '/enrol')
    return { status: 200, type: 'text/html; charset=utf-8', body: pageOf(fingerprint, publicUrl()) };
  return null;
}

function pageOf(fingerprint: string | null, url: string): string {
  const body =
    fingerprint === null
      ? '<p>This server has no certificate authority of its own, so there is nothing to install.</p>'
      : `<ol>
<li>Ask an administrator for the SHA-256 of this site (page Admin, Screens; or <code>linewatt tls show</code>). It must read:
<p class="print">${escaped(fingerprint.replace(/((?:..:){7}..):?/g, '$1 ').trim())}</p>
If it does not, stop: somebody else may be answering.</li>
<li><a class="button" href="/enrol/ca.crt">Get the certificate</a></li>
<li>Install it as a certificate authority.
<ul>
<li>Android: Settings, Security, Encryption and credentials, Install a certificate, CA certificate.</li>
<li>iPad: Settings, Profile downloaded, Install; then General, About, Certificate trust settings, switch it on.</li>
<li>Windows: open it, Install certificate, Local machine, Trusted root certification authorities.</li>
<li>Chromium on Linux: Settings, Privacy and security, Security, Manage certificates, Authorities, Import.</li>
</ul></li>
<li>Open <a href="${escaped(url)}">${escaped(url)}</a>. There must be no warning now.</li>
</ol>`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Trust this server</title><link rel="stylesheet" href="/enrol/enrol.css"></head>
<body><main><h1>Trust this server</h1>${body}</main></body></html>
`;
}

const CSS = `:root{color-scheme:light dark}
body{margin:0;font:18px/1.5 "IBM Plex Sans","Segoe UI",Arial,sans-serif;background:#f4f5f5;color:#14191c}
main{max-width:38em;margin:0 auto;padding:24px}
h1{font-size:34px;line-height:1.15}
li{margin:0 0 16px}
.print{font:600 20px/1.6 ui-monospace,monospace;overflow-wrap:anywhere}
.button{display:inline-block;padding:16px 20px;border-radius:4px;background:#14191c;color:#f4f5f5;text-decoration:none}
@media(prefers-color-scheme:dark){body{background:#0f1316;color:#edf1f3}a{color:#edf1f3}.button{background:#edf1f3;color:#0f1316}}
`;

const escaped = (text: string): string => text.replace(/[&<>"']/g, (c) => `&#${c.codePointAt(0) ?? 0};`);

/** Plain HTTP for devices that do not trust the CA yet. Nothing but the page and the way to https. @throws UserError */
export async function openEnrolServer(host: string, port: number, place: EnrolPlace): Promise<Server> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    const answer = isRead ? enrolAnswer(path, place) : null;
    response.setHeader('x-content-type-options', 'nosniff');
    response.setHeader('content-security-policy', "default-src 'none'; style-src 'self'; frame-ancestors 'none'");
    if (!answer) {
      response.writeHead(308, { location: `${place.publicUrl()}${path.startsWith('//') ? '/' : path}` }).end();
      return;
    }
    response
      .writeHead(answer.status, { 'content-type': answer.type })
      .end(request.method === 'HEAD' ? '' : answer.body);
  });
  server.maxHeadersCount = 50;
  server.requestTimeout = 10_000;
  await new Promise<void>((done, fail) => {
    server.once('error', (error) =>
      fail(new UserError(`the enrolPort ${port} cannot be listened on: ${error.message}`)),
    );
    server.listen(port, host, done);
  });
  return server;
}
