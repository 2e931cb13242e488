import type { Path } from './problem.ts';
import { isMapping } from './schema-basics.ts';

const REFERENCE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;
const WHOLE = /^\$\{[A-Za-z_][A-Za-z0-9_]*\}$/;
const SECRET_KEY = /password|secret|token|passphrase/i;
/** `mqtt://user:password@broker` */
const PASSWORD_IN_URL = /^[a-z][a-z.+]*:\/\/[^/@\s]*:([^/@\s]+)@/i;

export type Environment = Readonly<Record<string, string | undefined>>;

/** Names of the environment that sources and channels ask for, in order of the file. */
export function namesOfSecrets(value: unknown): string[] {
  if (typeof value === 'string') return [...value.matchAll(REFERENCE)].map((match) => match[1] ?? '');
  if (Array.isArray(value)) return value.flatMap(namesOfSecrets);
  return isMapping(value) ? Object.values(value).flatMap(namesOfSecrets) : [];
}

/**
 * A copy of `value` with each `${NAME}` taken from the environment. Without an environment they stay as they are: a process
 * that only reads the plant needs no passwords. Passwords in plain text are refused, because plant files are shared.
 */
export function resolveSecrets(
  value: unknown,
  env: Environment | undefined,
  path: Path,
  report: (path: Path, message: string) => void,
): unknown {
  if (Array.isArray(value)) return value.map((item, i) => resolveSecrets(item, env, [...path, i], report));
  if (isMapping(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, resolveSecrets(item, env, [...path, key], report)]),
    );
  }
  if (typeof value !== 'string') return value;
  const key = String(path.at(-1));
  if (SECRET_KEY.test(key) && !WHOLE.test(value)) {
    report(path, `is a secret in plain text; write "\${${suggestedName(path)}}" and set that in the environment`);
    return value;
  }
  const inUrl = PASSWORD_IN_URL.exec(value)?.[1];
  if (inUrl !== undefined && !WHOLE.test(inUrl)) {
    report(
      path,
      'holds a password in plain text; give userName and password (from the environment) as keys of their own',
    );
    return value;
  }
  if (!env) return value;
  return value.replace(REFERENCE, (whole, name: string) => {
    const found = env[name];
    if (found !== undefined && found !== '') return found;
    report(path, `needs the environment variable ${name}, which is not set; set it where this process starts`);
    return whole;
  });
}

function suggestedName(path: Path): string {
  return path
    .slice(1)
    .map((step) => String(step).replace(/[^A-Za-z0-9]+/g, '_'))
    .join('_')
    .toUpperCase();
}
