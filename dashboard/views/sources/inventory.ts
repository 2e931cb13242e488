import type { InventoryItem } from '#shared/contract/rest-answers.ts';
import type { SourceDetails } from '#shared/contract/source-details.ts';
import { SOURCE_IDENTITY } from '#shared/contract/source-identity.ts';
import { t } from '../../language/language.ts';

/** How the connection is kept from others, in a few words. */
export function securityOf({ type, details }: Pick<InventoryItem, 'type' | 'details'>): string {
  if (type === 'modbus') return t('sources.security.modbus');
  const mode = details?.securityMode;
  if (mode === undefined) return t('sources.notTold');
  const how = mode === 'None' ? t('sources.security.none') : [mode, details?.securityPolicy].filter(Boolean).join(', ');
  if (details?.identity === undefined) return how;
  const who = IDENTITIES.includes(details.identity) ? t(`sources.security.${details.identity}`) : details.identity;
  return t('sources.security.both', { how, who });
}

const IDENTITIES: readonly string[] = ['anonymous', 'userName', 'certificate'];

export function deviceOf(details: SourceDetails | undefined): string | null {
  const words = [details?.manufacturer, details?.model].filter((word) => word !== undefined && word !== '');
  return words.length === 0 ? null : words.join(' ');
}

export function firmwareOf(details: SourceDetails | undefined): string | null {
  if (details?.firmwareVersion) return t('sources.firmware', { version: details.firmwareVersion });
  return details?.softwareVersion ? t('sources.software', { version: details.softwareVersion }) : null;
}

const DETAILS: readonly string[] = ['endpoint', ...SOURCE_IDENTITY];

type Change = InventoryItem['changes'][number];

/** A thing that is new is told once, by its address; what else was first learned of it is no change. */
export function worthTelling(changes: readonly Change[]): Change[] {
  return changes.filter(({ from, what }) => from !== null || what === 'endpoint');
}

/** One change of this week as a sentence; `when` leads it. */
export function changeOf({ what, from, to }: Change, when: string): string {
  if (from === null) return t('sources.change.first', { when });
  return t('sources.change.was', { when, what: DETAILS.includes(what) ? t(`sources.detail.${what}`) : what, from, to });
}
