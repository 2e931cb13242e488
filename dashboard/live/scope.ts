import { type ComputedRef, computed, onScopeDispose, type ShallowRef } from 'vue';
import type { ScopeView, Topic } from '#shared/contract/socket.ts';
import { localeFor } from '#shared/language/languages.ts';
import { createNumberFormat, type NumberFormat } from '../format/number.ts';
import { language } from '../language/language.ts';
import { type Freshness, freshnessAt } from './freshness.ts';
import { useLive } from './socket.ts';
import { useTicker } from './ticker.ts';

export interface Screen {
  readonly view: Readonly<ShallowRef<ScopeView | null>>;
  readonly freshness: ComputedRef<Freshness>;
  /** Site time, going on also while data is old; null before the server was heard. */
  readonly serverNow: ComputedRef<number | null>;
  /** The instant up to which the shown data holds: now while fresh, the last data once stale. Durations end here. */
  readonly asOf: ComputedRef<number | null>;
  readonly attempts: ComputedRef<number>;
  /** Why the server will not show this scope; null while it will. */
  readonly problem: Readonly<ShallowRef<string | null>>;
  /** Locale of numbers and dates: the site's own where it speaks the language of this page. */
  readonly locale: ComputedRef<string>;
  readonly format: ComputedRef<NumberFormat>;
}

/** Watches one scope for the life of the calling component. */
export function useScope(scope: string, topics: readonly Topic[]): Screen {
  const live = useLive();
  const feed = live.watch(scope, topics);
  const tick = useTicker(500);
  onScopeDispose(() => live.release(feed));

  const freshness = computed(() => {
    void feed.view.value;
    return freshnessAt(tick.value, feed.facts());
  });
  const serverNow = computed(() => {
    void tick.value;
    void feed.view.value;
    return live.serverNow();
  });
  const asOf = computed(() => {
    const now = serverNow.value;
    if (now === null) return null;
    return freshness.value.state === 'stale' ? Math.min(feed.dataAt() ?? now, now) : now;
  });
  const attempts = computed(() => {
    void tick.value;
    return live.attempts();
  });
  const locale = computed(() => localeFor(language.value, feed.view.value?.header.locale ?? 'en-GB'));
  const currency = computed(() => feed.view.value?.header.currency ?? 'GBP');
  const format = computed(() => createNumberFormat(locale.value, currency.value));
  return { view: feed.view, freshness, serverNow, asOf, attempts, problem: live.problem, locale, format };
}
