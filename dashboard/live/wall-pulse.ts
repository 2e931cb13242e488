import { onScopeDispose, watch } from 'vue';
import { WALL_PULSE_MS } from '#shared/contract/wall-times.ts';
import type { WallPulse } from '#shared/contract/walls.ts';
import type { Freshness } from './freshness.ts';
import { useLive } from './socket.ts';

declare const __LINEWATT_BUILD__: string;

const KEY = 'linewatt.wall';

/**
 * Tells the server every ten seconds that this wall is seen, and at once what changed of it. It speaks out of a drawn frame: a
 * page that hangs, or a screen that draws nothing, falls silent and is dark to the server.
 */
export function tellAsWall(page: () => string, lines: () => readonly string[], freshness: () => Freshness): void {
  const live = useLive();
  const id = wallId();
  let frame = 0;
  const tell = (): void => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => {
      const pulse: WallPulse = {
        id,
        page: page(),
        lines: [...lines()],
        build: __LINEWATT_BUILD__,
        width: Math.max(1, Math.round(window.innerWidth * window.devicePixelRatio)),
        height: Math.max(1, Math.round(window.innerHeight * window.devicePixelRatio)),
        shows: freshness().state,
      };
      live.tellWall(pulse);
    });
  };
  const timer = setInterval(tell, WALL_PULSE_MS);
  watch([() => freshness().state, () => lines().join(' ')], tell, { immediate: true });
  onScopeDispose(() => {
    clearInterval(timer);
    cancelAnimationFrame(frame);
  });
}

/** Kept by the browser, so that a wall is the same one after a reload, a restart and a new version. */
function wallId(): string {
  try {
    const kept = localStorage.getItem(KEY);
    if (kept !== null && /^[\w-]{8,64}$/.test(kept)) return kept;
    const made = newId();
    localStorage.setItem(KEY, made);
    return made;
  } catch {
    return newId();
  }
}

/** randomUUID needs a secure page, which a wall on plain http is not. */
function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
