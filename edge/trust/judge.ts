import { DAY, type Instant, toIso } from '#shared/time/instant.ts';
import type { Certificate } from './certificate.ts';
import type { TrustStore } from './store.ts';

/*
 * May we talk to a server that shows this certificate? Pure but for the store it asks.
 *
 * - Refusals come in the order in which a person mends them: unknown or changed, not yet valid, expired, made for another host.
 * - A certificate that a person trusted by its thumbprint may have been made for another name (PLCs know their address rarely):
 *   that is a doubt. One trusted only because of its issuer must name the host: any other of that issuer would do otherwise.
 */

/** A certificate's end is told so long before. */
export const EXPIRY_WARNING_MS = 30 * DAY;

export type Verdict =
  | { readonly accepted: true; readonly doubts: readonly { readonly code: string; readonly message: string }[] }
  | { readonly accepted: false; readonly message: string };

export interface Question {
  readonly chain: readonly Certificate[];
  /** As dialled. */
  readonly address: string;
  readonly host: string;
  readonly now: Instant;
}

export function judge(store: TrustStore, question: Question): Verdict {
  const { chain, address, host, now } = question;
  const [leaf] = chain;
  if (!leaf) return refuse('the server shows no certificate that can be read; renew it on the server');
  const who = `"${leaf.subject}"`;
  const standing = store.standing(chain);
  if (standing === 'unknown') {
    const before = store.lastAccepted(address);
    const command = store.commandFor(leaf);
    if (before !== null && before !== leaf.thumbprint) {
      return refuse(
        `the server's certificate has changed: it was ${before}, now it is ${leaf.thumbprint} (${who}); if it was renewed on purpose, run: ${command}`,
      );
    }
    return refuse(
      `the server's certificate ${who} is not trusted yet; compare its thumbprint with the one shown on the server, then run: ${command}`,
    );
  }
  if (now < leaf.notBefore) {
    return refuse(
      `the certificate ${who} is not valid before ${toIso(leaf.notBefore)}; check the clocks of the server and of this machine`,
    );
  }
  if (now >= leaf.notAfter) {
    return refuse(
      `the certificate ${who} expired on ${toIso(leaf.notAfter)}; renew it on the server and trust the new one`,
    );
  }
  const fits = leaf.hosts.includes(host.toLowerCase());
  if (!fits && standing === 'issued') {
    return refuse(
      `the certificate ${who} was made for ${listed(leaf.hosts)}, not for ${host}; dial a name that it has, or trust it by itself: ${store.commandFor(leaf)}`,
    );
  }
  const doubts: { code: string; message: string }[] = [];
  if (!fits) {
    const message = `the certificate ${who} was made for ${listed(leaf.hosts)}, not for ${host}; it is trusted by its thumbprint`;
    doubts.push({ code: 'certificateHost', message });
  }
  const expiry = expiryDoubt(leaf, now, 'renew it on the server, then trust the new one');
  if (expiry !== null) doubts.push({ code: 'certificateExpires', message: expiry });
  return { accepted: true, doubts };
}

/** A sentence from 30 days before the end on; null before. */
export function expiryDoubt(certificate: Certificate, now: Instant, what: string): string | null {
  if (certificate.notAfter - now > EXPIRY_WARNING_MS) return null;
  const days = Math.floor((certificate.notAfter - now) / DAY);
  const when =
    days < 0 ? 'has expired' : days === 0 ? 'expires today' : `expires in ${days} day${days === 1 ? '' : 's'}`;
  return `the certificate "${certificate.subject}" ${when} (${toIso(certificate.notAfter)}); ${what}`;
}

function listed(hosts: readonly string[]): string {
  return hosts.length === 0 ? 'no host' : hosts.join(', ');
}

function refuse(message: string): Verdict {
  return { accepted: false, message };
}
