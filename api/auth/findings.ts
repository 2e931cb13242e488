import type { Finding } from '#shared/oee/judged.ts';
import { DAY } from '#shared/time/instant.ts';
import type { ApiDeps } from '../deps.ts';

const WARN_DAYS = 14;

/** What an administrator should know: the audit log, the certificate. */
export function accessFindings({
  auth,
  certificate,
  clock,
}: Pick<ApiDeps, 'auth' | 'certificate' | 'clock'>): Finding[] {
  const found: Finding[] = [];
  const { trouble } = auth.audit;
  if (trouble !== null) {
    const message = `The audit log cannot be written: ${trouble}. Nobody can sign in until it can; make room on the disk.`;
    found.push({ id: 'auditNotWritten:site', code: 'auditNotWritten', scope: 'site', t: null, message });
  }
  const held = certificate();
  if (held && held.notAfter - clock() < WARN_DAYS * DAY) {
    const day = new Date(held.notAfter).toISOString().slice(0, 10);
    const message = `The certificate of this server ends on ${day}; linewatt tls renew makes the next one.`;
    found.push({ id: 'certificateEnds:site', code: 'certificateEnds', scope: 'site', t: held.notAfter, message });
  }
  return found;
}
