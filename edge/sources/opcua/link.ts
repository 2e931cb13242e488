import { SourceError, type SourceHost } from '#edge/core/source.ts';
import type { Instant } from '#shared/time/instant.ts';

/*
 * Our own watch over one connection; the library's notices a half-open line after 25 s.
 *
 * - Two clocks: the line (any answer at all) and the subscription (a publish response). Between keep-alives that are far apart a
 *   small question is asked, so that a dead line is noticed as soon on a slow subscription.
 * - A server that answers questions but publishes nothing is told as such.
 * - An end is told once; values are unknown from the last publish response on.
 */

/** Nothing at all for so long: the line is dead. */
const LINE_SILENCE_MS = 3000;
const ASK_AFTER_MS = 1200;
const LOOK_EVERY_MS = 250;

export interface Link {
  readonly ended: boolean;
  /** The line works. */
  answered(): void;
  /** The subscription works. */
  heard(): void;
  /** From now on silences end the link. `ask` puts a small question to the server. */
  watch(publishSilenceMs: number, ask: () => Promise<unknown>): void;
  /** `resumable`: the server may have kept the subscription. */
  end(why: string, resumable: boolean): void;
  /** Ends quietly, by our own wish. */
  release(): void;
}

export function createLink(
  id: string,
  host: SourceHost,
  onEnd: (error: SourceError, resumable: boolean) => void,
): Link {
  let lastPublish: Instant = host.now();
  let lastAnswer: Instant = lastPublish;
  let ended = false;
  let asking = false;
  let timer: NodeJS.Timeout | undefined;

  function release(): void {
    ended = true;
    clearInterval(timer);
  }

  function end(why: string, resumable: boolean): void {
    if (ended) return;
    release();
    host.lost(lastPublish, why);
    onEnd(new SourceError('lost', `${id}: ${why}`, { retryable: true }), resumable);
  }

  function look(publishSilenceMs: number, ask: () => Promise<unknown>): void {
    const now = host.now();
    if (now - lastAnswer > LINE_SILENCE_MS) {
      end(`nothing heard for ${seconds(now - lastAnswer)}`, true);
    } else if (now - lastPublish > publishSilenceMs) {
      end(`the server answers, but has published nothing for ${seconds(now - lastPublish)}`, false);
    } else if (now - lastAnswer > ASK_AFTER_MS && !asking) {
      asking = true;
      ask().then(
        () => {
          asking = false;
          lastAnswer = host.now();
        },
        () => {
          asking = false;
        },
      );
    }
  }

  return {
    get ended() {
      return ended;
    },
    answered() {
      lastAnswer = host.now();
    },
    heard() {
      lastPublish = host.now();
      lastAnswer = lastPublish;
    },
    watch(publishSilenceMs, ask) {
      if (ended) return;
      lastAnswer = host.now();
      timer = setInterval(() => look(publishSilenceMs, ask), LOOK_EVERY_MS);
    },
    end,
    release,
  };
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
