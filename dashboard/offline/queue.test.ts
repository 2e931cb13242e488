import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createQueue, type QueuedEntry, type QueueStore, type SendResult } from './queue.ts';

const entry = (id: string) => ({
  id,
  label: id,
  body: { type: 'scrap' },
  basedOn: 0,
  by: 'ann',
  device: 'T',
  enteredAt: 0,
});

function memory(): QueueStore & { readonly rows: Map<string, QueuedEntry> } {
  const rows = new Map<string, QueuedEntry>();
  return {
    rows,
    all: async () => [...rows.values()],
    put: async (e) => void rows.set(e.id, e),
    remove: async (id) => void rows.delete(id),
  };
}

const TAKEN: SendResult = { kind: 'taken' };
const LATER: SendResult = { kind: 'later', detail: 'away' };
const REFUSED: SendResult = { kind: 'refused', refusal: { detail: 'stale', changed: [], seq: 9 } };

function make(answers: (e: QueuedEntry) => SendResult, store = memory()) {
  const sent: string[] = [];
  const timers: (() => void)[] = [];
  const queue = createQueue({
    store,
    send: async (e) => {
      sent.push(e.id);
      return answers(e);
    },
    later: (_ms, then) => void timers.push(then),
  });
  return { queue, sent, timers, store };
}

/** A page that can end at any point: from then on nothing of it reaches the store or the network. */
function page(answers: (e: QueuedEntry) => SendResult, store: QueueStore) {
  let ended = false;
  const never = new Promise<never>(() => {});
  const { queue } = make((e) => (ended ? LATER : answers(e)), {
    rows: new Map(),
    all: () => store.all(),
    put: (e) => (ended ? never : store.put(e)),
    remove: (id) => (ended ? never : store.remove(id)),
  });
  const end = (): void => {
    ended = true;
  };
  return { queue, end };
}

describe('the queue', () => {
  it('stores before it sends, and forgets only what was taken', async () => {
    let answer: SendResult = LATER;
    const { queue, sent, timers, store } = make(() => {
      expect(store.rows.size).toBeGreaterThan(0);
      return answer;
    });
    await queue.add(entry('a'));
    await queue.flush();
    expect([...store.rows.keys()]).toEqual(['a']);
    expect(queue.waitingFor.value).toBe('away');
    answer = TAKEN;
    timers.pop()?.();
    await queue.flush();
    expect(store.rows.size).toBe(0);
    expect(new Set(sent)).toEqual(new Set(['a']));
    expect(queue.taken.value).toBe(1);
  });

  it('goes on after a reload with the same keys, in the order of the taps', async () => {
    const first = make(() => LATER);
    for (const id of ['a', 'b', 'c']) await first.queue.add(entry(id));
    await first.queue.flush();
    const second = make(() => TAKEN, first.store);
    expect(await second.queue.held).toBe(3);
    await second.queue.flush();
    expect(second.sent).toEqual(['a', 'b', 'c']);
    expect(first.store.rows.size).toBe(0);
  });

  it('keeps what is refused until a person decides, and sends the rest', async () => {
    const { queue, sent } = make((e) => (e.id === 'a' ? REFUSED : TAKEN));
    await queue.add(entry('a'));
    await queue.add(entry('b'));
    await queue.flush();
    await expect.poll(() => sent).toEqual(['a', 'b']);
    await expect.poll(() => queue.entries.value.map((e) => [e.id, e.refusal?.seq])).toEqual([['a', 9]]);
    await queue.drop('a');
    expect(queue.entries.value).toEqual([]);
  });

  it('takes back what nobody can have seen by forgetting it, and the rest by a void behind it', async () => {
    const { queue, sent } = make(() => LATER);
    await queue.add(entry('a'));
    await queue.flush();
    await queue.add(entry('b'));
    await queue.undo('b', entry('void-b'));
    expect(queue.entries.value.map((e) => e.id)).toEqual(['a']);
    await queue.undo('a', entry('void-a'));
    expect(queue.entries.value.map((e) => e.id)).toEqual(['a', 'void-a']);
    expect(sent).not.toContain('b');
  });

  it('has each entry taken exactly once, in order, whatever the network, reloads and crashes do', async () => {
    const step = fc.constantFrom('add', 'flush', 'reload', 'lostAnswer', 'away', 'well');
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const ledger: string[] = [];
        let network: 'away' | 'well' | 'lostAnswer' = 'well';
        const take = (e: QueuedEntry): SendResult => {
          if (network === 'away') return LATER;
          if (!ledger.includes(e.id)) ledger.push(e.id);
          return network === 'lostAnswer' ? LATER : TAKEN;
        };
        const store = memory();
        let { queue, end } = page(take, store);
        const added: string[] = [];
        for (const s of steps) {
          if (s === 'add') {
            added.push(`e${added.length}`);
            await queue.add(entry(`e${added.length - 1}`));
          } else if (s === 'flush') await queue.flush();
          else if (s === 'reload') {
            end();
            ({ queue, end } = page(take, store));
          } else network = s;
        }
        network = 'well';
        end();
        ({ queue, end } = page(take, store));
        await queue.flush();
        expect(ledger).toEqual(added);
        expect(store.rows.size).toBe(0);
      }),
      { numRuns: 200 },
    );
  });
});
