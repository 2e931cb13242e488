import { toIso } from '../time/instant.ts';
import { clockLabel, localDate } from '../time/zone.ts';

/*
 * How two values of the plant model differ, in the words of the plant file: `shifts.early.end 14:00 -> 13:30`.
 *
 * - What has an id, a name, a date or a `validFrom` is compared with its namesake, wherever it stands in its list.
 * - What may be a secret, or tell the way to one, is named and never shown.
 */
export function valueChanges(key: string, before: unknown, after: unknown, zone: string): string[] {
  const found: string[] = [];
  compare(within({ path: '', isHidden: false }, key, false), before, after, zone, found);
  return found.map((text) => text.trim());
}

interface Place {
  readonly path: string;
  readonly isHidden: boolean;
}

/** Parts of the model that the file does not spell out. */
const UNSPOKEN = new Set(['binding', 'address', 'options', 'value']);
const HIDDEN = /password|secret|token|passphrase|url/i;
const NAMES = ['id', 'name', 'date', 'machine', 'meter', 'start'] as const;
/** Longer lists (prices per interval) are not compared item by item. */
const LONG_LIST = 200;

function compare(place: Place, before: unknown, after: unknown, zone: string, found: string[]): void {
  const a = plain(before);
  const b = plain(after);
  if (JSON.stringify(a) === JSON.stringify(b)) return;
  if (isNothing(a) || isNothing(b)) {
    const value = shown(place, isNothing(a) ? b : a, zone);
    found.push(`${place.path} ${value === '' ? '' : `${value} `}${isNothing(a) ? 'added' : 'removed'}`);
    return;
  }
  if (Array.isArray(a) && Array.isArray(b) && Math.max(a.length, b.length) > LONG_LIST) {
    const many = a.length === b.length ? `${a.length}, changed` : `${a.length} -> ${b.length}`;
    found.push(`${place.path}: ${many}`);
    return;
  }
  const [left, right] = [named(a, zone), named(b, zone)];
  if (!left || !right) {
    const [was, is] = [shown(place, a, zone), shown(place, b, zone)];
    found.push(was === '' || is === '' ? `${place.path} changed` : `${place.path} ${was} -> ${is}`);
    return;
  }
  const soFar = found.length;
  for (const key of new Set([...left.keys(), ...right.keys()])) {
    compare(within(place, key, Array.isArray(a)), left.get(key), right.get(key), zone, found);
  }
  if (found.length === soFar) found.push(`${place.path}: order changed`);
}

function within({ path, isHidden }: Place, key: string, isList: boolean): Place {
  if (key === '' || (!isList && UNSPOKEN.has(key))) return { path, isHidden };
  return { path: path === '' ? key : `${path}.${key}`, isHidden: isHidden || (!isList && HIDDEN.test(key)) };
}

/** Maps as mappings, so that both compare alike. */
function plain(value: unknown): unknown {
  if (value instanceof Map) return plain(Object.fromEntries(value));
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
  }
  // JSON has none: the version that holds for the time before every other.
  return value === Number.NEGATIVE_INFINITY ? 'always' : value;
}

function isNothing(value: unknown): boolean {
  return value === null || value === undefined || (Array.isArray(value) && value.length === 0);
}

/** The parts of a mapping, or of a list whose items have names; null for anything else. */
function named(value: unknown, zone: string): Map<string, unknown> | null {
  if (typeof value !== 'object' || value === null) return null;
  if (!Array.isArray(value)) return new Map(Object.entries(value));
  const parts = new Map<string, unknown>();
  for (const item of value) {
    const name = nameOf(item, zone);
    if (name === null) return null;
    let key = name;
    for (let n = 2; parts.has(key); n++) key = `${name}#${n}`;
    parts.set(key, item);
  }
  return parts;
}

function nameOf(item: unknown, zone: string): string | null {
  if (typeof item !== 'object' || item === null) return null;
  const fields = item as Readonly<Record<string, unknown>>;
  if ('value' in fields && 'validFrom' in fields)
    return fields['validFrom'] === 'always' ? '' : sinceText(fields, zone);
  for (const key of NAMES) if (typeof fields[key] === 'string') return fields[key];
  if (typeof fields['validFrom'] === 'number') return sinceText(fields, zone);
  // An exception of a calendar that adds a shift.
  return null;
}

function sinceText({ validFrom }: Readonly<Record<string, unknown>>, zone: string): string {
  const t = Number(validFrom);
  const clock = clockLabel(zone, t);
  return `[from ${localDate(zone, t)}${clock === '00:00' ? '' : ` ${clock}`}]`;
}

/** A value in a few characters; '' where it has too many parts to be shown, or must not be. */
function shown({ isHidden }: Place, value: unknown, zone: string): string {
  if (isHidden) return '';
  if (isNothing(value)) return 'none';
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object')) return value.join(', ') || 'none';
  if (Array.isArray(value) || typeof value === 'object') {
    const single = Array.isArray(value) && value.length === 1 ? named(value, zone)?.get('') : undefined;
    const inner = (single ?? value) as { readonly value?: unknown };
    return 'value' in inner && typeof inner.value !== 'object' ? String(inner.value) : '';
  }
  return typeof value === 'number' && value > 1e11 ? toIso(value) : String(value);
}
