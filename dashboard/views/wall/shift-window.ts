import type { ShiftView } from '#shared/contract/socket.ts';
import { instant } from '../../format/clock.ts';

export interface ShiftWindow {
  readonly from: number;
  readonly to: number;
  readonly breaks: readonly { readonly start: number; readonly end: number }[];
}

/** The axis of a screen: the running shift, or the last eight hours where none runs. */
export function shiftWindow(shift: ShiftView | null, now: number): ShiftWindow {
  const from = instant(shift?.start);
  const to = instant(shift?.end);
  if (!shift || from === null || to === null || to <= from) {
    const hour = 3_600_000;
    const end = Math.ceil(now / hour) * hour;
    return { from: end - 8 * hour, to: end, breaks: [] };
  }
  const breaks = shift.breaks.flatMap((pause) => {
    const start = instant(pause.start);
    const end = instant(pause.end);
    return start === null || end === null ? [] : [{ start, end }];
  });
  return { from, to, breaks };
}
