import {
  type ClientSession,
  type NotificationMessage,
  PublishRequest,
  type PublishResponse,
  RepublishRequest,
  type RepublishResponse,
} from 'node-opcua';
import { statusName } from './refusal.ts';
import { servicesOf } from './services.ts';

/*
 * Publish, in order and without a hole.
 *
 * - Messages are handed on in the order of their sequence numbers, each once. A missing one is asked for again (Republish); when
 *   the server has it no more, the subscription ends here: a hole is never papered over.
 * - A message is acknowledged with the next request, after it was handed on.
 * - Several requests wait at the server, so that it can always speak. "Too many" means fewer, not an error.
 * - Nothing is polled: without publishing there are no values, and it shows.
 */

const REQUESTS_IN_FLIGHT = 5;
/** The request may wait at the server as long as nothing changes; our own watch ends a silent link long before. */
const PUBLISH_TIMEOUT_MS = 120_000;
const PAUSE_MS = 250;
const LARGEST_SEQUENCE = 0xffff_ffff;

export interface PublishingEvents {
  /** Values or a status; `complete`: the server has nothing more to send now. `asked`: it came by Republish. */
  message(message: NotificationMessage, complete: boolean, asked: boolean): void;
  /** Anything was heard of this subscription. */
  heard(): void;
  ended(why: string): void;
}

export interface Publishing {
  /** Sequence number of the last message handed on; null before the first. */
  readonly lastSequence: number | null;
  /** From here on publish responses are asked for. `after`: the last message that the connection before this one handed on. */
  start(after: number | null): void;
  stop(): void;
}

export function createPublishing(session: ClientSession, subscriptionId: number, events: PublishingEvents): Publishing {
  const services = servicesOf(session);
  let last: number | null = null;
  let stopped = false;
  let waiting = 0;
  let allowed = REQUESTS_IN_FLIGHT;
  let acknowledgements: number[] = [];
  let turn: Promise<void> = Promise.resolve();
  let pause: NodeJS.Timeout | undefined;

  function end(why: string): void {
    if (stopped) return;
    stop();
    events.ended(why);
  }

  function stop(): void {
    stopped = true;
    clearTimeout(pause);
  }

  function fill(): void {
    while (!stopped && waiting < allowed) send();
  }

  function send(): void {
    waiting += 1;
    const sent = acknowledgements;
    acknowledgements = [];
    const request = new PublishRequest({
      requestHeader: { timeoutHint: PUBLISH_TIMEOUT_MS },
      subscriptionAcknowledgements: sent.map((sequenceNumber) => ({ subscriptionId, sequenceNumber })),
    });
    services.publish(request, (error, response) => {
      waiting -= 1;
      if (stopped) return;
      if (error || !response) {
        acknowledgements = [...sent, ...acknowledgements];
        failed(error);
        return;
      }
      turn = turn
        .then(() => take(response))
        .catch((problem: Error) => end(`a publish response was unreadable (${problem.message})`));
      void turn.then(fill);
    });
  }

  function failed(error: Error | null): void {
    const name = statusName(error);
    if (name === 'BadTooManyPublishRequests') allowed = Math.max(1, waiting);
    else if (name !== 'BadTimeout') {
      end(
        name === 'BadNoSubscription'
          ? 'the server dropped the subscription'
          : `the server stopped publishing (${name})`,
      );
      return;
    }
    clearTimeout(pause);
    pause = setTimeout(fill, PAUSE_MS);
  }

  async function take(response: PublishResponse): Promise<void> {
    if (stopped || response.subscriptionId !== subscriptionId) return;
    events.heard();
    const { notificationMessage: message, moreNotifications } = response;
    const isKeepAlive = (message.notificationData ?? []).length === 0;
    const sequence = message.sequenceNumber;
    if (last === null) last = before(sequence);
    // A message that comes again after a reconnect has been handed on already.
    if (!isKeepAlive && isNotAfter(sequence, last)) return;
    while (!stopped && after(last) !== sequence) {
      if (isNotAfter(sequence, last)) return;
      if (!(await askAgain())) {
        end(`the server lost message ${after(last)} of the subscription`);
        return;
      }
    }
    if (stopped) return;
    if (isKeepAlive) events.message(message, true, false);
    else hand(message, !moreNotifications, false);
  }

  function hand(message: NotificationMessage, complete: boolean, asked: boolean): void {
    last = message.sequenceNumber;
    acknowledgements.push(last);
    events.message(message, complete, asked);
  }

  /** Hands on the message after the last one, if the server still has it. */
  async function askAgain(): Promise<boolean> {
    const wanted = after(last ?? 0);
    const request = new RepublishRequest({ subscriptionId, retransmitSequenceNumber: wanted });
    const answer = await new Promise<RepublishResponse | null>((resolve) => {
      services.republish(request, (error, response) => resolve(error || !response ? null : response));
    });
    if (stopped || answer?.notificationMessage?.sequenceNumber !== wanted) return false;
    events.heard();
    hand(answer.notificationMessage, false, true);
    return true;
  }

  return {
    get lastSequence() {
      return last;
    },
    start(from) {
      last = from;
      turn = turn.then(async () => {
        if (from === null) return;
        while (!stopped && (await askAgain()));
      });
      void turn.then(fill);
    },
    stop,
  };
}

/** Sequence numbers are never 0. */
function after(sequence: number): number {
  return sequence >= LARGEST_SEQUENCE ? 1 : sequence + 1;
}

function before(sequence: number): number {
  return sequence <= 1 ? LARGEST_SEQUENCE : sequence - 1;
}

/** On a circle of 2^32: `sequence` is at or within half a turn behind `last`. */
function isNotAfter(sequence: number, last: number): boolean {
  return (last - sequence) >>> 0 < 0x8000_0000;
}
