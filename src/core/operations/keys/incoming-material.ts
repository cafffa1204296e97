// Key material that a caller brings in, in every form in which it may come, and the one way into custody.

import type { SecretBytes } from '../../../base/secret-bytes.ts';
import { algorithmOfLength, type KeyAlgorithm } from '../../../domain/algorithms.ts';
import { KmsError } from '../../../domain/errors.ts';
import type { Kms } from '../../kms.ts';
import type { WrappedMaterial } from '../../ports/custody.ts';

/** `plain`: raw bytes, or PKCS#8 in DER (RFC 5958) for pairs; they stay the caller's, who wipes them. */
export type IncomingMaterial = { readonly by: 'plain'; readonly material: SecretBytes };

/** Where the material goes. Of several algorithms it gets the one whose length it has. */
export interface MaterialPlace {
  readonly projectId: string;
  readonly keyId: string;
  readonly version: number;
  readonly exportable: boolean;
  readonly algorithms: readonly KeyAlgorithm[];
}

export interface TakenMaterial {
  readonly algorithm: KeyAlgorithm;
  readonly material: WrappedMaterial;
}

/** Checks and wraps the material; nothing is stored. Throws `invalidKeyMaterial`. */
export async function takeMaterial(
  kms: Kms,
  { algorithms, ...place }: MaterialPlace,
  incoming: IncomingMaterial,
): Promise<TakenMaterial> {
  const algorithm = algorithmOfLength(algorithms, incoming.material.length);
  if (algorithm === undefined) {
    throw new KmsError(
      'invalidKeyMaterial',
      `The material has a length of none of ${algorithms.join(', ')}.`,
    );
  }
  return {
    algorithm,
    material: await kms.custody.importMaterial({ ...place, algorithm }, incoming.material),
  };
}
