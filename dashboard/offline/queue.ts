import { type ShallowRef, shallowRef } from 'vue';

/*
 * Entries on their way to the ledger.
 *
 * - What a person tapped is stored before it is sent, with the key it is sent under: made once, at the tap. However often it is
 *   sent, the ledger takes it once.
 * - One at a time, in the order of the taps: a taking back never overtakes what it takes back.
 * - No answer, or one that says "later": it waits and is tried again. Refused: it stays, with the server's words, until a
 *   person decides; the others go on.
 * - Nothing leaves the queue but by the server's word that it has it, or by a person's.
 */
export interface NewEntryBody {
  readonly type: string;
  readonly [key: string]: unknown;
}

export interface QueuedEntry {
  /** Id of the entry and its idempotency key. */
  readonly id: string;
  readonly order: number;
  /** In words: "Cap feed jam". */
  readonly label: string;
  readonly body: NewEntryBody;
  /** The last ledger seq that the person saw. */
  readonly basedOn: number;
  readonly by: string;
  readonly device: string;
  /** Epoch ms, the site's clock. */
  readonly enteredAt: number;
  readonly attempts: number;
  readonly refusal: Refusal | null;
}

export interface Refusal {
  readonly detail: string;
  /** What others entered since, where that is why. */
  readonly changed: readonly Readonly<Record<string, unknown>>[];
  readonly seq: number | null;
}

export type SendResult =
  | { readonly kind: 'taken' }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'later'; readonly detail: string };

export interface QueueStore {
  all(): Promise<readonly QueuedEntry[]>;
  put(entry: QueuedEntry): Promise<void>;
  remove(id: string): Promise<void>;
}

export interface Queue {
  /** Everything that the server has not taken yet, in order. */
  readonly entries: Readonly<ShallowRef<readonly QueuedEntry[]>>;
  /** Why the last try did not get through; null while all is well. */
  readonly waitingFor: Readonly<ShallowRef<string | null>>;
  /** How many were waiting already when the page was opened. */
  readonly held: Promise<number>;
  /** Rises by one with every entry that was taken. */
  readonly taken: Readonly<ShallowRef<number>>;
  /** Resolves once it is stored here; it is on its way then. @throws where the browser cannot store it. */
  add(entry: Omit<QueuedEntry, 'order' | 'attempts' | 'refusal'>): Promise<void>;
  /** Takes an entry back: by forgetting it where no server can have seen it, else by a void. */
  undo(id: string, theVoid: Omit<QueuedEntry, 'order' | 'attempts' | 'refusal'>): Promise<void>;
  /** A person has decided about a refused entry. */
  drop(id: string): Promise<void>;
  /** Tries now, rather than at the next turn. */
  flush(): Promise<void>;
}

const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 15_000;

export interface QueueOptions {
  readonly store: QueueStore;
  readonly send: (entry: QueuedEntry) => Promise<SendResult>;
  readonly later: (ms: number, then: () => void) => void;
}

export function createQueue({ store, send, later }: QueueOptions): Queue {
  const entries = shallowRef<readonly QueuedEntry[]>([]);
  const waitingFor = shallowRef<string | null>(null);
  const taken = shallowRef(0);
  let retryMs = FIRST_RETRY_MS;
  let running: Promise<void> | null = null;
  let due = false;
  const loaded = store.all().then(
    (held) => {
      entries.value = [...held, ...entries.value].sort((a, b) => a.order - b.order);
      return held.filter((e) => e.refusal === null).length;
    },
    () => 0,
  );

  const replace = (entry: QueuedEntry): void => {
    entries.value = entries.value.map((e) => (e.id === entry.id ? entry : e));
  };
  const forget = async (id: string): Promise<void> => {
    await store.remove(id);
    entries.value = entries.value.filter((e) => e.id !== id);
  };
  const retry = (): void => {
    if (due) return;
    due = true;
    later(retryMs, () => {
      due = false;
      void queue.flush();
    });
    retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
  };

  const queue: Queue = {
    entries,
    waitingFor,
    held: loaded,
    taken,
    async add(given) {
      await loaded;
      const order = (entries.value.at(-1)?.order ?? 0) + 1;
      const entry: QueuedEntry = { ...given, order, attempts: 0, refusal: null };
      await store.put(entry);
      entries.value = [...entries.value, entry];
      void queue.flush();
    },
    async undo(id, theVoid) {
      await loaded;
      const held = entries.value.find((e) => e.id === id);
      if (held && (held.attempts === 0 || held.refusal)) return forget(id);
      return queue.add(theVoid);
    },
    async drop(id) {
      await loaded;
      if (entries.value.find((e) => e.id === id)?.refusal) await forget(id);
    },
    flush() {
      running ??= sendAll().finally(() => {
        running = null;
        // Added while the last look was over already.
        if (!due && entries.value.some((e) => e.refusal === null)) void queue.flush();
      });
      return running;
    },
  };
  return queue;

  async function sendAll(): Promise<void> {
    await loaded;
    try {
      for (;;) {
        const next = entries.value.find((e) => e.refusal === null);
        if (!next) return;
        const trying = { ...next, attempts: next.attempts + 1 };
        // Stored first: after a crash nobody may believe that it was never sent.
        await store.put(trying);
        replace(trying);
        const result = await send(trying);
        if (result.kind === 'later') {
          waitingFor.value = result.detail;
          return retry();
        }
        retryMs = FIRST_RETRY_MS;
        waitingFor.value = null;
        if (result.kind === 'taken') {
          await forget(trying.id);
          taken.value += 1;
        } else {
          const refused = { ...trying, refusal: result.refusal };
          await store.put(refused);
          replace(refused);
        }
      }
    } catch (error) {
      waitingFor.value = error instanceof Error ? error.message : String(error);
      retry();
    }
  }
}
