import { z } from 'zod';

/*
 * What a source learned about the other side, for the inventory of everything connected. Every member is optional: a
 * protocol tells what it can, and what is absent is unknown, never assumed.
 */
const text = z.string();
const number = z.number();

export const sourceDetails = z.object({
  /** None, Sign or SignAndEncrypt (OPC UA); TLS or None elsewhere. */
  securityMode: text.optional(),
  securityPolicy: text.optional(),
  /** How we log in: anonymous, userName, certificate. */
  identity: text.optional(),
  /** SHA-1 of the other side's certificate, hex: the name under which `linewatt trust` knows it. */
  certificateThumbprint: text.optional(),
  certificateSubject: text.optional(),
  /** Epoch ms. */
  certificateExpiresAt: number.optional(),
  /** Our own certificate's end, epoch ms. */
  ownCertificateExpiresAt: number.optional(),
  manufacturer: text.optional(),
  model: text.optional(),
  serialNumber: text.optional(),
  /** Revision of the device itself (OPC UA DI). */
  firmwareVersion: text.optional(),
  /** Revision of the server program that answers us. */
  softwareVersion: text.optional(),
  publishingIntervalMs: number.optional(),
  /** Slowest revised sampling of any signal. */
  samplingIntervalMs: number.optional(),
  /** Smallest revised queue of any signal, values. */
  queueSize: number.optional(),
  /** An outage this long, seconds, is filled from the other side's queue without a gap. */
  coveredOutageSeconds: number.optional(),
  /** One sentence each: what a careful engineer would change. */
  weaknesses: z.array(text).readonly().optional(),
});
export type SourceDetails = z.infer<typeof sourceDetails>;
