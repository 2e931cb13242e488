import { t } from '../language/language.ts';
import { RestError } from './get.ts';
import { problemOf } from './problem.ts';

/**
 * POST of JSON under /api/v1.
 * @throws RestError with the server's own sentence, or with what failed on the way.
 */
export async function post<T>(path: string, body: Readonly<Record<string, unknown>> = {}): Promise<T> {
  let response: Response;
  try {
    response = await fetch(`/api/v1/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(body),
    });
  } catch {
    throw new RestError(t('rest.unreachable'));
  }
  if (!response.ok) throw new RestError(await problemOf(response));
  return (response.status === 204 ? undefined : await response.json()) as T;
}
