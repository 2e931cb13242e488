import { computed } from 'vue';
import { useRoute, useRouter } from 'vue-router';
import type { PeriodAnswer } from '#shared/contract/energy-answers.ts';

export type Unit = PeriodAnswer['unit'];
export const UNITS: readonly Unit[] = ['shift', 'day', 'week', 'month', 'dates'];

/** What the page shows, kept in its address, so that a link shows the same to whoever opens it. */
export function useChoice() {
  const route = useRoute();
  const router = useRouter();
  const text = (name: string): string | null => {
    const value = route.query[name];
    return typeof value === 'string' && value !== '' ? value : null;
  };
  const unit = computed<Unit>(() => UNITS.find((one) => one === text('unit')) ?? 'week');
  const at = computed(() => text('at'));
  const first = computed(() => text('first'));
  const last = computed(() => text('last'));
  const scope = computed(() => text('scope') ?? 'site');
  const choose = (change: Readonly<Record<string, string | null>>): void => {
    const query = Object.fromEntries(
      Object.entries({ ...route.query, ...change }).filter(([, value]) => value !== null && value !== ''),
    );
    void router.replace({ query });
  };
  /** The question for the period's bounds. */
  const question = computed<Record<string, string>>(() => {
    const given = { unit: unit.value, scope: scope.value, at: at.value };
    const dates = unit.value === 'dates' ? { first: first.value, last: last.value } : {};
    return Object.fromEntries(
      Object.entries({ ...given, ...dates }).filter((entry): entry is [string, string] => entry[1] !== null),
    );
  });
  return { unit, at, first, last, scope, choose, question };
}
