import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

/*
 * Argon2id with the parameters that OWASP names for servers: 19 MiB, two passes. They stand in the kept text, so that stronger
 * ones can follow without a reset. At most two run at once: signing in must not take the server's memory.
 */
const MEMORY_KIB = 19_456;
const PASSES = 2;
const TAG_BYTES = 32;
const AT_ONCE = 2;

const derive = promisify(argon2);

let running = 0;
const waiting: (() => void)[] = [];

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= AT_ONCE) await new Promise<void>((next) => waiting.push(next));
  else running += 1;
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }
}

const tagOf = (message: string, nonce: Buffer, memory: number, passes: number, tagLength: number): Promise<Buffer> =>
  inTurn(() => derive('argon2id', { message, nonce, parallelism: 1, memory, passes, tagLength }));

export async function hashPassword(password: string): Promise<string> {
  const nonce = randomBytes(16);
  const tag = await tagOf(password.normalize('NFKC'), nonce, MEMORY_KIB, PASSES, TAG_BYTES);
  return `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=1$${nonce.toString('base64url')}$${tag.toString('base64url')}`;
}

const KEPT = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=1\$([\w-]+)\$([\w-]+)$/;

/** Takes as long for an account that is not there or has no password: nothing is learned from the time. */
export async function verifyPassword(kept: string | null, password: string): Promise<boolean> {
  const parts = KEPT.exec(kept ?? '');
  const [, memory, passes, nonce = '', tag = ''] = parts ?? [];
  const expected = parts ? Buffer.from(tag, 'base64url') : randomBytes(TAG_BYTES);
  const salt = parts ? Buffer.from(nonce, 'base64url') : randomBytes(16);
  const found = await tagOf(
    password.normalize('NFKC'),
    salt,
    Number(memory ?? MEMORY_KIB),
    Number(passes ?? PASSES),
    expected.length,
  );
  return timingSafeEqual(found, expected) && parts !== null;
}

const COMMON = /^(password|passwort|linewatt|qwert|123456|admin|welcome|letmein|changeme|iloveyou)/i;

/** One sentence, or null where it may be used. Length counts; rules about characters only make people write it down. */
export function weakness(password: string, name: string): string | null {
  if (password.length < 10) return 'a password has at least 10 characters; three words are easy to keep in mind';
  if (password.length > 200) return 'a password has at most 200 characters';
  if (new Set(password).size < 5) return 'that password repeats few characters; take three words';
  if (COMMON.test(password)) return 'that password begins like those that are tried first; take three words';
  if (name.length > 3 && password.toLowerCase().includes(name.toLowerCase())) {
    return 'a password does not contain the name of its account';
  }
  return null;
}

const EASY_PINS = /^(\d)\1+$|^(?:0123456789|1234567890)/;

/** PINs are only taken on a shared tablet that was enrolled, and lock out after five wrong ones. */
export function weakPin(pin: string): string | null {
  if (!/^\d{4,10}$/.test(pin)) return 'a PIN has four to ten digits';
  if (EASY_PINS.test(pin) || '01234567890'.includes(pin) || '09876543210'.includes(pin)) {
    return 'that PIN is one of the first that anybody tries; take another';
  }
  return null;
}
