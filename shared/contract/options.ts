/** The option of `up` and `api` that lets a network in without accounts or TLS: long, so that nobody gives it by accident. */
export const UNPROTECTED = 'open-to-the-network-without-accounts-or-tls';
