/** Something that people are sent: a report or an alert. */
export interface Message {
  readonly kind: 'report' | 'alert';
  readonly subject: string;
  /** Plain text for people. */
  readonly text: string;
  /** For programs: webhook and MQTT. */
  readonly payload: Readonly<Record<string, unknown>>;
  readonly file: MessageFile | null;
}

export interface MessageFile {
  readonly path: string;
  readonly name: string;
  readonly mediaType: string;
}

/** What a channel refused or could not do, in a sentence that says what to do. Everything is tried again. */
export class DeliveryError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'DeliveryError';
  }
}
