import type { ClientSession, OPCUAClient } from 'node-opcua';
import { setErrorLogger, setWarningLogger } from 'node-opcua';
import { withDeadline } from '../deadline.ts';
import { readNamespaces } from '../items.ts';
import { readLimits } from '../limits.ts';
import { readNameplate } from '../nameplate.ts';
import { type OpcuaOptions, readOpcuaOptions } from '../options.ts';
import { explain } from '../refusal.ts';
import { createSecuredClient, identityInfo } from '../security.ts';
import { nodeText, plantFragment } from './fragment.ts';
import { type WalkBounds, walk } from './walk.ts';

const OPEN_MS = 25_000;
const SESSION_MS = 60_000;

export interface BrowseWish {
  readonly dataDir: string;
  /** As under `sources:` of a plant file. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly sourceId: string;
  readonly bounds: WalkBounds;
  /** List every variable instead of a fragment. */
  readonly all: boolean;
}

/** Text to print. Reads only. @throws SourceError with a sentence that says what to do. */
export async function browseServer({ dataDir, options: given, sourceId, bounds, all }: BrowseWish): Promise<string> {
  setWarningLogger(() => {});
  setErrorLogger(() => {});
  const options: OpcuaOptions = readOpcuaOptions(sourceId, given);
  const clients: OPCUAClient[] = [];
  let session: ClientSession | null = null;
  try {
    const open = async (): Promise<ClientSession> => {
      const { client } = await createSecuredClient({
        id: sourceId,
        dataDir,
        options,
        sessionTimeoutMs: SESSION_MS,
        now: Date.now,
        onClient: (made) => clients.push(made),
      });
      await client.connect(options.endpoint);
      return client.createSession(identityInfo(options.identity));
    };
    session = await withDeadline(open(), OPEN_MS);
    const limits = await readLimits(session);
    const namespaces = await readNamespaces(session);
    const walked = await walk(session, limits, bounds);
    if (all) {
      const rows = walked.variables.map(
        (variable) =>
          `${nodeText(variable, namespaces)}\t${variable.dataType}${variable.isArray ? '[]' : ''}\t${variable.value ?? ''}\t${variable.path.join(' / ')}\n`,
      );
      return rows.join('');
    }
    const details = await readNameplate(session);
    return plantFragment({ options, walked, namespaces, details, sourceId });
  } catch (error) {
    throw explain(sourceId, options, `${dataDir}/pki/opcua`, error);
  } finally {
    await session?.close(true).catch(() => {});
    await Promise.all(clients.map((client) => client.disconnect().catch(() => {})));
  }
}
