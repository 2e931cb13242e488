import { t } from '../language/language.ts';
import { signInNeeded } from '../session/gate.ts';
import { problemOf } from './problem.ts';

/** An answer that did not come, in words a person can act on. */
export class RestError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'RestError';
  }
}

/**
 * GET under /api/v1.
 * @throws RestError with the server's own sentence, or with what failed on the way.
 */
export async function get<T>(
  path: string,
  query: Readonly<Record<string, string>> = {},
  signal?: AbortSignal,
): Promise<T> {
  const search = new URLSearchParams(query).toString();
  let response: Response;
  try {
    response = await fetch(`/api/v1/${path}${search ? `?${search}` : ''}`, {
      headers: { accept: 'application/json' },
      ...(signal ? { signal } : {}),
    });
  } catch {
    throw new RestError(t('rest.unreachable'));
  }
  if (response.status === 401) signInNeeded();
  if (!response.ok) throw new RestError(await problemOf(response));
  return (await response.json()) as T;
}
