import { HistorianError, type HistorianReader } from '#shared/store/historian.ts';
import { type HistorianPlace, openHistorianReader } from '#shared/store/open.ts';
import type { Counters } from '../metrics/counters.ts';

/*
 * The way to the historian. It may not be there yet (the edge has not made the file, the server is away): the link keeps
 * trying and says what is wrong; who asks meanwhile gets a retryable HistorianError.
 */
export interface HistorianLink {
  /** @throws HistorianError (retryable) while there is none. */
  reader(): HistorianReader;
  readonly connected: boolean;
  /** A sentence for people; null while connected. */
  readonly message: string | null;
  readonly engine: { readonly engine: string; readonly version: string | null };
  /** Called at once when already connected, and after every reconnect. */
  onConnect(listener: (reader: HistorianReader) => void): void;
  close(): Promise<void>;
}

const RETRY_MS = 1000;

export function linkHistorian(
  place: HistorianPlace,
  counters: Counters,
  open: (place: HistorianPlace) => Promise<HistorianReader> = openHistorianReader,
): HistorianLink {
  let reader: HistorianReader | null = null;
  let message: string | null = 'connecting to the historian';
  let engine: HistorianLink['engine'] = {
    engine: place.url.startsWith('sqlite:') ? 'sqlite' : 'influxdb',
    version: null,
  };
  let closed = false;
  let timer: NodeJS.Timeout | null = null;
  const listeners: ((reader: HistorianReader) => void)[] = [];

  const connect = async (): Promise<void> => {
    timer = null;
    try {
      const opened = await open(place);
      engine = await opened.engine();
      if (closed) return await opened.close();
      reader = opened;
      message = null;
      for (const listener of listeners) listener(opened);
    } catch (error) {
      if (closed) return;
      message = error instanceof Error ? error.message : String(error);
      counters.count('historian_retries', error instanceof HistorianError ? error.code : 'other');
      timer = setTimeout(connect, RETRY_MS);
      timer.unref();
    }
  };
  let first: Promise<void> | null = connect();
  void first.finally(() => {
    first = null;
  });

  return {
    reader() {
      if (reader) return reader;
      throw new HistorianError('unreachable', `the historian does not answer yet: ${message}`, { retryable: true });
    },
    get connected() {
      return reader !== null;
    },
    get message() {
      return message;
    },
    get engine() {
      return engine;
    },
    onConnect(listener) {
      listeners.push(listener);
      if (reader) listener(reader);
    },
    async close() {
      closed = true;
      if (timer) clearTimeout(timer);
      await first;
      await reader?.close();
    },
  };
}
