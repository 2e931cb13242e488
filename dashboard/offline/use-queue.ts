import { put, QUEUE, readAll, remove } from './database.ts';
import { createQueue, type Queue } from './queue.ts';
import { sendEntry } from './send.ts';

let queue: Queue | null = null;

/** The page's one queue. Tries as soon as the browser says that the network is back, and by itself. */
export function useQueue(): Queue {
  if (queue) return queue;
  const made = createQueue({
    store: {
      all: () => readAll(QUEUE),
      put: (entry) => put(QUEUE, entry),
      remove: (id) => remove(QUEUE, id),
    },
    send: sendEntry,
    later: (ms, then) => void setTimeout(then, ms),
  });
  window.addEventListener('online', () => void made.flush());
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && void made.flush());
  void made.flush();
  queue = made;
  return made;
}
