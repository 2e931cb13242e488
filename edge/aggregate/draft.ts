import type { emptyBatch } from '#shared/oee/facts.ts';

/** A batch of facts while it is being filled. */
export type BatchDraft = ReturnType<typeof emptyBatch>;
