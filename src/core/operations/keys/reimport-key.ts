// Brings material into a destroyed key again: as another version, of whatever kind, under whatever is said of it now. The versions that were
// destroyed stay so, and what was given on the older key is over (earlier-life.ts). For protocols whose clients bring objects back under the
// identity that they had (KMIP Import).

import type { Bytes } from '../../../base/bytes.ts';
import type { SecretBytes } from '../../../base/secret-bytes.ts';
import type { KeyAlgorithm } from '../../../domain/algorithms.ts';
import { KmsError } from '../../../domain/errors.ts';
import type { Key, KeyVersion, KeyWithVersion } from '../../../domain/key.ts';
import { writeFacet } from '../../facets.ts';
import { findKey, type KeySelector, keyDemand } from '../../find-key.ts';
import type { Kms } from '../../kms.ts';
import type { ChangeOperation } from '../../operation.ts';
import type { WrappedMaterial } from '../../ports/custody.ts';
import { requireUnreserved } from '../../reserved-names.ts';
import { endEarlierLife } from './earlier-life.ts';
import { checkNewKey, insertNames, type NewKeyInput, requireCryptoperiod, saidOfKey } from './new-key.ts';
import { requireRoomForVersion } from './new-version.ts';
import { keyRecord, namedKey, requireUserManaged, storeKeyChange } from './on-key.ts';

export interface ReimportKeyInput extends Omit<NewKeyInput, 'location' | 'keyRing'> {
  readonly key: KeySelector;
  readonly algorithm: KeyAlgorithm;
  readonly material: ReimportedMaterial;
}

/** Raw bytes, PKCS#8 in DER of a pair, or for a key that is a public half SubjectPublicKeyInfo. They stay the caller's. */
export type ReimportedMaterial =
  | { readonly by: 'plain'; readonly material: SecretBytes }
  | { readonly by: 'public'; readonly publicKey: Bytes };

interface Reimported {
  readonly number: number;
  readonly material: WrappedMaterial;
}

/** Throws `conflict` for a key that is not destroyed. */
export const reimportKey: ChangeOperation<ReimportKeyInput, KeyWithVersion, KeyWithVersion, Reimported> = {
  name: 'key.reimport',
  kind: 'change',
  disclosure: 'denied',
  check: input => checkNewKey(input, [input.algorithm], input.material.by === 'public'),
  find: (reads, context, input, kms) => {
    for (const name of input.names ?? []) requireUnreserved(kms.reservedNames, name);
    return findKey(reads, context, input.key);
  },
  demands({ key }, { exportable = false, material, names = [] }) {
    const demand = keyDemand('key.import', key);
    const further = { 'key.exportable': String(exportable), 'key.material': material.by };
    const asked = { ...demand, attributes: { ...demand.attributes, ...further } };
    return names.length === 0 ? [asked] : [asked, keyDemand('name.create', key)];
  },
  allow({ key }, input, at) {
    requireUserManaged(key);
    if (key.state !== 'destroyed')
      throw new KmsError('conflict', `Key ${key.id} has material.`, { keyId: key.id });
    if (key.publicOnly !== (input.material.by === 'public'))
      throw new KmsError('conflict', `Key ${key.id} was the other half of a pair.`, { keyId: key.id });
    // Whoever knows it as one that never left its token would be told so of material that came over the wire.
    if (key.protection !== 'software')
      throw new KmsError('conflict', `Key ${key.id} was in hardware.`, { keyId: key.id });
    requireRoomForVersion(key);
    requireCryptoperiod(input, at);
  },
  prepare: async (kms, { input, target }) => {
    const number = target.key.latestVersion + 1;
    return { number, material: await wrapMaterial(kms, target.key, number, input) };
  },
  async run(_kms, tx, args) {
    const { input, target, prepared, at } = args;
    const { key } = target;
    const { number, material } = prepared;
    if (key.latestVersion + 1 !== number)
      throw new KmsError('conflict', `Key ${key.id} was changed meanwhile.`, { keyId: key.id });
    const version: KeyVersion = {
      keyId: key.id,
      number,
      state: 'active',
      cause: 'imported',
      ...material,
      createdAt: at,
    };
    await endEarlierLife(tx, key.id);
    await tx.keys.insertVersion(version);
    const facts = { ...factsOf(key, input, at), ...primary(number) };
    const changed = await storeKeyChange(tx, { ...args, input: { key: input.key } }, facts);
    await tx.keyMarks.setKind(key.id, undefined);
    if (input.facet !== undefined) await writeFacet(tx, key.id, input.facet);
    await insertNames(tx, key, input, at);
    return { ...changed, version };
  },
  record: (input, target, output) => ({
    ...keyRecord(output ?? target),
    details: {
      ...(target === undefined ? namedKey(input.key) : undefined),
      algorithm: input.algorithm,
      by: input.material.by,
      usages: input.usages,
    },
  }),
};

const primary = (number: number) => ({ primaryVersion: number, latestVersion: number });

/** Nothing stays of what the key was but its identity, its place, who made it when, and what rules deny on it. */
function factsOf({ createdAt, publicOnly }: Key, input: ReimportKeyInput, at: number): Partial<Key> {
  return {
    ...saidOfKey(input, { algorithm: input.algorithm, publicOnly }, { at, createdAt }),
    origin: 'imported',
    suspendedAt: undefined,
    rotation: undefined,
    rotatedAt: undefined,
    destruction: undefined,
    revocation: undefined,
    archivedAt: undefined,
  };
}

function wrapMaterial(
  kms: Kms,
  { projectId, id: keyId, publicOnly }: Key,
  version: number,
  { algorithm, exportable = false, material }: ReimportKeyInput,
): Promise<WrappedMaterial> {
  const binding = { projectId, keyId, version, algorithm, exportable, publicOnly };
  return material.by === 'public'
    ? kms.custody.importPublicKey({ ...binding, exportable: false }, material.publicKey)
    : kms.custody.importMaterial(binding, material.material);
}
