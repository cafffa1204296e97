// From what a caller names to the key it means. A key of another project is found only when the caller names that project, and then
// an absent key and one that it may not use are refused alike: nobody learns what exists elsewhere.

import { KEY_ALGORITHMS } from '../domain/algorithms.ts';
import { KmsError } from '../domain/errors.ts';
import type { Key, KeyWithVersion } from '../domain/key.ts';
import type { Project } from '../domain/project.ts';
import { deniedError } from './authorize.ts';
import type { RequestContext } from './context.ts';
import type { Demand } from './operation.ts';
import type { StoreReads } from './ports/store.ts';

/** How a key is named. `accountId` names its project explicitly; `location`, when given, must be the key's own. */
export type KeySelector = (
  | { readonly by: 'id'; readonly id: string }
  | { readonly by: 'name'; readonly namespace: string; readonly text: string }
) & {
  readonly accountId?: string | undefined;
  readonly location?: string | undefined;
  /** A destroyed key is as absent as one that never was; otherwise its row is found, as a witness of what it had been. */
  readonly hideDestroyed?: boolean | undefined;
  /** An opaque key is as absent as one that never was: for protocols that have no word for it. */
  readonly hideOpaque?: boolean | undefined;
  /** The same for a public key alone. */
  readonly hidePublicOnly?: boolean | undefined;
};

/** Throws `notFound`, or `denied` when another project was named. */
export async function findKey(
  reads: StoreReads,
  context: RequestContext,
  selector: KeySelector,
  version?: number,
): Promise<KeyWithVersion> {
  const keyId = selector.by === 'id' ? selector.id : await keyIdOfName(reads, context, selector);
  const found = keyId === undefined ? undefined : await reads.keys.findWithVersion(keyId, version);
  if (found === undefined || !matches(found, context, selector))
    throw await absence(reads, context, selector);
  requireEnabledProject(found.project);
  return found;
}

/** The key that a ciphertext names. Absent and inaccessible are one answer, since the caller named nothing that it could know. */
export async function findKeyOfCiphertext(
  reads: StoreReads,
  header: { readonly keyId: string; readonly version: number },
): Promise<KeyWithVersion> {
  const found = await reads.keys.findWithVersion(header.keyId, header.version);
  if (found === undefined) throw deniedError('the ciphertext names no key or version of this installation');
  requireEnabledProject(found.project);
  return found;
}

/** The demand of one permission on a key, with the key's attributes for the conditions of rules. */
export function keyDemand(permission: Demand['permission'], key: Key): Demand {
  return {
    permission,
    place: { projectId: key.projectId, keyRingId: key.keyRingId, keyId: key.id },
    attributes: {
      'key.algorithm': key.algorithm,
      'key.exportable': String(key.exportable),
      'key.origin': key.origin,
      'key.protection': key.protection,
    },
  };
}

async function keyIdOfName(
  reads: StoreReads,
  context: RequestContext,
  selector: KeySelector & { readonly by: 'name' },
): Promise<string | undefined> {
  const { accountId, namespace, text } = selector;
  const projectId =
    accountId === undefined ? context.projectId : (await reads.projects.findByAccountId(accountId))?.id;
  if (projectId === undefined) return undefined;
  return (await reads.names.find(namespace, projectId, text))?.keyId;
}

function matches(found: KeyWithVersion, context: RequestContext, selector: KeySelector): boolean {
  const inProject =
    selector.accountId === undefined
      ? found.project.id === context.projectId
      : found.project.accountId === selector.accountId;
  if (selector.hideDestroyed && found.key.state === 'destroyed') return false;
  if (selector.hideOpaque && KEY_ALGORITHMS[found.key.algorithm].kind === 'opaque') return false;
  if (selector.hidePublicOnly && found.key.publicOnly) return false;
  return inProject && (selector.location === undefined || selector.location === found.key.location);
}

async function absence(reads: StoreReads, context: RequestContext, selector: KeySelector): Promise<KmsError> {
  if (selector.accountId !== undefined) {
    const named = await reads.projects.findByAccountId(selector.accountId);
    if (named?.id !== context.projectId) return deniedError('no such key in the project named');
  }
  return new KmsError('notFound', 'There is no such key.', selectorDetails(selector));
}

function requireEnabledProject(project: Project): void {
  if (!project.enabled) throw deniedError('the project is disabled');
}

function selectorDetails(selector: KeySelector): Record<string, string> {
  return selector.by === 'id' ? { keyId: selector.id } : { name: selector.text };
}
