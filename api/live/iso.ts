import { type Instant, toIso } from '#shared/time/instant.ts';

/*
 * Views name the same instants again and again (segments of a ribbon, minutes of a curve), twice a second: writing them
 * out was the largest part of making a view.
 */
const MAX = 200_000;
const written = new Map<Instant, string>();

export function isoOf(t: Instant): string {
  let text = written.get(t);
  if (text === undefined) {
    if (written.size >= MAX) written.clear();
    text = toIso(t);
    written.set(t, text);
  }
  return text;
}
