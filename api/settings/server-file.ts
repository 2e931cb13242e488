import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { roleSchema } from '#shared/contract/account-answers.ts';
import { UserError } from '#shared/contract/command.ts';
import { problemText } from '#shared/plant/problem.ts';
import { resolveSecrets } from '#shared/plant/secrets.ts';
import { didYouMean } from '#shared/plant/suggest.ts';
import { readYaml } from '#shared/plant/yaml-file.ts';

/*
 * server.yaml: what belongs to this server and not to the plant. Secrets only as ${ENV_NAME}. Everything is optional, and a
 * server without the file listens on 127.0.0.1.
 */
const hostName = z.string().regex(/^[A-Za-z0-9.-]{1,253}$/, 'write a host name such as linewatt.example.com');
const secureUrl = z
  .string()
  .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), 'write an address as https://...');

const sections = {
  listen: z
    .strictObject({
      host: z.string().min(1).max(253).optional().describe('address to listen on; default 127.0.0.1'),
      port: z.number().int().min(1).max(65_535).optional(),
      /** Plain HTTP that only gives the CA to devices and sends everybody else to https. */
      enrolPort: z.number().int().min(1).max(65_535).optional(),
    })
    .prefault({}),
  /** Further names that browsers may call it by. */
  names: z.array(hostName).max(50).default([]),
  /** As people write it into a browser; needed behind a proxy. */
  publicUrl: secureUrl.optional(),
  /** A certificate of the company's own; without it, what `linewatt tls init` made. */
  tls: z.strictObject({ certificate: z.string().min(1), key: z.string().min(1) }).optional(),
  sessions: z
    .strictObject({
      hours: z.number().min(0.1).max(720).optional(),
      idleMinutes: z.number().min(1).max(10_080).optional(),
      tabletMinutes: z.number().min(1).max(480).optional(),
    })
    .prefault({}),
  singleSignOn: z
    .strictObject({
      name: z.string().min(1).max(60).describe('as the button on the sign-in page calls it'),
      issuer: secureUrl,
      clientId: z.string().min(1).max(200),
      clientSecret: z.string().min(1).max(500).optional(),
      scopes: z.string().max(500).default('openid profile email'),
      /** Claim that becomes the name in the ledger. */
      nameClaim: z.string().max(100).default('preferred_username'),
      roleClaim: z.string().max(100).default('groups'),
      /** Value of the role claim -> role. The first that fits counts. */
      roles: z.record(z.string(), roleSchema).default({}),
      /** Role of whoever has none of these; without it they are refused. */
      otherwise: roleSchema.optional(),
      /** Claim with scopes as line:filling; without it, the whole site. */
      scopeClaim: z.string().max(100).optional(),
    })
    .optional(),
  /** Read by the delivery of reports and alerts. */
  mail: z.record(z.string(), z.unknown()).optional(),
  retention: z.record(z.string(), z.unknown()).optional(),
};

const schema = z.strictObject(sections);
export type ServerSettings = z.output<typeof schema>;
export type SingleSignOnSettings = NonNullable<ServerSettings['singleSignOn']>;

export const DEFAULT_SETTINGS: ServerSettings = schema.parse({});

/** `file`: as asked for, else server.yaml in the data directory if there is one. @throws UserError with place and sentence. */
export function readServerFile(
  file: string | undefined,
  dataDir: string,
  env: Readonly<Record<string, string | undefined>>,
): ServerSettings {
  const place = file ?? join(dataDir, 'server.yaml');
  if (!existsSync(place)) {
    if (file === undefined) return DEFAULT_SETTINGS;
    throw new UserError(`there is no file ${file}; give an existing one with --server`);
  }
  return parseServerFile(readFileSync(place, 'utf8'), place, env);
}

export function parseServerFile(
  text: string,
  name: string,
  env: Readonly<Record<string, string | undefined>>,
): ServerSettings {
  const { file, problems } = readYaml(text);
  const fail = (lines: readonly string[]): UserError => new UserError(lines.slice(0, 10).join('\n'));
  if (!file) throw fail(problems.map((problem) => problemText(name, problem)));
  const secretProblems: string[] = [];
  const value = resolveSecrets(file.value ?? {}, env, [], (path, message) => {
    secretProblems.push(problemText(name, file.locate(path, message)));
  });
  if (secretProblems.length > 0) throw fail(secretProblems);
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  throw fail(
    read.error.issues.flatMap((issue) => {
      const path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)));
      if (issue.code !== 'unrecognized_keys') return [problemText(name, file.locate(path, issue.message))];
      const known = knownKeys(path);
      return issue.keys.map((key) =>
        problemText(name, file.locate([...path, key], `${key} is not a setting${didYouMean(key, known)}`)),
      );
    }),
  );
}

function knownKeys(path: readonly (string | number)[]): string[] {
  if (path.length === 0) return Object.keys(sections);
  return [
    'host',
    'port',
    'enrolPort',
    'hours',
    'idleMinutes',
    'tabletMinutes',
    'certificate',
    'key',
    'issuer',
    'clientId',
  ];
}
