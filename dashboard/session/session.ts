import { type ShallowRef, shallowRef } from 'vue';
import type { MeAnswer } from '#shared/contract/account-answers.ts';
import { t } from '../language/language.ts';
import { get } from '../rest/get.ts';
import { post } from '../rest/post.ts';

/*
 * Who is signed in here, as the server says. One for the page; nothing of it is kept in the browser but the server's cookie, which
 * no script can read.
 */
const me = shallowRef<MeAnswer | null>(null);
const PATIENCE_MS = 4000;
let asking: Promise<MeAnswer | null> | null = null;

export function useMe(): Readonly<ShallowRef<MeAnswer | null>> {
  return me;
}

/** Asks the server; null where it does not answer, which is no reason to send anybody away. */
export async function loadMe(): Promise<MeAnswer | null> {
  // A network that swallows everything must not keep a page from opening.
  asking ??= get<MeAnswer>('auth/me', {}, AbortSignal.timeout(PATIENCE_MS))
    .then((answer) => {
      me.value = answer;
      return answer;
    })
    .catch(() => me.value)
    .finally(() => {
      asking = null;
    });
  return asking;
}

/** Signs in or out in one of the server's ways. @throws RestError with the server's own sentence. */
export async function become(path: string, body: Readonly<Record<string, unknown>> = {}): Promise<MeAnswer> {
  const answer = await post<MeAnswer>(`auth/${path}`, body);
  me.value = answer;
  return answer;
}

/** Where somebody begins: those who see the whole site on the plant page, the others on what is theirs. */
export function homeOf({ who }: MeAnswer): string {
  if (!who || who.scopes === 'all') return '/plant';
  const [scope = ''] = who.scopes;
  const [kind, id = ''] = scope.split(':');
  if (who.role === 'operator') return kind === 'machine' ? `/operator/${encodeURIComponent(id)}` : '/operator';
  if (kind === 'machine') return `/machine/${encodeURIComponent(id)}`;
  if (kind === 'line') return `/wall/${encodeURIComponent(id)}`;
  return '/plant';
}

/** A page of this server that was asked for before signing in; anything else is the home page. */
export function nextPage(asked: unknown, home: string): string {
  return typeof asked === 'string' && /^\/(?![/\\])/.test(asked) && !asked.startsWith('/signin') ? asked : home;
}

/** Every role, from the least to the most that it may. */
export const ROLES = ['viewer', 'operator', 'supervisor', 'energyManager', 'engineer', 'admin'] as const;

/** A role in words; one that this page does not know as the server says it. */
export function roleWord(role: string): string {
  return ROLES.some((one) => one === role) ? t(`session.role.${role}`) : role;
}
