import { clock, instant } from '../../format/clock.ts';
import { duration } from '../../format/duration.ts';
import type { Screen } from '../../live/scope.ts';

/** `ago` for what was lately, day and site time for the rest. */
export function createWhen(screen: Screen): (iso: string | null) => string {
  return (iso) => {
    const t = instant(iso);
    const now = screen.serverNow.value;
    if (t === null) return '–';
    if (now !== null && t <= now && now - t < 3_600_000) return `${duration((now - t) / 1000)} ago`;
    const header = screen.view.value?.header;
    const day = iso?.slice(0, 10) ?? '';
    return header ? `${day} ${clock(t, header)}` : day;
  };
}
