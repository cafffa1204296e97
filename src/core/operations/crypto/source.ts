// Where a ciphertext comes from: the key that the caller names, or the one that the ciphertext names, in the version that sealed it.

import type { Bytes } from '../../../base/bytes.ts';
import { KmsError } from '../../../domain/errors.ts';
import type { KeyWithVersion } from '../../../domain/key.ts';
import { deniedError } from '../../authorize.ts';
import type { RequestContext } from '../../context.ts';
import { findKey, findKeyOfCiphertext, type KeySelector } from '../../find-key.ts';
import type { Kms } from '../../kms.ts';
import type { StoreReads } from '../../ports/store.ts';
import { invalidCiphertext } from './message.ts';

export interface MessageSource {
  /** May be left out in a dry run that names the key: then everything but the ciphertext is checked. */
  readonly ciphertext?: Bytes | undefined;
  /** Undefined: the ciphertext says which key. */
  readonly key?: KeySelector | undefined;
  /** When given, a key that only the ciphertext names must be of this location. */
  readonly location?: string | undefined;
}

export async function findSource(
  reads: StoreReads,
  context: RequestContext,
  source: MessageSource,
  kms: Kms,
): Promise<KeyWithVersion> {
  const header =
    source.ciphertext === undefined ? undefined : kms.custody.readMessageHeader(source.ciphertext);
  if (source.key === undefined) {
    if (header === undefined) throw invalidCiphertext();
    const found = await findKeyOfCiphertext(reads, header);
    if (source.location !== undefined && found.key.location !== source.location) {
      throw deniedError('the key of the ciphertext is of another location');
    }
    return found;
  }
  // The named key decides about permission and state, before anything that the ciphertext claims.
  const named = await findKey(reads, context, source.key);
  if (header === undefined || header.keyId !== named.key.id || header.version === named.version.number)
    return named;
  return (await reads.keys.findWithVersion(header.keyId, header.version)) ?? named;
}

/** After authorization: throws `wrongKey` when the ciphertext is of another key, `invalidCiphertext` when it is none. */
export function requireMessageOf(target: KeyWithVersion, ciphertext: Bytes | undefined, kms: Kms): Bytes {
  const header = ciphertext === undefined ? undefined : kms.custody.readMessageHeader(ciphertext);
  if (ciphertext === undefined || header === undefined) throw invalidCiphertext();
  if (header.keyId !== target.key.id) {
    throw new KmsError('wrongKey', 'The ciphertext was not made under the key named.', {
      keyId: target.key.id,
    });
  }
  if (header.version !== target.version.number) throw invalidCiphertext();
  return ciphertext;
}

export function mayIgnoreCiphertext(source: MessageSource, context: RequestContext): boolean {
  return source.ciphertext === undefined && source.key !== undefined && context.dryRun === true;
}
