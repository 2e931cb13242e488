import type { Span } from '../time/instant.ts';
import type { Entry } from './entry.ts';
import type { NewEntry } from './schema.ts';

/*
 * Whether somebody else said something about the same thing since a person looked (optimistic concurrency).
 *
 * - Two entries are about the same thing where the later one would hide or undo the earlier: the same stop, the order of one
 *   machine, the same register, call, shift or target. Scrap and notes add up and never disagree.
 * - Taking back counts as saying something about what is taken back.
 * - What the same device entered is no news to it.
 */
export interface Question {
  readonly entry: NewEntry;
  /** The last seq that the person saw. */
  readonly basedOn: number;
  readonly device: string | undefined;
  /** The stop that the entry lies in, where it is about one and it is known. */
  readonly stop: Span | null;
}

/** The entries after `basedOn` that the person should have seen, in order. */
export function changedSince(entries: readonly Entry[], { entry, basedOn, device, stop }: Question): Entry[] {
  const byId = new Map(entries.map((e) => [e.id, e]));
  const subject = resolve(entry, byId);
  if (!subject) return [];
  return entries.slice(Math.max(0, basedOn)).filter((e) => {
    if (device !== undefined && e.device === device) return false;
    const other = resolve(e, byId);
    return other !== null && sameThing(subject, other, stop);
  });
}

type Content = NewEntry | Entry;

/** What a void is about in the end: the entry at the end of the chain of what takes what back. */
function resolve(entry: Content, byId: ReadonlyMap<string, Entry>): Content | null {
  let about: Content | undefined = entry;
  for (let step = 0; about?.type === 'void' && step < 100; step++) about = byId.get(about.entry);
  return about ?? null;
}

function sameThing(a: Content, b: Content, stop: Span | null): boolean {
  if (isAboutStop(a) && isAboutStop(b)) return a.machine === b.machine && overlaps(stop ?? spanOf(a), spanOf(b));
  if (isAboutOrder(a) && isAboutOrder(b)) return a.machine === b.machine;
  if (a.type === 'scrap' || a.type === 'note') return 'id' in b && 'id' in a && a.id === b.id;
  if (a.type === 'meterExchange') return b.type === a.type && a.meter === b.meter;
  if (a.type === 'counterVerdict') return b.type === a.type && a.signal === b.signal && a.t === b.t;
  if (a.type === 'calendarException') return b.type === a.type && a.line === b.line && a.date === b.date;
  if (a.type === 'target') return b.type === a.type && a.machine === b.machine;
  if (a.type === 'periodLock') return b.type === a.type && a.line === b.line;
  if (isAboutCall(a) && isAboutCall(b)) return callOf(a) === callOf(b);
  return false;
}

type OfType<T extends Content['type']> = Extract<Content, { type: T }>;

function isAboutStop(e: Content): e is OfType<'stopReason' | 'merge'> {
  return e.type === 'stopReason' || e.type === 'merge';
}

function isAboutOrder(e: Content): e is OfType<'product' | 'orderStart' | 'orderFinish'> {
  return e.type === 'product' || e.type === 'orderStart' || e.type === 'orderFinish';
}

function isAboutCall(e: Content): e is OfType<'andonAcknowledge' | 'andonClose'> {
  return e.type === 'andonAcknowledge' || e.type === 'andonClose';
}

function callOf(e: OfType<'andonAcknowledge' | 'andonClose'>): string {
  return `${e.type} ${e.call}`;
}

/** Both bounds count: an instant is a span without length. */
function spanOf(e: OfType<'stopReason' | 'merge'>): Span {
  return 'at' in e ? { start: e.at, end: e.at } : { start: e.from, end: e.to };
}

function overlaps(a: Span, b: Span): boolean {
  const instant = b.start === b.end || a.start === a.end;
  return instant ? a.start <= b.end && b.start <= a.end : a.start < b.end && b.start < a.end;
}
