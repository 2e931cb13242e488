import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import type { FactBatch } from '#shared/oee/facts.ts';
import {
  conditionPlace,
  counterEventPlace,
  type FactPlace,
  intervalPlace,
  meterPiecePlace,
  piecePlace,
} from '#shared/store/fact-key.ts';
import type { Instant } from '#shared/time/instant.ts';

/*
 * A history as files of facts, written newest first into an engine that keeps whatever came last.
 *
 * - Written in any order it must come out as if written in order of time. So a fact that a later part says again is left out
 *   of the earlier ones, and an interval that is still open at the end is said by the last part alone.
 * - After the parts that live data can still touch, `onRecent` is called: from then on live facts may be written too.
 * - A part goes when it is written; a restart goes on with the rest.
 */

const PART = '.facts';
const RESTATED = 'restated';
/** Late live samples reach back by the aggregator's hot window, which two parts always cover. */
const RECENT_PARTS = 2;

export interface PartKeeper {
  /** Facts taken at `end`; those whose time is before `from` are restatements of earlier parts. */
  keep(batch: FactBatch, from: Instant, end: Instant): void;
  finish(): void;
}

export function createPartKeeper(folder: string): PartKeeper {
  mkdirSync(folder, { recursive: true });
  const restated = new Map<string, Instant>();
  const open = new Map<string, FactBatch['intervals'][number]>();
  let last: { readonly batch: FactBatch; readonly end: Instant } | null = null;
  const write = (batch: FactBatch, end: Instant) => {
    writeFileSync(join(folder, `${String(end).padStart(15, '0')}${PART}`), serialize(batch));
  };
  return {
    keep(batch, from, end) {
      for (const { id, t } of identified(batch)) if (t < from) restated.set(id, end);
      for (const interval of batch.intervals) {
        const id = idOf('interval', intervalPlace(interval));
        if (interval.end === null) open.set(id, interval);
        else open.delete(id);
      }
      write(batch, end);
      last = { batch, end };
    },
    finish() {
      if (!last) return;
      const { batch, end } = last;
      const said = new Set(batch.intervals.map((interval) => idOf('interval', intervalPlace(interval))));
      const carried = [...open].filter(([id]) => !said.has(id)).map(([, interval]) => interval);
      write({ ...batch, intervals: [...batch.intervals, ...carried] }, end);
      for (const id of open.keys()) restated.set(id, end);
      writeFileSync(join(folder, RESTATED), serialize(restated));
    },
  };
}

export function hasParts(folder: string): boolean {
  return existsSync(folder) && partsIn(folder).length > 0;
}

export async function writeParts(
  folder: string,
  write: (batch: FactBatch) => Promise<void>,
  onRecent: () => void,
): Promise<void> {
  const path = join(folder, RESTATED);
  const restated = existsSync(path)
    ? (deserialize(readFileSync(path)) as Map<string, Instant>)
    : new Map<string, Instant>();
  let written = 0;
  for (const name of partsIn(folder).reverse()) {
    const end = Number.parseInt(name, 10);
    const batch = deserialize(readFileSync(join(folder, name))) as FactBatch;
    await write(without(batch, (id) => (restated.get(id) ?? end) > end));
    rmSync(join(folder, name));
    written += 1;
    if (written === RECENT_PARTS) onRecent();
  }
  if (written < RECENT_PARTS) onRecent();
}

function partsIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(PART))
    .sort();
}

function* identified(batch: FactBatch): Generator<{ readonly id: string; readonly t: Instant }> {
  for (const f of batch.intervals) yield { id: idOf('interval', intervalPlace(f)), t: f.start };
  for (const f of batch.pieces) yield { id: idOf('piece', piecePlace(f)), t: f.minute };
  for (const f of batch.meterPieces) yield { id: idOf('meterPiece', meterPiecePlace(f)), t: f.minute };
  for (const f of batch.conditions) yield { id: idOf('condition', conditionPlace(f)), t: f.minute };
  for (const f of batch.counterEvents) yield { id: idOf('counterEvent', counterEventPlace(f)), t: f.t };
}

function without(batch: FactBatch, isLeftOut: (id: string) => boolean): FactBatch {
  return {
    ...batch,
    intervals: batch.intervals.filter((f) => !isLeftOut(idOf('interval', intervalPlace(f)))),
    pieces: batch.pieces.filter((f) => !isLeftOut(idOf('piece', piecePlace(f)))),
    meterPieces: batch.meterPieces.filter((f) => !isLeftOut(idOf('meterPiece', meterPiecePlace(f)))),
    conditions: batch.conditions.filter((f) => !isLeftOut(idOf('condition', conditionPlace(f)))),
    counterEvents: batch.counterEvents.filter((f) => !isLeftOut(idOf('counterEvent', counterEventPlace(f)))),
  };
}

function idOf(kind: string, { owner, t, key }: FactPlace): string {
  return `${kind} ${owner} ${t} ${key}`;
}
