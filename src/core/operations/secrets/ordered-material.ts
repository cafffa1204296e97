// What an order makes: a key as one secret; a pair as two secrets in a container, its private half a key that computes and its public half
// a public key of its own.

import { must } from '../../../base/assert.ts';
import type { SecretBytes } from '../../../base/secret-bytes.ts';
import { KEY_ALGORITHMS, type KeyAlgorithm } from '../../../domain/algorithms.ts';
import type { KeyWithVersion, MaterialLevel } from '../../../domain/key.ts';
import type { Secret } from '../../../domain/secret.ts';
import type { Making } from '../../context.ts';
import type { Kms } from '../../kms.ts';
import { newObjectId } from '../../object-id.ts';
import type { StoreTransaction } from '../../ports/store.ts';
import { insertKey, makeMaterial, type NewKeyFacts, type NewMaterial } from '../keys/new-key.ts';
import { PUBLIC, publicMaterial } from '../keys/public-keys.ts';
import { storeLinks } from '../links/key-links.ts';
import { newContainer } from './containers.ts';
import { newSecret, type PayloadHome, type SecretDescription } from './keep-secret.ts';
import { requireRoom } from './quotas.ts';

export interface OrderedKey extends Omit<SecretDescription, 'type'> {
  readonly contentType: string;
  /** `opaque` is random bytes of that length. Of a pair: its algorithm, and no length. */
  readonly make: KeyAlgorithm;
  readonly lengthBytes?: number | undefined;
  /** Of a pair: its private half is kept under it, and computes nothing here. Stays the caller's, who wipes it. */
  readonly passphrase?: SecretBytes | undefined;
}

export interface Made {
  /** Of everything but public keys. */
  readonly store: MaterialLevel;
  readonly key: NewMaterial;
  /** Of a pair. */
  readonly publicKey?: NewMaterial | undefined;
  readonly passphrase?: NewMaterial | undefined;
}

export async function makeOrdered(
  kms: Kms,
  home: PayloadHome,
  { make, lengthBytes, passphrase }: OrderedKey,
): Promise<Made> {
  if (passphrase !== undefined) return makeEncrypted(kms, home, make, passphrase);
  const { store } = home;
  const asked = { algorithm: make, exportable: true, lengthBytes, protection: store };
  const key = await makeMaterial(kms, home, asked);
  if (KEY_ALGORITHMS[make].kind !== 'asymmetric') return { store, key };
  const publicKey = must(key.material.publicKey, 'a pair has a public half');
  return { store, key, publicKey: await publicMaterial(kms, home, make, publicKey) };
}

async function makeEncrypted(
  kms: Kms,
  home: PayloadHome,
  make: KeyAlgorithm,
  passphrase: SecretBytes,
): Promise<Made> {
  const pair = await kms.custody.generateEncryptedPair(make, passphrase);
  using privateKey = pair.privateKey;
  return {
    store: home.store,
    key: await opaqueMaterial(kms, home, privateKey),
    publicKey: await publicMaterial(kms, home, make, pair.publicKey),
    passphrase: await opaqueMaterial(kms, home, passphrase),
  };
}

async function opaqueMaterial(
  kms: Kms,
  { project, store }: PayloadHome,
  bytes: SecretBytes,
): Promise<NewMaterial> {
  const keyId = newObjectId(kms);
  const algorithm = 'opaque';
  const binding = { projectId: project.id, keyId, version: 1, algorithm, exportable: true } as const;
  return { keyId, algorithm, material: await kms.custody.importMaterial(binding, bytes, store) };
}

interface Keeping {
  readonly kms: Kms;
  readonly tx: StoreTransaction;
  readonly home: PayloadHome;
  readonly ordered: OrderedKey;
  readonly making: Making;
}

/** Stores the keys with what is said of them as secrets. */
export async function keepOrdered(
  keeping: Keeping,
  made: Made,
): Promise<{ readonly secretId: string } | { readonly containerId: string }> {
  const { publicKey } = made;
  if (publicKey !== undefined) return { containerId: await keepPair(keeping, { ...made, publicKey }) };
  await keepOne(keeping, made.key, 'symmetric', 'bytes', { protection: made.store });
  return { secretId: made.key.keyId };
}

async function keepPair(
  keeping: Keeping,
  { store: protection, key, publicKey, passphrase }: Made & { readonly publicKey: NewMaterial },
): Promise<string> {
  const { kms, tx, home, ordered, making } = keeping;
  const form = passphrase === undefined ? 'pem' : 'encryptedPem';
  const from = await keepOne(keeping, key, 'private', form, { protection });
  const to = await keepOne(keeping, publicKey, 'public', 'pem', PUBLIC);
  const secrets = [
    { name: 'private_key', secretId: key.keyId },
    { name: 'public_key', secretId: publicKey.keyId },
  ];
  if (passphrase !== undefined) {
    const described = { ...keeping, ordered: { ...ordered, contentType: 'text/plain' } };
    await keepOne(described, passphrase, 'passphrase', 'bytes', { protection });
    secrets.push({ name: 'private_key_passphrase', secretId: passphrase.keyId });
  }
  await storeLinks(tx, { from, to }, { type: 'publicKey', mutual: true }, making);
  await requireRoom(tx, home.project.id, 'containers');
  const type = KEY_ALGORITHMS[ordered.make].family === 'rsa' ? 'rsa' : 'generic';
  const input = { type, name: ordered.name, secrets } as const;
  const container = newContainer(newObjectId(kms), home.project, input, making);
  await tx.containers.insert(container);
  return container.id;
}

async function keepOne(
  { tx, home, ordered, making }: Keeping,
  material: NewMaterial,
  type: Secret['type'],
  form: Secret['form'],
  further: Pick<NewKeyFacts, 'protection' | 'exportable' | 'publicOnly'>,
): Promise<KeyWithVersion> {
  await requireRoom(tx, home.project.id, 'secrets');
  const { name = '', expiresAt } = ordered;
  await tx.secrets.insert(newSecret(material.keyId, home, { ...ordered, type, form }, making));
  const facts = {
    location: home.location,
    label: name,
    deactivateAt: expiresAt,
    exportable: true,
    ...further,
  };
  return insertKey(tx, home, material, { ...facts, origin: 'generated' }, making);
}
