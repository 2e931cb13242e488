import type { CertificateInfo } from '../tls/certificate.ts';
import type { Auth } from './auth.ts';
import type { Cookies } from './gate.ts';
import type { SingleSignOn } from './oidc.ts';

/** What signing in, tokens and TLS give to the routes; a part of ApiDeps. */
export interface AuthDeps {
  readonly auth: Auth;
  readonly cookies: Cookies;
  /** Whether a Host header names this server. */
  readonly isOwnHost: (host: string | undefined) => boolean;
  /** As people write it into a browser, without a slash at the end. */
  readonly publicUrl: () => string;
  /** Where a device that does not trust the CA yet gets it. */
  readonly enrolUrl: () => string;
  /** Null without TLS. */
  readonly certificate: () => CertificateInfo | null;
  /** File of the site's own CA; null where there is none. */
  readonly caFile: string | null;
  readonly singleSignOn: SingleSignOn | null;
  /** Live screens that are open on a session here. */
  readonly screensOf: (session: string) => number;
}
