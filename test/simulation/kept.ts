import type { Reading } from '#edge/core/source.ts';
import type { Sample } from '#shared/signal/sample.ts';
import type { Attempt } from './edge-life.ts';

/**
 * What the journal holds in the end against what it was given: every acknowledged batch is there, once, whole and in order;
 * none that it refused; one that the power cut met is there whole or not at all.
 */
export function checkKept(attempts: readonly Attempt[], journalled: readonly Sample[]): string[] {
  let at = 0;
  for (const [n, { samples, outcome }] of attempts.entries()) {
    const isThere = samples.every((sample, i) => same(sample, journalled[at + i]));
    if (outcome === 'acknowledged' && !isThere) {
      return [`the journal lost batch ${n} of ${samples.length} samples that it had acknowledged`];
    }
    if (isThere && outcome !== 'refused') at += samples.length;
  }
  return at === journalled.length ? [] : [`the journal holds ${journalled.length - at} samples that nobody gave it`];
}

/** Readings whose time was in doubt are samples in the end, at whatever time was found right. */
export function checkReleased(held: readonly Reading[], journalled: readonly Sample[]): string[] {
  const there = new Set(journalled.map(identityOf));
  const lost = held.filter((reading) => !there.has(identityOf(reading)));
  const [first] = lost;
  return first ? [`the journal lost ${lost.length} readings that it held, the first of ${first.signal}`] : [];
}

/** What no shift of the time changes. */
function identityOf({ signal, received }: Pick<Sample, 'signal' | 'received'>): string {
  return `${signal} ${received}`;
}

function same(a: Sample, b: Sample | undefined): boolean {
  return (
    b !== undefined &&
    a.signal === b.signal &&
    a.t === b.t &&
    a.received === b.received &&
    Object.is(a.value, b.value) &&
    a.quality === b.quality
  );
}
