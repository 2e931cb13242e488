import type { SourceDetails } from '#shared/contract/source-details.ts';
import { OBSOLETE_POLICIES, type OpcuaOptions } from './options.ts';
import type { SecuredClient } from './security.ts';
import type { Terms } from './subscription.ts';

/** What is known of one connection, for the inventory. */
export interface LinkFacts {
  readonly options: OpcuaOptions;
  readonly secured: Pick<SecuredClient, 'own' | 'certificate'>;
  readonly terms: Terms;
  readonly granted: { readonly queueSize: number; readonly samplingIntervalMs: number } | null;
  readonly isLoginInClear: boolean;
  readonly nameplate: Partial<SourceDetails>;
}

export function describeLink(facts: LinkFacts): SourceDetails {
  const { options, secured, terms, granted, nameplate } = facts;
  const { certificate, own } = secured;
  return {
    securityMode: options.securityMode,
    securityPolicy: options.securityPolicy,
    identity: options.identity.kind,
    ...(certificate === null
      ? {}
      : {
          certificateThumbprint: certificate.thumbprint,
          certificateSubject: certificate.subject,
          certificateExpiresAt: certificate.notAfter,
        }),
    ...(own.certificate === null ? {} : { ownCertificateExpiresAt: own.certificate.notAfter }),
    ...nameplate,
    publishingIntervalMs: terms.publishingIntervalMs,
    ...(granted === null
      ? {}
      : {
          samplingIntervalMs: granted.samplingIntervalMs,
          queueSize: granted.queueSize,
          coveredOutageSeconds: coveredSeconds(options, terms, granted),
        }),
    weaknesses: weaknessesOf(facts),
  };
}

/** Whichever ends first: the queue of the fastest signal, or the server's patience with a subscription that nobody listens to. */
function coveredSeconds(options: OpcuaOptions, terms: Terms, granted: NonNullable<LinkFacts['granted']>): number {
  if (granted.queueSize <= 1) return 0;
  // 0 means "on each change"; then our wish tells how often changes may come.
  const samplingMs = granted.samplingIntervalMs || options.samplingIntervalMs;
  return Math.floor(Math.min(granted.queueSize * samplingMs, terms.lifetimeMs) / 1000);
}

function weaknessesOf({ options, isLoginInClear }: LinkFacts): string[] {
  const weaknesses: string[] = [];
  const { securityMode, securityPolicy, identity } = options;
  if (securityMode === 'None') {
    weaknesses.push(
      'not encrypted and not signed: anybody on this network can read and forge values; set securityMode: SignAndEncrypt',
    );
  }
  if (securityMode === 'Sign') {
    weaknesses.push(
      'signed but not encrypted: anybody on this network can read values; set securityMode: SignAndEncrypt',
    );
  }
  if (OBSOLETE_POLICIES.includes(securityPolicy)) {
    weaknesses.push(
      `${securityPolicy} rests on SHA-1, which is broken; set securityPolicy: Basic256Sha256 if the server has it`,
    );
  }
  if (identity.kind === 'anonymous') {
    weaknesses.push('anonymous: the server cannot tell us from anybody else; give us a user that may only read');
  }
  if (isLoginInClear)
    weaknesses.push('our password crosses the network in clear text; set securityMode: SignAndEncrypt');
  return weaknesses;
}
