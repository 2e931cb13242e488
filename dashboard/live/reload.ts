import { onScopeDispose, watch } from 'vue';
import { useLive } from './socket.ts';

declare const __LINEWATT_BUILD__: string;

const IDLE_MS = 60_000;
/** A wall that was loaded this lately is as fresh as it gets. */
const LEAST_AGE_MS = 3_600_000;
/** Walls of one plant do not all ask for the page in the same second. */
const SPREAD_MS = 60_000;
const TRIED = 'linewatt.reloadedFor';

const touched = { at: Number.NEGATIVE_INFINITY };
for (const event of ['pointerdown', 'keydown', 'wheel'] as const) {
  window.addEventListener(event, () => (touched.at = performance.now()), { passive: true });
}

/**
 * Loads the page anew when the server has another build and nobody is at the screen. Once per build: a proxy that keeps
 * serving the old page must not make a wall reload for ever.
 */
export function reloadOnNewBuild(): void {
  const attempt = (served: string): void => {
    if (served === __LINEWATT_BUILD__ || sessionStorage.getItem(TRIED) === served) return;
    const wait = touched.at + IDLE_MS - performance.now();
    if (wait > 0) {
      setTimeout(() => attempt(served), wait);
      return;
    }
    sessionStorage.setItem(TRIED, served);
    window.location.reload();
  };
  watch(useLive().build, (served) => served && attempt(served));
}

/**
 * A wall is loaded anew once a shift, when the next one begins: whatever a browser gathers over months goes with it. Only while
 * data is live, so that the server is there to load from, and nobody is at the screen.
 */
export function reloadAtShiftChange(shift: () => string | null, isLive: () => boolean): void {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const attempt = (): void => {
    timer = null;
    if (!isLive() || performance.now() - touched.at < IDLE_MS) timer = setTimeout(attempt, IDLE_MS);
    else window.location.reload();
  };
  watch(shift, (next, before) => {
    if (before === null || next === before || performance.now() < LEAST_AGE_MS || timer !== null) return;
    timer = setTimeout(attempt, Math.random() * SPREAD_MS);
  });
  onScopeDispose(() => timer !== null && clearTimeout(timer));
}
