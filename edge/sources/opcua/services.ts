import type { ClientSession, ClientSessionPublishService, ClientSessionRawSubscriptionService } from 'node-opcua';

/** The single services under the library's own subscription, which its type of a session leaves out. */
export type SubscriptionServices = ClientSessionRawSubscriptionService & ClientSessionPublishService;

export function servicesOf(session: ClientSession): SubscriptionServices {
  return session as unknown as SubscriptionServices;
}
