import type { Look, RibbonSegment } from '#shared/contract/socket.ts';
import { instant } from '../format/clock.ts';

/*
 * The state ribbon as geometry, for SVG (wall, tiles) and for the canvas of the machine page alike.
 * - Loudness is height first: a segment gets taller as the state gets worse.
 * - No gaps between segments and nothing rounded: what happened is drawn from its first second to its last.
 * - Where data ends early the ribbon goes on as `unknown` up to now; it never ends in a running bar that nobody measured.
 */
export const RIBBON_HEIGHT: Readonly<Record<Look, number>> = {
  run: 0.28,
  idle: 0.5,
  setup: 0.5,
  minor: 0.72,
  down: 1,
  plan: 0.28,
  unknown: 0.08,
};

/** Painted in this order: thin and quiet first, so that a tick of a minor stop is never covered. */
export const PAINT_ORDER: readonly Look[] = ['plan', 'unknown', 'run', 'idle', 'setup', 'minor', 'down'];

export interface Stretch {
  readonly start: number;
  readonly end: number;
  readonly look: Look;
  readonly reason: string | null;
}

/**
 * Segments of a view as stretches within [from, to), ordered. Open ones end at `asOf`; from there to `now` (data is old)
 * the stretch is unknown.
 */
export function stretches(
  ribbon: Readonly<Record<string, RibbonSegment>>,
  window: { readonly from: number; readonly to: number; readonly asOf: number; readonly now: number },
): Stretch[] {
  const found: Stretch[] = [];
  for (const [startIso, segment] of Object.entries(ribbon)) {
    const startMs = instant(startIso);
    if (startMs === null) continue;
    const start = Math.max(startMs, window.from);
    const end = Math.min(instant(segment.end) ?? window.asOf, window.asOf, window.to);
    if (end > start) found.push({ start, end, look: segment.look, reason: segment.reason });
  }
  found.sort((a, b) => a.start - b.start);
  const silentFrom = Math.max(window.asOf, window.from);
  const silentTo = Math.min(window.now, window.to);
  if (found.length > 0 && silentTo - silentFrom > 1000) {
    found.push({ start: silentFrom, end: silentTo, look: 'unknown', reason: null });
  }
  return found;
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface RibbonFrame {
  readonly width: number;
  readonly height: number;
  readonly from: number;
  readonly to: number;
  /** Least width of a minor stop, in the unit of `width`. */
  readonly minTick: number;
}

/** Where a stretch lies in its frame. A minor stop keeps its tick visible also where its seconds are narrower than a line. */
export function boxOf(stretch: Stretch, frame: RibbonFrame): Box {
  const scale = frame.width / (frame.to - frame.from);
  const height = RIBBON_HEIGHT[stretch.look] * frame.height;
  let x = (stretch.start - frame.from) * scale;
  let width = (stretch.end - stretch.start) * scale;
  const least = stretch.look === 'minor' || stretch.look === 'down' ? frame.minTick : 0;
  if (width < least) {
    x = Math.min(Math.max(0, x - (least - width) / 2), frame.width - least);
    width = least;
  }
  return { x, y: (frame.height - height) / 2, width, height };
}

export interface RibbonPath {
  readonly look: Look;
  readonly d: string;
}

/** One path per look: a tile costs at most seven elements, however many stops it had. */
export function ribbonPaths(found: readonly Stretch[], frame: RibbonFrame): RibbonPath[] {
  const parts = new Map<Look, string[]>();
  for (const stretch of found) {
    const { x, y, width, height } = boxOf(stretch, frame);
    const list = parts.get(stretch.look) ?? [];
    parts.set(stretch.look, list);
    if (stretch.look === 'unknown') list.push(`M${n(x)} ${n(frame.height / 2)}H${n(x + width)}`);
    else if (stretch.look === 'plan') list.push(outline(x, y, width, height));
    else list.push(`M${n(x)} ${n(y)}h${n(width)}v${n(height)}h${n(-width)}Z`);
  }
  return PAINT_ORDER.flatMap((look) => {
    const list = parts.get(look);
    return list ? [{ look, d: list.join('') }] : [];
  });
}

/** The stroke of an outline is 1 wide and lies inside the box. */
function outline(x: number, y: number, width: number, height: number): string {
  if (width < 2) return `M${n(x + width / 2)} ${n(y)}v${n(height)}`;
  return `M${n(x + 0.5)} ${n(y + 0.5)}h${n(width - 1)}v${n(height - 1)}h${n(1 - width)}Z`;
}

function n(value: number): string {
  return String(Math.round(value * 100) / 100);
}
