import type { AuditRecordAnswer } from '#shared/contract/account-answers.ts';
import { t } from '../../language/language.ts';

/** Kinds of records, in the order in which one looks for them. */
export const KINDS = [
  'signIn',
  'signInRefused',
  'locked',
  'signOut',
  'sessionEnded',
  'refused',
  'accountAdded',
  'accountChanged',
  'tokenAdded',
  'tokenEnrolled',
  'tokenRevoked',
  'entry',
  'export',
  'plantVersion',
  'certificate',
  'start',
  'backup',
  'restore',
] as const;

/** A kind of record in words; one that this page does not know as the record has it. */
export function kindWord(kind: string): string {
  return KINDS.some((one) => one === kind) ? t(`admin.did.${kind}`) : kind;
}

/**
 * `role operator, scopes line:filling`: what a record holds, without what only machines read. Its keys are those of the record, which
 * is kept for good and read by auditors: they stand in English.
 */
export function detailsOf({ details }: Pick<AuditRecordAnswer, 'details'>): string {
  return Object.entries(details)
    .filter(
      ([key, value]) => value !== null && value !== undefined && key !== 'digest' && !(key === 'before' && value === 0),
    )
    .map(([key, value]) => `${wordsOf(key)} ${shortened(key, value)}`)
    .join(', ');
}

function wordsOf(key: string): string {
  if (key === 'before') return 'the same before that:';
  return key.replace(/([A-Z])/g, ' $1').toLowerCase();
}

function shortened(key: string, value: unknown): string {
  if (typeof value === 'boolean') return t(value ? 'admin.record.yes' : 'admin.record.no');
  if (Array.isArray(value)) return value.join(', ');
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  if (/^\d{4}-\d\d-\d\dT/.test(text)) return text.slice(0, 16).replace('T', ' ');
  return key === 'hash' ? text.slice(0, 12) : text;
}
