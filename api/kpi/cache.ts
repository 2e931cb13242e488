import { type Instant, MINUTE, SECOND, type Span } from '#shared/time/instant.ts';
import { WATCHED_MS } from './revision-watch.ts';

/*
 * Judged sums of calendar slices, kept in memory with what they were judged from.
 *
 * - A slice is thrown away when a fact or an entry inside its context changes: the context is the slice, and back to the
 *   start of the first stretch in it and on behind a stretch that it cuts, because a stretch is judged whole.
 * - A slice with missing facts is kept for seconds only: they may still come, and the historian does not announce them.
 * - A late fact is announced before the historian has it. For a while after, slices that it touches are kept for seconds
 *   only, so that what was read too early does not stay. So are all of them while nobody can say what is being written.
 * - What is older than the writes to the historian are watched is kept for minutes: the disk has it, by the stamp of its facts.
 */
export interface SliceCache<V> {
  get(owner: string, slice: Span, now: Instant): V | undefined;
  set(owner: string, slice: Span, value: V, context: Span, keepUntil: Instant, now: Instant): void;
  /** Something in [from, to] changed. Returns how many slices went. */
  drop(owner: string, from: Instant, to: Instant): number;
  /** The historian may not have what changed in [from, to] yet. */
  unsettle(owner: string, from: Instant, to: Instant, now: Instant): void;
  clear(): void;
  /** A moment to ask `changedSince` about: facts that were read before a change must not be kept after it. */
  mark(): number;
  changedSince(mark: number, owner: string, context: Span): boolean;
  readonly size: number;
}

interface Held<V> {
  readonly value: V;
  readonly context: Span;
  readonly keepUntil: Instant;
}

const MAX_SLICES = 50_000;
/** How long the edge's way to the historian may take, and how long a slice is kept meanwhile. */
const UNSETTLED_MS = 2 * MINUTE;
const UNSETTLED_KEEP_MS = 5 * SECOND;
const UNWATCHED_KEEP_MS = 10 * MINUTE;
const MAX_CHANGES = 10_000;

export function createSliceCache<V>(settled: () => boolean = () => true, max = MAX_SLICES): SliceCache<V> {
  const owners = new Map<string, Map<string, Held<V>>>();
  let size = 0;
  let changes: { readonly owner: string; readonly from: Instant; readonly to: Instant }[] = [];
  /** Number of changes ever, and of those no longer listed. */
  let forgotten = 0;
  let unsettled: { readonly owner: string; readonly from: Instant; readonly to: Instant; readonly until: Instant }[] =
    [];
  const keyOf = (slice: Span): string => `${slice.start} ${slice.end}`;
  return {
    get(owner, slice, now) {
      const held = owners.get(owner)?.get(keyOf(slice));
      return held && now < held.keepUntil ? held.value : undefined;
    },
    set(owner, slice, value, context, keepUntil, now) {
      unsettled = unsettled.filter((u) => u.until > now);
      const early =
        !settled() || unsettled.some((u) => u.owner === owner && u.from <= context.end && u.to >= context.start);
      const longest = early ? UNSETTLED_KEEP_MS : context.start < now - WATCHED_MS ? UNWATCHED_KEEP_MS : null;
      if (size >= max) {
        owners.clear();
        size = 0;
      }
      let own = owners.get(owner);
      if (!own) {
        own = new Map();
        owners.set(owner, own);
      }
      const key = keyOf(slice);
      if (!own.has(key)) size += 1;
      own.set(key, { value, context, keepUntil: longest === null ? keepUntil : Math.min(keepUntil, now + longest) });
    },
    drop(owner, from, to) {
      changes.push({ owner, from, to });
      if (changes.length > 2 * MAX_CHANGES) {
        forgotten += changes.length - MAX_CHANGES;
        changes = changes.slice(-MAX_CHANGES);
      }
      const own = owners.get(owner);
      if (!own) return 0;
      let gone = 0;
      for (const [key, { context }] of own) {
        if (context.start > to || context.end < from) continue;
        own.delete(key);
        gone += 1;
      }
      size -= gone;
      return gone;
    },
    unsettle: (owner, from, to, now) => void unsettled.push({ owner, from, to, until: now + UNSETTLED_MS }),
    clear() {
      owners.clear();
      size = 0;
      // Nothing read before this may be kept.
      forgotten += changes.length + 1;
      changes = [];
    },
    mark: () => forgotten + changes.length,
    changedSince(mark, owner, context) {
      if (mark < forgotten) return true;
      for (let i = mark - forgotten; i < changes.length; i++) {
        const change = changes[i];
        if (change?.owner === owner && change.from <= context.end && change.to >= context.start) return true;
      }
      return false;
    },
    get size() {
      return size;
    },
  };
}
