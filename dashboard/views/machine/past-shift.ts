import type { LossesAnswer } from '#shared/contract/losses.ts';
import type { StatesAnswer } from '#shared/contract/rest-answers.ts';
import type { ShiftEnergyView } from '#shared/contract/socket.ts';
import type { Stretch } from '../../charts/ribbon.ts';
import { instant } from '../../format/clock.ts';
import type { ShiftWindow } from '../wall/shift-window.ts';

/** What the head figures and the curve ask of the energy of a shift, running or past. */
export type EnergyFigures = Pick<ShiftEnergyView, 'kWh' | 'cost' | 'kWhPerGood' | 'byState'>;

/** Stretches of a past shift from the server's states: neighbours that look the same for the same reason are one. */
export function stretchesOf(items: StatesAnswer['items'], window: ShiftWindow): Stretch[] {
  const found: Stretch[] = [];
  for (const item of items) {
    const start = Math.max(instant(item.start) ?? window.to, window.from);
    const end = Math.min(instant(item.end) ?? window.to, window.to);
    if (end <= start) continue;
    const reason = item.category === 'break' || item.category === 'offShift' ? null : item.reasonName;
    const last = found.at(-1);
    if (last && last.end === start && last.look === item.look && last.reason === reason) {
      found[found.length - 1] = { ...last, end };
    } else found.push({ start, end, look: item.look, reason });
  }
  return found;
}

export function pastWindow({ shift, breaks }: Pick<LossesAnswer, 'shift' | 'breaks'>): ShiftWindow {
  return {
    from: Date.parse(shift.start),
    to: Date.parse(shift.end),
    breaks: breaks.map(({ start, end }) => ({ start: Date.parse(start), end: Date.parse(end) })),
  };
}

/** "early 2026-11-04" as the address and the server have it; null for the running shift. */
export function shiftAsked(picked: string): { readonly shift: string; readonly date: string } | null {
  const cut = picked.lastIndexOf(' ');
  return cut > 0 ? { shift: picked.slice(0, cut), date: picked.slice(cut + 1) } : null;
}
