import type { FactBatch } from '#shared/oee/facts.ts';

/** A place facts go. `write` resolves when the facts are safe there; a retryable failure keeps them in the outbox. */
export interface Sink {
  readonly name: string;
  write(batch: FactBatch): Promise<void>;
  close(): Promise<void>;
}
