import type { AuditRecordAnswer } from '#shared/contract/account-answers.ts';

/** Kinds of records in words, in the order in which one looks for them. */
export const KIND_WORDS: Readonly<Record<string, string>> = {
  signIn: 'Signed in',
  signInRefused: 'Not let in',
  locked: 'Locked out',
  signOut: 'Signed out',
  sessionEnded: 'Ended a session',
  refused: 'Refused',
  accountAdded: 'Added an account',
  accountChanged: 'Changed an account',
  tokenAdded: 'Made a token',
  tokenEnrolled: 'Enrolled a screen',
  tokenRevoked: 'Took a token back',
  entry: 'Entered',
  export: 'Took a report',
  plantVersion: 'Plant file in force',
  certificate: 'New certificate',
  start: 'Server started',
  backup: 'Backup',
  restore: 'Restored',
};

/** `role operator, scopes line:filling`: what a record holds, without what only machines read. */
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
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.join(', ');
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  if (/^\d{4}-\d\d-\d\dT/.test(text)) return text.slice(0, 16).replace('T', ' ');
  return key === 'hash' ? text.slice(0, 12) : text;
}
