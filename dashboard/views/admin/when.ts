import { clock, instant } from '../../format/clock.ts';
import { duration } from '../../format/duration.ts';
import { t } from '../../language/language.ts';
import type { Screen } from '../../live/scope.ts';

/** `ago` for what was lately, day and site time for the rest. */
export function createWhen(screen: Screen): (iso: string | null) => string {
  return (iso) => {
    const at = instant(iso);
    const now = screen.serverNow.value;
    if (at === null) return '–';
    if (now !== null && at <= now && now - at < 3_600_000) return t('admin.ago', { age: duration((now - at) / 1000) });
    const header = screen.view.value?.header;
    const day = iso?.slice(0, 10) ?? '';
    return header ? `${day} ${clock(at, header)}` : day;
  };
}
