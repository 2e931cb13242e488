import { t } from '../language/language.ts';

/** RFC 9457: `detail` says what to do, `title` what it was. */
export async function problemOf(response: Response): Promise<string> {
  const body: unknown = await response.json().catch(() => null);
  if (typeof body === 'object' && body !== null) {
    if ('detail' in body && typeof body.detail === 'string') return body.detail;
    if ('title' in body && typeof body.title === 'string') return body.title;
  }
  return t('rest.answered', { status: response.status });
}
