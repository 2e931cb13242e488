import { watch } from 'vue';
import type { Router } from 'vue-router';
import { become, useMe } from './session.ts';

const MINUTE_MS = 60_000;
const LOOK_MS = 5_000;

/**
 * Whoever signed in on a shared tablet by PIN or badge and walked away is signed out: nobody enters in another's name. The server
 * ends such a session by itself too; this shows it on the page.
 */
export function signOutWhenLeft(router: Router): void {
  let touchedAt = performance.now();
  const touched = (): void => {
    touchedAt = performance.now();
  };
  for (const event of ['pointerdown', 'keydown'] as const) window.addEventListener(event, touched, { passive: true });
  let timer: ReturnType<typeof setInterval> | null = null;
  watch(
    () => useMe().value?.tabletMinutes ?? null,
    (minutes) => {
      if (timer) clearInterval(timer);
      timer = null;
      if (minutes === null) return;
      touched();
      timer = setInterval(() => {
        if (performance.now() - touchedAt < minutes * MINUTE_MS) return;
        touched();
        void become('sign-out')
          .then(() => router.push('/signin'))
          .catch(() => {
            // Offline: the next look tries again, and the server has its own clock.
          });
      }, LOOK_MS);
    },
    { immediate: true },
  );
}
