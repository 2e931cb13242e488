import { existsSync } from 'node:fs';
import { createTransport } from 'nodemailer';
import type { MailSettings } from './mail-settings.ts';
import { DeliveryError, type Message } from './message.ts';

const TIMEOUT_MS = 20_000;

/** One mail to all addresses of a channel. The message id is that of the delivery: a second try is the same mail. */
export async function sendMail(
  settings: MailSettings | null,
  to: readonly string[],
  id: string,
  message: Message,
): Promise<void> {
  if (!settings) {
    throw new DeliveryError('this server has no mail yet; add mail: { host, from } to server.yaml and restart the api');
  }
  const { host, port, secure, demandTls, user, password, from } = settings;
  const { file } = message;
  if (file && !existsSync(file.path)) throw new DeliveryError(`the file ${file.path} is gone; make the report again`);
  const transport = createTransport({
    host,
    port,
    secure,
    requireTLS: demandTls,
    ...(user !== null && { auth: { user, pass: password ?? '' } }),
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    // A mail names no file or address of its own accord.
    disableUrlAccess: true,
  });
  try {
    await transport.sendMail({
      from,
      to: [...to],
      subject: message.subject,
      text: message.text,
      messageId: `<${id}@linewatt.${host}>`,
      headers: { 'X-Linewatt-Delivery': id, 'Auto-Submitted': 'auto-generated' },
      ...(file && { attachments: [{ filename: file.name, path: file.path, contentType: file.mediaType }] }),
    });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new DeliveryError(`the mail server ${host}:${port} did not take it: ${why.slice(0, 300)}`);
  } finally {
    transport.close();
  }
}
