import { type ShallowRef, shallowRef } from 'vue';

/** What this tablet knows about itself: its own name, who works at it, how it looks. */
export interface Station {
  /** Names the device in the ledger; unique also among tablets that nobody named. */
  readonly device: string;
  readonly by: string;
  readonly theme: 'light' | 'dark';
}

const KEY = 'linewatt.station';
let station: ShallowRef<Station> | null = null;

export function useStation(): ShallowRef<Station> {
  station ??= shallowRef(load());
  return station;
}

export function changeStation(change: Partial<Station>): void {
  const held = useStation();
  held.value = { ...held.value, ...change };
  localStorage.setItem(KEY, JSON.stringify(held.value));
}

function load(): Station {
  let held: Partial<Station> = {};
  try {
    held = JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Station>;
  } catch {
    // Somebody's hand in the storage: begin anew.
  }
  const made: Station = {
    device: held.device ?? `Tablet ${shortId()}`,
    by: held.by ?? '',
    theme: held.theme === 'dark' ? 'dark' : 'light',
  };
  if (held.device === undefined) localStorage.setItem(KEY, JSON.stringify(made));
  return made;
}

/** Four letters and digits that are not mistaken for each other. */
function shortId(): string {
  const letters = 'ABCDEFGHJKMNPQRSTUVWXYZ23456789';
  return [...crypto.getRandomValues(new Uint8Array(4))].map((n) => letters[n % letters.length]).join('');
}

/** Random, for ids made at a tap. */
export function newId(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((n) => n.toString(16).padStart(2, '0')).join('');
}
