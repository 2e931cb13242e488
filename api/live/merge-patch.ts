/*
 * JSON Merge Patch (RFC 7396) between two views. Views are plain JSON without undefined; a null in a view means "no
 * value" and reads the same as a missing key after a patch: RFC 7396 cannot set a key to null. So both sides treat
 * null and missing alike, and maps never hold null as a value that matters beside a missing key.
 */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** The patch that turns `from` into `to`; undefined where they are equal. Equal parts that are the same object cost nothing. */
export function diff(from: unknown, to: unknown): unknown {
  if (from === to) return undefined;
  if (!isObject(to)) return equal(from, to) ? undefined : to;
  if (!isObject(from)) return to;
  let patch: Record<string, unknown> | undefined;
  for (const key of Object.keys(to)) {
    const before = from[key];
    const after = to[key];
    if (before === after) continue;
    // A missing key and null are one.
    if ((before === undefined || before === null) && (after === undefined || after === null)) continue;
    const part = diff(before, after);
    if (part === undefined) continue;
    patch ??= {};
    patch[key] = part;
  }
  for (const key of Object.keys(from)) {
    if (key in to || from[key] === null || from[key] === undefined) continue;
    patch ??= {};
    patch[key] = null;
  }
  return patch;
}

/** `next`, with every part that equals `prev` replaced by the old object, so that later comparisons stop at once. */
export function share<T>(prev: unknown, next: T): T {
  if (Object.is(prev, next)) return next;
  if (Array.isArray(next)) return Array.isArray(prev) && equal(prev, next) ? (prev as T) : next;
  if (!isObject(next) || !isObject(prev)) return next;
  const nextKeys = Object.keys(next);
  let same = nextKeys.length === Object.keys(prev).length;
  const out = next as Record<string, unknown>;
  for (const key of nextKeys) {
    const shared = share(prev[key], out[key]);
    if (shared !== out[key]) out[key] = shared;
    if (!(key in prev) || !Object.is(prev[key], shared)) same = false;
  }
  return same ? (prev as T) : next;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function equal(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((v, i) => equal(v, b[i]));
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((k) => k in b && equal(a[k], b[k]));
}
