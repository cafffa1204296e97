// Shows the public key of a pair, as custody vouches for it: the copy in the store could have been exchanged by whoever can write there.

import type { Bytes } from '../../../base/bytes.ts';
import { KEY_ALGORITHMS, type KeyAlgorithm } from '../../../domain/algorithms.ts';
import { KmsError } from '../../../domain/errors.ts';
import type { KeyWithVersion } from '../../../domain/key.ts';
import { requireUsable } from '../../../domain/key-state.ts';
import { findKey } from '../../find-key.ts';
import type { UseOperation } from '../../operation.ts';
import { onKey } from '../keys/on-key.ts';
import type { KeyVersionInput } from './mechanism.ts';

export interface PublicKey {
  readonly of: KeyWithVersion;
  readonly algorithm: KeyAlgorithm;
  /** SubjectPublicKeyInfo in DER (RFC 5280 section 4.1). */
  readonly publicKey: Bytes;
}

/** It may be known before the first use and after the last one, as its state lets material out. */
export const readPublicKey: UseOperation<KeyVersionInput, KeyWithVersion, PublicKey> = {
  name: 'key.readPublic',
  kind: 'read',
  ...onKey<KeyVersionInput>('key.readPublic'),
  find: (reads, context, input) => findKey(reads, context, input.key, input.version),
  allow({ key, version }, _input, at) {
    requireUsable(key, version, 'release', at);
    const { id, algorithm } = key;
    if (KEY_ALGORITHMS[algorithm].kind === 'asymmetric') return;
    throw new KmsError('incompatibleAlgorithm', `Key ${id} of ${algorithm} has no public half.`, {
      algorithm,
    });
  },
  async run(kms, { target }) {
    using handle = await kms.custody.open(target.key, target.version);
    return { of: target, algorithm: target.key.algorithm, publicKey: await handle.publicKey() };
  },
};
