/** One connection that Linewatt opens, or one port that it listens on. */
export interface Flow {
  /** Who opens it: `edge pack`, `api`, `browsers`. */
  readonly from: string;
  /** Who answers: the id of a source, or `broker`, `historian`, `ledger`, `api`, a channel. */
  readonly to: string;
  readonly host: string;
  readonly port: number;
  readonly protocol: 'OPC UA' | 'Modbus TCP' | 'MQTT' | 'HTTP' | 'PostgreSQL' | 'SMTP';
  /** `TLS`, the OPC UA security mode and policy, or `none`. */
  readonly encryption: string;
  /** Who it signs in as; never a password. */
  readonly account: string;
  /** Zone of the far side, as the plant file names it. */
  readonly zone: string;
  readonly why: string;
}

export const LOOPBACK = '127.0.0.1';

/** Nothing leaves the machine. */
export function isLocal({ host }: Pick<Flow, 'host'>): boolean {
  return host === LOOPBACK || host === 'localhost' || host === '::1';
}
