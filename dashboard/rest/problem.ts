import { language, t } from '../language/language.ts';

/** Refusals that people on the floor meet, by the server's code. */
const CODES: readonly string[] = ['locked', 'wrongPassword', 'wrongPin', 'unknownBadge', 'signInNeeded', 'mayNot'];

/**
 * RFC 9457: `detail` says what to do, `title` what it was. The server writes English; in another language what has a code is said in
 * that, shorter, and what has none stays as it is.
 */
export async function problemOf(response: Response): Promise<string> {
  return problemWords(await response.json().catch(() => null), response.status);
}

/** As `problemOf`, of a body that was read already. */
export function problemWords(body: unknown, status: number): string {
  if (typeof body === 'object' && body !== null) {
    const { code, until, detail, title } = body as Readonly<Record<string, unknown>>;
    if (typeof code === 'string' && CODES.includes(code) && language.value !== 'en') {
      if (code === 'locked' && typeof until === 'string') {
        return t('rest.refused.lockedUntil', { time: `${until.slice(11, 16)} UTC` });
      }
      return t(`rest.refused.${code}`);
    }
    if (typeof detail === 'string') return detail;
    if (typeof title === 'string') return title;
  }
  return t('rest.answered', { status });
}
