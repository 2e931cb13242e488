import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type Configuration,
  calculatePKCECodeChallenge,
  discovery,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client';
import type { SingleSignOnSettings } from '../settings/server-file.ts';
import type { Role } from './access.ts';

/*
 * Signing in through the company's identity provider: OpenID Connect, authorization code with PKCE, state and nonce.
 *
 * - The role comes from a claim, by the table in server.yaml, at every sign-in; nobody gets one who is not in the table, unless
 *   it says `otherwise`.
 * - The provider is asked for its addresses at the first sign-in, so that a provider that is away keeps nothing from starting.
 * - Plain HTTP is spoken only to a provider on the loopback address.
 */
export interface Started {
  readonly url: URL;
  /** What the browser keeps until it comes back, in a cookie of its own. */
  readonly kept: string;
}

export interface Identity {
  readonly subject: string;
  readonly name: string;
  readonly role: Role;
  readonly scopes: 'all' | readonly string[];
}

export interface SingleSignOn {
  readonly name: string;
  start(): Promise<Started>;
  /** `asked`: the whole address that the provider sent the browser back to. @throws what the provider or the check says */
  finish(asked: URL, kept: string): Promise<Identity | { readonly refused: string }>;
}

export const CALLBACK = '/api/v1/auth/sso/callback';

export function openSingleSignOn(settings: SingleSignOnSettings, publicUrl: string): SingleSignOn {
  const issuer = new URL(settings.issuer);
  const redirect = `${publicUrl}${CALLBACK}`;
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(issuer.hostname);
  let found: Promise<Configuration> | null = null;
  const configuration = (): Promise<Configuration> => {
    found ??= discovery(
      issuer,
      settings.clientId,
      settings.clientSecret,
      undefined,
      isLocal ? { execute: [allowInsecureRequests] } : {},
    ).catch((error) => {
      found = null;
      throw error;
    });
    return found;
  };
  return {
    name: settings.name,
    async start() {
      const [verifier, state, nonce] = [randomPKCECodeVerifier(), randomState(), randomNonce()];
      const url = buildAuthorizationUrl(await configuration(), {
        redirect_uri: redirect,
        scope: settings.scopes,
        code_challenge: await calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
        nonce,
      });
      return { url, kept: [verifier, state, nonce].join('.') };
    },
    async finish(asked, kept) {
      const [pkceCodeVerifier = '', expectedState = '', expectedNonce = ''] = kept.split('.');
      const current = new URL(redirect);
      current.search = asked.search;
      const tokens = await authorizationCodeGrant(await configuration(), current, {
        pkceCodeVerifier,
        expectedState,
        expectedNonce,
        idTokenExpected: true,
      });
      const claims: Readonly<Record<string, unknown>> = { ...tokens.claims() };
      return identityOf(claims, settings);
    },
  };
}

/** What the claims mean here. Exported for its test. */
export function identityOf(
  claims: Readonly<Record<string, unknown>>,
  { roleClaim, roles, otherwise, nameClaim, scopeClaim, name: provider }: SingleSignOnSettings,
): Identity | { readonly refused: string } {
  const { sub, iss } = claims;
  if (typeof sub !== 'string' || typeof iss !== 'string') return { refused: `${provider} did not say who that is` };
  const groups = [claims[roleClaim]].flat().filter((group) => typeof group === 'string');
  const role = Object.entries(roles).find(([group]) => groups.includes(group))?.[1] ?? otherwise;
  if (!role) return { refused: `${provider} knows you, but gives you no role here; ask for a group that has one` };
  const named = claims[nameClaim] ?? claims['email'] ?? sub;
  const scopes = scopeClaim === undefined ? 'all' : [claims[scopeClaim]].flat().filter((s) => typeof s === 'string');
  return { subject: `${iss} ${sub}`, name: String(named).slice(0, 64), role, scopes };
}
