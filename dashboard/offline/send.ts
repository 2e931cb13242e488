import { t } from '../language/language.ts';
import { problemWords } from '../rest/problem.ts';
import type { QueuedEntry, Refusal, SendResult } from './queue.ts';

/** Answers that another try may change: nobody there, too busy, signed out. Every other refusal is for a person. */
const LATER = new Set([401, 408, 425, 429]);
const TIMEOUT_MS = 10_000;

export async function sendEntry(entry: QueuedEntry): Promise<SendResult> {
  const { id, by, device, basedOn, enteredAt, body } = entry;
  let response: Response;
  try {
    response = await fetch('/api/v1/entries', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': id },
      body: JSON.stringify({ ...body, id, by, device, basedOn, enteredAt: new Date(enteredAt).toISOString() }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch {
    return { kind: 'later', detail: t('rest.unreachable') };
  }
  if (response.ok) return { kind: 'taken' };
  const refusal = refusalOf(await response.json().catch(() => null), response.status);
  if (response.status >= 500 || LATER.has(response.status)) return { kind: 'later', detail: refusal.detail };
  return { kind: 'refused', refusal };
}

function refusalOf(body: unknown, status: number): Refusal {
  const said = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  const changed = said['changed'];
  const seq = said['seq'];
  return {
    detail: problemWords(body, status),
    changed: Array.isArray(changed) ? (changed as Refusal['changed']) : [],
    seq: typeof seq === 'number' ? seq : null,
  };
}
