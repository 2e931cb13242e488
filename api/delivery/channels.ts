import type { ChannelConfig } from '#shared/plant/model.ts';
import type { Environment } from '#shared/plant/secrets.ts';
import { sendMail } from './email.ts';
import type { MailSettings } from './mail-settings.ts';
import { DeliveryError, type Message } from './message.ts';
import { sendWebhook } from './webhook.ts';

/** What channels need to send. */
export interface ChannelDeps {
  readonly mail: MailSettings | null;
  /** `${NAME}` in url and secret of a channel come from here, when something is sent. */
  readonly env: Environment;
  /** On the broker of the plant; resolves when the broker has it. */
  readonly publish: (topic: string, body: string) => Promise<void>;
  readonly clock: () => number;
}

/** Sends a message once. @throws DeliveryError. */
export async function sendOver(deps: ChannelDeps, channel: ChannelConfig, id: string, message: Message): Promise<void> {
  switch (channel.type) {
    case 'webhook':
      return sendWebhook(
        { url: filled(channel.url ?? '', deps.env), secret: channel.secret && filled(channel.secret, deps.env) },
        id,
        message,
        deps.clock(),
      );
    case 'email':
      return sendMail(deps.mail, channel.to, id, message);
    case 'mqtt': {
      const { kind, payload, file } = message;
      const body = {
        version: 1,
        delivery: id,
        kind,
        ...payload,
        ...(file && { file: { name: file.name, path: file.path } }),
      };
      try {
        return await deps.publish(channel.topic ?? '', JSON.stringify(body));
      } catch (error) {
        throw new DeliveryError(`the broker did not take it: ${error instanceof Error ? error.message : error}`);
      }
    }
  }
}

function filled(text: string, env: Environment): string {
  return text.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_, name: string) => {
    const value = env[name];
    if (value === undefined || value === '') {
      throw new DeliveryError(`the environment variable ${name} is not set; set it where the api starts`);
    }
    return value;
  });
}
