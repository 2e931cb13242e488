import type { Router } from 'vue-router';
import { loadMe, useMe } from './session.ts';

/**
 * Sends whoever must sign in first to the sign-in page, and back to where they wanted to go. It only spares people an empty page:
 * what may be seen is decided by the server, at every question.
 */
export function guardPages(router: Router): void {
  router.beforeEach(async (to) => {
    const me = useMe().value ?? (await loadMe());
    if (to.meta['open'] === true || !me || me.may.read) return true;
    return { path: '/signin', query: { next: to.fullPath } };
  });
  window.addEventListener('linewatt:sign-in', () => {
    const here = router.currentRoute.value;
    if (here.meta['open'] === true) return;
    void loadMe().then((me) => {
      if (me && !me.may.read) void router.push({ path: '/signin', query: { next: here.fullPath } });
    });
  });
}

/** Something was refused because nobody is signed in any more. */
export function signInNeeded(): void {
  window.dispatchEvent(new Event('linewatt:sign-in'));
}
