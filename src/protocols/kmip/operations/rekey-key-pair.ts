// Re-key Key Pair: a new pair in the place of an old one (KMIP 1.4 section 4.5, 2.1 section 6.1.47).

import type { CreatePairInput } from '../../../core/operations/keys/public-keys.ts';
import { type ReplacedPair, replaceKeyPair } from '../../../core/operations/keys/replace-key-pair.ts';
import { read, StructureReader, viewOf } from '../../../wire/ttlv/index.ts';
import { heldValues } from '../attributes/held.ts';
import { refusal } from '../faults.ts';
import { createdPair, readIdentifier } from '../identifier.ts';
import { findObject, selectorOf } from '../objects/find.ts';
import { newPair, type PairAttributes, readPairAttributes } from '../objects/new-pair.ts';
import type { ManagedObject } from '../objects/object.ts';
import { facetOfReplaced, namesOf, planReplacement, readOffset } from '../objects/replacement.ts';
import { requirePresent } from '../objects/write-object.ts';
import { operation } from '../operation.ts';
import { type KmipRequest, perform } from '../request.ts';

export const RE_KEY_KEY_PAIR = operation({
  since: '1.1',
  decode(payload, request) {
    const id = readIdentifier(payload, request, 'PrivateKeyUniqueIdentifier');
    const offset = readOffset(payload);
    return { id, offset, given: readPairAttributes(payload, request) };
  },

  async run(request, { id, offset, given }) {
    const privateObject = await findObject(request, id);
    const { privateKey, publicKey } = await replacePair(request, privateObject, given, offset);
    return createdPair(request, 'ReKeyKeyPair', privateKey.key.id, publicKey.key.id);
  },
});

export async function replacePair(
  request: KmipRequest,
  privateObject: ManagedObject,
  given: PairAttributes,
  offset: number | undefined,
): Promise<ReplacedPair> {
  requireHalf(privateObject, 'PrivateKey');
  const publicObject = await findObject(request, publicKeyOf(privateObject));
  requireHalf(publicObject, 'PublicKey');
  const made = newPair(
    request,
    await planReplacement(request, privateObject, given.private, offset),
    await planReplacement(request, publicObject, given.public, offset),
  );
  if (made.algorithm !== privateObject.key.algorithm)
    throw refusal('invalidField', 'A replacement has the algorithm, curve and length of the old pair.');
  return perform(
    request,
    replaceKeyPair,
    {
      private: succeeding(request, privateObject, made.private),
      public: succeeding(request, publicObject, made.public),
    },
    { alreadyExists: 'nameTakenAtCreation' },
  );
}

function requireHalf({ facts, key }: ManagedObject, objectType: 'PrivateKey' | 'PublicKey'): void {
  if (facts.objectType !== objectType || key.serviceOwner !== undefined) throw refusal('unfitObject');
  if (key.state === 'destroyed') throw refusal('alreadyDestroyed');
  requirePresent({ facts });
}

/** Throws `invalidField` where no link tells it. */
function publicKeyOf(object: ManagedObject): string {
  for (const { field } of heldValues(object, 'Link')) {
    const link = new StructureReader(viewOf(field));
    if (link.one('LinkType', read.enumeration('LinkType')) === 'PublicKeyLink')
      return link.one('LinkedObjectIdentifier', read.textString);
  }
  throw refusal('invalidField', 'The private key has no link to its public key.');
}

function succeeding<Half extends CreatePairInput['public']>(
  request: KmipRequest,
  object: ManagedObject,
  { location: _, ...half }: Half,
) {
  const { key } = object;
  return {
    ...half,
    key: selectorOf(key.id),
    revision: key.revision,
    namesOf: namesOf(request, object),
    facetOfReplaced: facetOfReplaced(request, object),
  };
}
