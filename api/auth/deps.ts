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
  /** Null without TLS. */
  readonly certificate: () => CertificateInfo | null;
  readonly singleSignOn: SingleSignOn | null;
  /** Live screens that are open on a session here. */
  readonly screensOf: (session: string) => number;
}
