import type { SourceDetails } from '#shared/contract/source-details.ts';
import { isLocal } from '#shared/flows/flow.ts';
import { sourceFlow } from '#shared/flows/plan.ts';
import type { SourceConfig } from '#shared/plant/model.ts';
import { DAY, type Instant } from '#shared/time/instant.ts';

/*
 * How exposed one connection is, so that whoever answers for the plant network mends the worst first.
 *
 * - Points are for what an attacker on that network could use, from what is configured and what the other side told. They
 *   rank; they measure nothing else.
 * - What stays on this computer counts a quarter: the demo, a gateway on the same box.
 * - Each reason carries what mends it, as a command where there is one.
 */
export interface Exposure {
  readonly points: number;
  /** Worst first. */
  readonly reasons: readonly ExposureReason[];
}

export interface ExposureReason {
  readonly points: number;
  readonly what: string;
  readonly mend: string;
}

export const EXPIRY_WARNING_MS = 30 * DAY;
const SAME_COMPUTER = 0.25;
const OLD_POLICIES = new Set(['Basic256', 'Basic128Rsa15']);

export function exposureOf(source: SourceConfig, details: SourceDetails | undefined, now: Instant): Exposure {
  const flow = sourceFlow('edge', source);
  const reasons: ExposureReason[] = [];
  const add = (points: number, what: string, mend: string): void => {
    reasons.push({ points, what, mend });
  };
  const firewall = 'linewatt flows --format nftables';
  if (source.type === 'modbus') {
    add(30, 'Modbus has neither encryption nor sign-in: whoever reaches it can read and write it', firewall);
  } else if (flow.encryption === 'none') {
    add(
      40,
      'not encrypted: figures can be read and forged on the way',
      source.type === 'opcua'
        ? `sources.${source.id}.securityMode: SignAndEncrypt, then linewatt trust list`
        : `sources.${source.id}.url: mqtts://...`,
    );
  } else if (OLD_POLICIES.has(details?.securityPolicy ?? '')) {
    add(25, `${details?.securityPolicy} rests on SHA-1`, `sources.${source.id}.securityPolicy: Basic256Sha256`);
  }
  if (source.type !== 'modbus' && (flow.account === 'anonymous' || flow.account === 'none')) {
    add(20, 'anybody may sign in', `sources.${source.id}.userName and password: "\${...}"`);
  }
  const expires = details?.certificateExpiresAt;
  if (expires !== undefined && expires <= now) {
    add(40, 'its certificate has expired', 'renew it there, then linewatt trust list');
  } else if (expires !== undefined && expires - now < EXPIRY_WARNING_MS) {
    add(20, `its certificate expires in ${days(expires - now)}`, 'renew it there, then linewatt trust list');
  }
  const own = details?.ownCertificateExpiresAt;
  if (own !== undefined && own - now < EXPIRY_WARNING_MS) {
    add(
      20,
      own <= now ? 'our certificate has expired' : `our certificate expires in ${days(own - now)}`,
      'remove it, restart the edge, and trust the new one there: linewatt trust own',
    );
  }
  if (details?.firmwareVersion === undefined && details?.softwareVersion === undefined) {
    add(5, 'its firmware is unknown', 'ask its owner, and note it in the maintenance plan');
  }
  if (source.owner === null) add(5, 'nobody answers for it', `sources.${source.id}.owner`);
  if (source.zone === null) add(5, 'its network zone is not written down', `sources.${source.id}.zone`);
  reasons.sort((a, b) => b.points - a.points);
  const sum = reasons.reduce((points, reason) => points + reason.points, 0);
  return { points: Math.round(isLocal(flow) ? sum * SAME_COMPUTER : sum), reasons };
}

function days(ms: number): string {
  const whole = Math.ceil(ms / DAY);
  return whole === 1 ? 'a day' : `${whole} days`;
}
