import type { ClientSession, OPCUAClient, TransferSubscriptionsResponse } from 'node-opcua';
import type { Item, SourceHost } from '#edge/core/source.ts';
import { createDelivery } from './delivery.ts';
import { createItems, type Items, readNamespaces } from './items.ts';
import { readLimits } from './limits.ts';
import type { Link } from './link.ts';
import type { OpcuaOptions } from './options.ts';
import { createPublishing, type Publishing } from './publishing.ts';
import { servicesOf } from './services.ts';

/*
 * One subscription, kept over lost connections where the server keeps it.
 *
 * - A new connection first takes up the old session, else has the old subscription transferred, else begins anew. What the server
 *   queued meanwhile is asked for message by message; nothing is taken for granted (publishing.ts, delivery.ts).
 * - How long the server keeps it, and how much, is what it said when it was made: that is the outage that is covered.
 */

/** Keep-alives are asked for about this often. */
const KEEP_ALIVE_MS = 1000;
const MINIMUM_KEEP_ALIVE_COUNT = 2;
/** The server keeps a subscription without a connection at least, and at most, about so long. */
const LEAST_LIFETIME_MS = 30_000;
const MOST_LIFETIME_MS = 120_000;
/** A message stays small enough for the smallest client buffers, also after an outage. */
const MOST_NOTIFICATIONS = 5000;
const LEAST_PUBLISH_SILENCE_MS = 3000;

export interface Kept {
  readonly session: ClientSession;
  readonly subscriptionId: number;
  readonly items: Items;
  readonly terms: Terms;
  readonly lastSequence: number | null;
  /** Which signals at which nodes it was made for. */
  readonly identity: string;
}

/** What the server granted. */
export interface Terms {
  readonly publishingIntervalMs: number;
  readonly keepAliveMs: number;
  readonly lifetimeMs: number;
}

export interface Subscription {
  readonly items: Items;
  readonly terms: Terms;
  readonly publishing: Publishing;
  /** Longest time that a healthy server may publish nothing. */
  readonly silenceMs: number;
  keep(): Kept;
}

export function wishedLifetimeMs({ queueSize, samplingIntervalMs }: OpcuaOptions): number {
  return Math.min(MOST_LIFETIME_MS, Math.max(LEAST_LIFETIME_MS, queueSize * samplingIntervalMs));
}

export async function subscribeAnew(
  session: ClientSession,
  options: OpcuaOptions,
  wanted: readonly Item[],
  host: SourceHost,
  link: Link,
): Promise<Subscription> {
  const interval = options.publishingIntervalMs;
  const keepAliveCount = Math.max(MINIMUM_KEEP_ALIVE_COUNT, Math.floor(KEEP_ALIVE_MS / interval));
  const made = await servicesOf(session).createSubscription({
    requestedPublishingInterval: interval,
    requestedMaxKeepAliveCount: keepAliveCount,
    requestedLifetimeCount: Math.max(keepAliveCount * 3, Math.ceil(wishedLifetimeMs(options) / interval)),
    maxNotificationsPerPublish: MOST_NOTIFICATIONS,
    publishingEnabled: true,
    priority: 1,
  });
  const { subscriptionId, revisedPublishingInterval } = made;
  const terms: Terms = {
    publishingIntervalMs: revisedPublishingInterval,
    keepAliveMs: made.revisedMaxKeepAliveCount * revisedPublishingInterval,
    lifetimeMs: Math.min(made.revisedLifetimeCount * revisedPublishingInterval, session.timeout),
  };
  const limits = await readLimits(session);
  const items = createItems({ session, subscriptionId, options, limits, host }, wanted);
  await items.ask();
  const subscription = assemble({ session, subscriptionId, items, terms, identity: identityOf(wanted) }, host, link);
  subscription.publishing.start(null);
  return subscription;
}

/** `subscription` is null where the server has let go of it, or is another than before. */
export async function resume(
  kept: Kept,
  client: OPCUAClient,
  newSession: () => Promise<ClientSession>,
  host: SourceHost,
  link: Link,
): Promise<{ readonly session: ClientSession; readonly subscription: Subscription | null }> {
  const isOld = await reactivated(kept.session, client);
  const session = isOld ? kept.session : await newSession();
  if (!isOld && !(await transferred(session, kept.subscriptionId))) return { session, subscription: null };
  // A server with other namespaces has been downloaded to: its nodes are others, whatever their numbers.
  const namespaces = await readNamespaces(session);
  if (namespaces.join('\n') !== kept.items.namespaces.join('\n')) {
    await servicesOf(session).deleteSubscriptions({ subscriptionIds: [kept.subscriptionId] });
    return { session, subscription: null };
  }
  kept.items.rebind(session, host);
  const subscription = assemble({ ...kept, session }, host, link, true);
  subscription.publishing.start(kept.lastSequence);
  return { session, subscription };
}

function assemble(kept: Omit<Kept, 'lastSequence'>, host: SourceHost, link: Link, isResumed = false): Subscription {
  const { session, subscriptionId, items, terms, identity } = kept;
  const delivery = createDelivery(items, host, (status) =>
    link.end(`the server ended the subscription (${status})`, false),
  );
  if (isResumed) delivery.resuming();
  const publishing = createPublishing(session, subscriptionId, {
    message: delivery.message,
    heard: link.heard,
    ended: (why) => link.end(why, /BadConnection|Invalid Channel|BadSecureChannel|BadTcp/.test(why)),
  });
  return {
    items,
    terms,
    publishing,
    silenceMs: Math.max(
      LEAST_PUBLISH_SILENCE_MS,
      3 * terms.publishingIntervalMs,
      2 * terms.keepAliveMs + KEEP_ALIVE_MS,
    ),
    keep: () => ({ session, subscriptionId, items, terms, identity, lastSequence: publishing.lastSequence }),
  };
}

export function identityOf(wanted: readonly Item[]): string {
  return JSON.stringify(wanted.map(({ signal, address }) => [signal, address]));
}

async function reactivated(session: ClientSession, client: OPCUAClient): Promise<boolean> {
  return client.reactivateSession(session).then(
    () => true,
    () => false,
  );
}

async function transferred(session: ClientSession, subscriptionId: number): Promise<boolean> {
  const wish = { subscriptionIds: [subscriptionId], sendInitialValues: false };
  const answer = await new Promise<TransferSubscriptionsResponse | null>((resolve) => {
    servicesOf(session).transferSubscriptions(wish, (error, response) => resolve(error || !response ? null : response));
  });
  return answer?.results?.[0]?.statusCode.isGood() ?? false;
}
