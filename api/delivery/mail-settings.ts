import { z } from 'zod';
import { UserError } from '#shared/contract/command.ts';

/** `mail:` of server.yaml. Secrets are resolved by whoever reads the file. */
const schema = z.strictObject({
  host: z.string().min(1).max(253),
  port: z.number().int().min(1).max(65_535).optional(),
  /** TLS from the first byte; default where the port is 465. Otherwise STARTTLS is demanded, save on this machine. */
  secure: z.boolean().optional(),
  user: z.string().max(320).optional(),
  password: z.string().max(1000).optional(),
  from: z.string().min(3).max(320),
});

export interface MailSettings {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  readonly demandTls: boolean;
  readonly user: string | null;
  readonly password: string | null;
  readonly from: string;
}

const IMPLICIT_TLS_PORT = 465;
const SUBMISSION_PORT = 587;

/** Null where the server has no mail. @throws UserError that names the key. */
export function readMailSettings(mail: Readonly<Record<string, unknown>> | undefined): MailSettings | null {
  if (mail === undefined) return null;
  const read = schema.safeParse(mail);
  if (!read.success) {
    const [issue] = read.error.issues;
    throw new UserError(`server.yaml: mail.${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is wrong'}`);
  }
  const { host, port = SUBMISSION_PORT, user = null, password = null, from } = read.data;
  const secure = read.data.secure ?? port === IMPLICIT_TLS_PORT;
  const local = ['127.0.0.1', '::1', 'localhost'].includes(host);
  return { host, port, secure, demandTls: !secure && !local, user, password, from };
}
