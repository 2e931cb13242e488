import { useRoute, useRouter } from 'vue-router';

/**
 * The token behind the `#`, which no server is sent. It leaves the address, and so the history, at once; the router does that,
 * because it would otherwise write its own copy of the address back.
 */
export function useTokenOfAddress(): string {
  const route = useRoute();
  const router = useRouter();
  const token = route.hash.slice(1);
  if (token !== '') void router.replace({ path: route.path });
  return token;
}
