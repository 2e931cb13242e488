import { io } from 'socket.io-client';
import { createLive, type Live } from './connection.ts';

let live: Live | null = null;

/** The page's one link to the server: opened at first use, reconnecting for ever by itself. */
export function useLive(): Live {
  live ??= createLive(
    io('/live', {
      transports: ['websocket'],
      reconnectionAttempts: Number.POSITIVE_INFINITY,
      reconnectionDelay: 500,
      reconnectionDelayMax: 5_000,
      timeout: 5_000,
    }),
    () => performance.now(),
  );
  return live;
}
