// What an order makes: a key as one secret; a pair as two secrets in a container, its private half a key that computes and its public half
// a public key of its own.

import { must } from '../../../base/assert.ts';
import { KEY_ALGORITHMS, type KeyAlgorithm } from '../../../domain/algorithms.ts';
import type { Secret } from '../../../domain/secret.ts';
import { actorId, type RequestContext } from '../../context.ts';
import type { Kms } from '../../kms.ts';
import type { StoreTransaction } from '../../ports/store.ts';
import {
  insertKey,
  type KeyHome,
  makeMaterial,
  type NewKeyFacts,
  type NewMaterial,
} from '../keys/new-key.ts';
import { linksOf, storeLinks } from '../links/key-links.ts';
import { newContainer } from './containers.ts';
import { newSecret, type SecretDescription } from './keep-secret.ts';
import { requireRoom } from './quotas.ts';

export interface OrderedKey extends Omit<SecretDescription, 'type'> {
  readonly contentType: string;
  /** `opaque` is random bytes of that length. Of a pair: its algorithm, and no length. */
  readonly make: KeyAlgorithm;
  readonly lengthBytes?: number | undefined;
}

export interface Made {
  readonly key: NewMaterial;
  /** Of a pair. */
  readonly publicKey?: NewMaterial | undefined;
}

interface Making {
  readonly context: RequestContext;
  readonly at: number;
}

export async function makeOrdered(kms: Kms, home: KeyHome, { make, lengthBytes }: OrderedKey): Promise<Made> {
  const key = await makeMaterial(kms, home, { algorithm: make, exportable: true, lengthBytes });
  if (KEY_ALGORITHMS[make].kind !== 'asymmetric') return { key };
  const publicKey = must(key.material.publicKey, 'a pair has a public half');
  const keyId = kms.random.uuid();
  const place = { projectId: home.project.id, keyId, version: 1, algorithm: make };
  const binding = { ...place, exportable: false, publicOnly: true };
  const material = await kms.custody.importPublicKey(binding, publicKey);
  return { key, publicKey: { keyId, algorithm: make, material } };
}

/** Stores the keys with what is said of them as secrets. */
export async function keepOrdered(
  kms: Kms,
  tx: StoreTransaction,
  home: KeyHome,
  { key, publicKey }: Made,
  ordered: OrderedKey & { readonly location: string },
  making: Making,
): Promise<{ readonly secretId: string } | { readonly containerId: string }> {
  const { location, name, expiresAt } = ordered;
  const facts: NewKeyFacts = {
    location,
    label: name ?? '',
    deactivateAt: expiresAt,
    origin: 'generated',
    protection: 'software',
    exportable: true,
  };
  const keep = async (material: NewMaterial, type: Secret['type'], form: Secret['form'], of: NewKeyFacts) => {
    await requireRoom(tx, home.project.id, 'secrets');
    const description = { ...ordered, type };
    const secret = newSecret(material.keyId, home, description, making, ordered.contentType, form);
    await tx.secrets.insert(secret);
    return insertKey(tx, home, material, of, making);
  };
  if (publicKey === undefined) {
    await keep(key, 'symmetric', 'bytes', facts);
    return { secretId: key.keyId };
  }
  const from = await keep(key, 'private', 'pem', facts);
  const to = await keep(publicKey, 'public', 'pem', { ...facts, exportable: false, publicOnly: true });
  const made = { createdBy: actorId(making.context.actor), createdAt: making.at };
  await storeLinks(tx, linksOf({ from, to }, { type: 'publicKey', mutual: true }, made));
  await requireRoom(tx, home.project.id, 'containers');
  const container = newContainer(
    kms.random.uuid(),
    home.project,
    {
      type: KEY_ALGORITHMS[key.algorithm].family === 'rsa' ? 'rsa' : 'generic',
      name,
      secrets: [
        { name: 'private_key', secretId: key.keyId },
        { name: 'public_key', secretId: publicKey.keyId },
      ],
    },
    making,
  );
  await tx.containers.insert(container);
  return { containerId: container.id };
}
