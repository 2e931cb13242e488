import { io, type Socket } from 'socket.io-client';
import { signInNeeded } from '../session/gate.ts';
import { createLive, type Live } from './connection.ts';
import { onWake } from './wake.ts';

/** Whoever signs in again, in another tab or at the wall's own tablet, has live figures back within this. */
const RETRY_MS = 3_000;
/** A line that swallows everything is not told from a silent server; both are asked anew, long before the library gives up. */
const SILENT_MS = 10_000;
const LISTEN_MS = 1_000;

let live: Live | null = null;

/** The page's one link to the server: opened at first use, reconnecting for ever by itself. */
export function useLive(): Live {
  if (live) return live;
  const opened = createLive(open(), () => performance.now());
  live = opened;
  onWake(() => opened.resync());
  setInterval(() => {
    if (opened.silentMs() >= SILENT_MS) opened.resync();
  }, LISTEN_MS);
  return opened;
}

function open(): Socket & { reopen(): void } {
  const socket = io('/live', {
    transports: ['websocket'],
    reconnectionAttempts: Number.POSITIVE_INFINITY,
    reconnectionDelay: 500,
    reconnectionDelayMax: 5_000,
    timeout: 5_000,
  });
  // The server closes a link whose session has ended, and then the library does not try again by itself.
  socket.on('disconnect', (reason) => {
    if (reason === 'io server disconnect') socket.connect();
  });
  socket.on('connect_error', ({ message }) => {
    if (!message.startsWith('signIn')) return;
    signInNeeded();
    setTimeout(() => socket.connect(), RETRY_MS);
  });
  // The engine's own close is an accident to the socket above it, which then connects again by itself.
  return Object.assign(socket, { reopen: () => void (socket.connected && socket.io.engine.close()) });
}
