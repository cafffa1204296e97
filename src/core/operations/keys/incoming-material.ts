// Key material that a caller brings in, in every form in which it may come, and the one way into custody.

import type { SecretBytes } from '../../../base/secret-bytes.ts';
import { algorithmOfLength, type KeyAlgorithm } from '../../../domain/algorithms.ts';
import { KmsError } from '../../../domain/errors.ts';
import type { TransportedMaterial } from '../../../domain/transport-key.ts';
import type { Kms } from '../../kms.ts';
import type { WrappedMaterial } from '../../ports/custody.ts';
import { requireCurrent } from '../transport/transport-keys.ts';

/**
 * `plain`: raw bytes, or PKCS#8 in DER (RFC 5958) for pairs; they stay the caller's, who wipes them. `transport`: the same, wrapped under
 * the transport key that the project has for the owner.
 */
export type IncomingMaterial =
  | { readonly by: 'plain'; readonly material: SecretBytes }
  | ({ readonly by: 'transport'; readonly owner: string } & TransportedMaterial);

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

/**
 * Checks and wraps the material; nothing is stored. Throws `invalidKeyMaterial`; for material under a transport key also `notFound` and
 * `expired`, and the detail `part` says what of it was wrong.
 */
export async function takeMaterial(
  kms: Kms,
  place: MaterialPlace,
  incoming: IncomingMaterial,
): Promise<TakenMaterial> {
  if (incoming.by === 'plain') return importMaterial(kms, place, incoming.material);
  const found = await kms.store.transportKeys.find(place.projectId, incoming.owner);
  using material = await kms.custody.openTransported(requireCurrent(found, kms.clock.now()), incoming);
  return await importMaterial(kms, place, material);
}

async function importMaterial(
  kms: Kms,
  { algorithms, ...place }: MaterialPlace,
  material: SecretBytes,
): Promise<TakenMaterial> {
  const algorithm = algorithmOfLength(algorithms, material.length);
  if (algorithm === undefined) {
    throw new KmsError(
      'invalidKeyMaterial',
      `The material has a length of none of ${algorithms.join(', ')}.`,
    );
  }
  return {
    algorithm,
    material: await kms.custody.importMaterial({ ...place, algorithm }, material),
  };
}
