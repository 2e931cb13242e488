/** The little of the provider that the tests use; it comes without types. */
declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http';

  export default class Provider {
    constructor(issuer: string, configuration: ProviderConfiguration);
    callback(): (request: IncomingMessage, response: ServerResponse) => void;
  }

  export interface ProviderConfiguration {
    readonly findAccount: (
      context: unknown,
      id: string,
    ) => Promise<{ readonly accountId: string; readonly claims: () => Promise<Readonly<Record<string, unknown>>> }>;
    readonly [setting: string]: unknown;
  }
}
