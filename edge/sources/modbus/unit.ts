import type { Instant } from '#shared/time/instant.ts';
import { type Block, type Field, planBlocks, splitBlock } from './plan.ts';

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;

/** One device behind the connection: what is read from it, and whether it answers. */
export interface Unit {
  readonly id: number;
  readonly signals: readonly string[];
  blocks(): readonly Block[];
  /** Not to be asked before this instant. */
  readonly notBefore: Instant;
  /** It did not answer the last time it was asked. */
  readonly silent: boolean;
  readonly lastAnswer: Instant;
  answered(at: Instant): void;
  /** Asks again after a pause that doubles up to a minute; true when this is news. */
  missed(at: Instant): boolean;
  /** A device that refuses a block is asked for its fields one by one; false when the block is a single field. */
  split(block: Block): boolean;
  /** Never asked again on this connection. */
  drop(block: Block): void;
}

export function createUnits(fields: readonly Field[], startedAt: Instant): Unit[] {
  const byUnit = Map.groupBy(fields, (field) => field.unit);
  return [...byUnit].map(([id, own]) => createUnit(id, own, startedAt));
}

function createUnit(id: number, fields: readonly Field[], startedAt: Instant): Unit {
  let blocks: readonly Block[] = planBlocks(fields);
  let pauseMs = 0;
  let notBefore = startedAt;
  let lastAnswer = startedAt;
  return {
    id,
    signals: fields.map((field) => field.signal),
    blocks: () => blocks,
    get notBefore() {
      return notBefore;
    },
    get silent() {
      return pauseMs > 0;
    },
    get lastAnswer() {
      return lastAnswer;
    },
    answered(at) {
      lastAnswer = at;
      pauseMs = 0;
    },
    missed(at) {
      const news = pauseMs === 0;
      pauseMs = news ? FIRST_PAUSE_MS : Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
      notBefore = at + pauseMs;
      return news;
    },
    split(block) {
      if (block.fields.length < 2) return false;
      blocks = blocks.flatMap((b) => (b === block ? splitBlock(b) : [b]));
      return true;
    },
    drop(block) {
      blocks = blocks.filter((b) => b !== block);
    },
  };
}
