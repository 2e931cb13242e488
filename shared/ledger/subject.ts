import type { Entry } from './entry.ts';

/** The machine or meter that an entry is about; null where it is about neither, or about all. */
export function subjectOf(entry: Entry): string | null {
  if (entry.type === 'counterVerdict') return ownerOf(entry.signal);
  if ('machine' in entry && entry.machine !== undefined) return entry.machine;
  return entry.type === 'meterExchange' ? entry.meter : null;
}

/** `filler.total` -> `filler`. */
export function ownerOf(signal: string): string {
  return signal.slice(0, Math.max(0, signal.lastIndexOf('.')));
}
