import { computed, onScopeDispose, type Ref, shallowRef, watch } from 'vue';
import { t } from '../../language/language.ts';
import type { NewEntryBody, QueuedEntry } from '../../offline/queue.ts';
import { newId, useStation } from '../../offline/station.ts';
import { useQueue } from '../../offline/use-queue.ts';
import { type Tapped, tappedOf } from './stops.ts';

/** How long a tap can be taken back with one tap, and how long "2 entries sent" is told. */
export const UNDO_MS = 10_000;
const SENT_MS = 5_000;

interface Saved {
  readonly ids: readonly string[];
  readonly text: string;
}

export interface EnteringOptions {
  /** Now by the site's clock, epoch ms. */
  readonly now: () => number;
  /** The last ledger seq that the person sees. */
  readonly seq: () => number;
  /** The instant of the answer on the screen, by the server's clock; taps before it are in it once they were sent. */
  readonly answeredAt: () => number;
  readonly offline: Readonly<Ref<boolean>>;
}

/** Everything a person enters on a tablet: stored, sent, told, and taken back. */
export function useEntering(options: EnteringOptions) {
  const queue = useQueue();
  const station = useStation();
  const saved = shallowRef<Saved | null>(null);
  const problem = shallowRef<string | null>(null);
  const recent = shallowRef<readonly Tapped[]>([]);
  const sent = shallowRef(0);
  let savedTimer: ReturnType<typeof setTimeout> | null = null;
  let sentTimer: ReturnType<typeof setTimeout> | null = null;
  let wereWaiting = 0;
  onScopeDispose(() => {
    if (savedTimer) clearTimeout(savedTimer);
    if (sentTimer) clearTimeout(sentTimer);
  });

  // What this page found waiting is told too, also where the server answers its first try.
  void queue.held.then((held) => {
    wereWaiting = Math.max(wereWaiting, held);
  });
  // While nobody answers entries pile up; once the queue has drained, their number is told.
  watch([queue.entries, options.offline, queue.waitingFor], ([entries, offline, waitingFor]) => {
    const waiting = entries.filter((e) => e.refusal === null).length;
    if (offline || waitingFor !== null) wereWaiting = Math.max(wereWaiting, waiting);
    if (wereWaiting === 0 || waiting > 0) return;
    sent.value = wereWaiting;
    wereWaiting = 0;
    if (sentTimer) clearTimeout(sentTimer);
    sentTimer = setTimeout(() => {
      sent.value = 0;
    }, SENT_MS);
  });

  const stamp = (label: string, body: NewEntryBody, basedOn = options.seq()) => ({
    id: newId(),
    label,
    body,
    basedOn,
    by: station.value.by || 'unnamed',
    device: station.value.device,
    enteredAt: options.now(),
  });

  async function enter(label: string, ...bodies: NewEntryBody[]): Promise<void> {
    const made = bodies.map((body) => stamp(label, body));
    try {
      for (const entry of made) await queue.add(entry);
    } catch {
      problem.value = t('operator.saved.notStored');
      return;
    }
    problem.value = null;
    const queued = made.map((e) => ({ ...e, order: 0, attempts: 0, refusal: null }));
    recent.value = [...recent.value.filter((tap) => tap.enteredAt > options.now() - 60_000), ...tappedOf(queued)];
    const text = t(options.offline.value ? 'operator.saved.here' : 'operator.saved.done', { what: label });
    saved.value = { ids: made.map((e) => e.id), text };
    if (savedTimer) clearTimeout(savedTimer);
    savedTimer = setTimeout(() => {
      saved.value = null;
    }, UNDO_MS);
  }

  async function undo(): Promise<void> {
    const ids: readonly string[] = saved.value?.ids ?? [];
    saved.value = null;
    recent.value = recent.value.filter((tap) => !ids.includes(tap.id));
    for (const id of [...ids].reverse())
      await queue.undo(id, stamp(t('operator.entry.takenBack'), { type: 'void', entry: id }));
  }

  /** A refused entry once more, now that the person has seen what others entered. */
  async function insist(entry: QueuedEntry): Promise<void> {
    const { refusal, body, label } = entry;
    if (!refusal) return;
    await queue.add(stamp(label, body, refusal.seq ?? entry.basedOn));
    await queue.drop(entry.id);
  }

  /** Reasons tapped that the answer on the screen cannot hold yet, and those that still wait. */
  const tapped = computed(() => {
    const waiting = tappedOf(queue.entries.value);
    const known = new Set(waiting.map((tap) => tap.id));
    const fresh = recent.value.filter((tap) => !known.has(tap.id) && tap.enteredAt > options.answeredAt());
    return [...waiting, ...fresh].sort((a, b) => a.enteredAt - b.enteredAt);
  });
  const waitingIds = computed(() => new Set(tappedOf(queue.entries.value).map((tap) => tap.id)));

  return { queue, saved, problem, sent, tapped, waitingIds, enter, undo, insist };
}
