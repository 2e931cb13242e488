import type { Ledger } from '../ledger/ledger.ts';
import type { PlantFile } from '../plant/file.ts';
import type { Audit } from './audit.ts';
import { entryDigest } from './digest.ts';

/**
 * Puts on record what people enter and which plant file is in force. A record of an entry carries a digest of it, so that
 * `linewatt audit verify` also finds an entry that was changed behind the ledger's back.
 */
export function auditPlant(audit: Audit, plant: PlantFile, ledger: Ledger): void {
  const SELF = { actor: null, name: 'linewatt', address: null } as const;
  const version = async (): Promise<void> => {
    const { hash } = plant.current;
    const last = await audit.lastOf('plantVersion');
    if (last?.details['hash'] === hash) return;
    await audit.note({ ...SELF, kind: 'plantVersion', details: { hash, site: plant.current.site.id } });
  };
  void version().catch(() => {});
  plant.onChange(() => void version().catch(() => {}));
  ledger.onAppend((entry) => {
    const { id, seq, by, type } = entry;
    const details = { entry: id, seq, type, digest: entryDigest(entry) };
    void audit.noteOnce({ ...SELF, kind: 'entry', name: by, details }, (last) => Number(last.details['seq']) >= seq);
  });
}
