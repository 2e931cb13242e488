import { watch } from 'vue';
import { useLive } from './socket.ts';

declare const __LINEWATT_BUILD__: string;

const IDLE_MS = 60_000;
const TRIED = 'linewatt.reloadedFor';

/**
 * Loads the page anew when the server has another build and nobody is at the screen. Once per build: a proxy that keeps
 * serving the old page must not make a wall reload for ever.
 */
export function reloadOnNewBuild(): void {
  let touchedAt = Number.NEGATIVE_INFINITY;
  for (const event of ['pointerdown', 'keydown', 'wheel'] as const) {
    window.addEventListener(event, () => (touchedAt = performance.now()), { passive: true });
  }
  const attempt = (served: string): void => {
    if (served === __LINEWATT_BUILD__ || sessionStorage.getItem(TRIED) === served) return;
    const wait = touchedAt + IDLE_MS - performance.now();
    if (wait > 0) {
      setTimeout(() => attempt(served), wait);
      return;
    }
    sessionStorage.setItem(TRIED, served);
    window.location.reload();
  };
  watch(useLive().build, (served) => served && attempt(served));
}
