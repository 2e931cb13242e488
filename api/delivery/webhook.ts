import { createHmac } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { DeliveryError, type Message } from './message.ts';

/*
 * A webhook: one POST of JSON, signed with the channel's secret.
 *
 * - `X-Linewatt-Signature: t=<epoch seconds>,v1=<hex>`, where v1 is the HMAC-SHA256 of `<t>.<body>`. The receiver refuses an old t.
 * - `X-Linewatt-Delivery` is the same for every try of one delivery: whoever has seen it answers 200 and does nothing.
 * - Redirects are not followed: what was signed for one address goes to no other.
 */
export interface WebhookTarget {
  readonly url: string;
  readonly secret: string | null;
}

const TIMEOUT_MS = 10_000;
/** Larger files are named and fetched by whoever wants them. */
const MOST_FILE_BYTES = 5 * 1024 * 1024;

export function signature(secret: string, seconds: number, body: string): string {
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;
}

export async function sendWebhook(
  { url, secret }: WebhookTarget,
  id: string,
  message: Message,
  now: number,
): Promise<void> {
  if (!/^https?:\/\//.test(url)) throw new DeliveryError(`"${url}" is no http(s) address; mend url of the channel`);
  const body = JSON.stringify({
    version: 1,
    delivery: id,
    kind: message.kind,
    ...message.payload,
    ...(await fileOf(message)),
  });
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'user-agent': 'Linewatt',
    'x-linewatt-event': message.kind,
    'x-linewatt-delivery': id,
  };
  if (secret !== null) headers['x-linewatt-signature'] = signature(secret, Math.floor(now / 1000), body);
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers,
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    throw new DeliveryError(`${hostOf(url)} did not take it: ${reasonOf(error)}`);
  }
  await response.body?.cancel();
  if (response.status >= 200 && response.status < 300) return;
  const redirect = response.status >= 300 && response.status < 400;
  throw new DeliveryError(
    redirect
      ? `${hostOf(url)} sends elsewhere (${response.status}), which is not followed; give the last address`
      : `${hostOf(url)} answered ${response.status}`,
  );
}

async function fileOf({ file }: Message): Promise<Readonly<Record<string, unknown>>> {
  if (!file) return {};
  const { name, mediaType, path } = file;
  try {
    const { size } = await stat(path);
    const content = size > MOST_FILE_BYTES ? null : (await readFile(path)).toString('base64');
    return { file: { name, mediaType, bytes: size, contentBase64: content } };
  } catch {
    throw new DeliveryError(`the file ${path} is gone; make the report again`);
  }
}

/** Addresses of webhooks carry tokens: only the host is ever shown. */
function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'the address';
}

function reasonOf(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return `no answer within ${TIMEOUT_MS / 1000} s`;
  const cause = error instanceof Error ? error.cause : null;
  if (cause instanceof Error && 'code' in cause) return String(cause.code);
  return error instanceof Error ? error.message : String(error);
}
