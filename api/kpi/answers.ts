import type { z } from 'zod';
import type { findingAnswer } from '#shared/contract/rest-answers.ts';
import type { Finding } from '#shared/oee/judged.ts';
import { toIso } from '#shared/time/instant.ts';

export function findingAnswers(findings: readonly Finding[]): z.input<typeof findingAnswer>[] {
  return findings.map(({ id, code, scope, t, message }) => ({
    id,
    code,
    scope,
    at: t === null ? null : toIso(t),
    message,
  }));
}
