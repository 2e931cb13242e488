import type { InventoryItem } from '#shared/contract/rest-answers.ts';
import type { SourceDetails } from '#shared/contract/source-details.ts';

/** How the connection is kept from others, in a few words. */
export function securityOf({ type, details }: Pick<InventoryItem, 'type' | 'details'>): string {
  if (type === 'modbus') return 'none in Modbus';
  const mode = details?.securityMode;
  if (mode === undefined) return 'not told';
  const how = mode === 'None' ? 'not encrypted' : [mode, details?.securityPolicy].filter(Boolean).join(', ');
  return details?.identity === undefined ? how : `${how}, ${WHO[details.identity] ?? details.identity}`;
}

const WHO: Readonly<Record<string, string>> = {
  anonymous: 'anonymous',
  userName: 'by user name',
  certificate: 'by certificate',
};

export function deviceOf(details: SourceDetails | undefined): string | null {
  const words = [details?.manufacturer, details?.model].filter((word) => word !== undefined && word !== '');
  return words.length === 0 ? null : words.join(' ');
}

export function firmwareOf(details: SourceDetails | undefined): string | null {
  if (details?.firmwareVersion) return `firmware ${details.firmwareVersion}`;
  return details?.softwareVersion ? `software ${details.softwareVersion}` : null;
}

const NAMES: Readonly<Record<string, string>> = {
  endpoint: 'address',
  securityMode: 'security mode',
  securityPolicy: 'security policy',
  identity: 'sign-in',
  certificateThumbprint: 'certificate',
  manufacturer: 'manufacturer',
  model: 'model',
  serialNumber: 'serial number',
  firmwareVersion: 'firmware',
  softwareVersion: 'software',
};

type Change = InventoryItem['changes'][number];

/** A thing that is new is told once, by its address; what else was first learned of it is no change. */
export function worthTelling(changes: readonly Change[]): Change[] {
  return changes.filter(({ from, what }) => from !== null || what === 'endpoint');
}

/** One change of this week as a sentence; `when` leads it. */
export function changeOf({ what, from, to }: Change, when: string): string {
  return from === null ? `${when}: first seen` : `${when}: ${NAMES[what] ?? what} was ${from}, is ${to}`;
}
