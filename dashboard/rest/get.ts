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
    throw new RestError('The server could not be reached.');
  }
  if (!response.ok) throw new RestError(await problemOf(response));
  return (await response.json()) as T;
}

/** RFC 9457: `detail` says what to do, `title` what it was. */
async function problemOf(response: Response): Promise<string> {
  const body: unknown = await response.json().catch(() => null);
  if (typeof body === 'object' && body !== null) {
    if ('detail' in body && typeof body.detail === 'string') return body.detail;
    if ('title' in body && typeof body.title === 'string') return body.title;
  }
  return `The server answered ${response.status}.`;
}
