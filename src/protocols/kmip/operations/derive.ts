// Derive Key: a symmetric key, or secret data, from one that is there (KMIP 1.4 section 4.6, 2.1 section 6.1.12).

import type { Bytes } from '../../../base/bytes.ts';
import { readPublicKey } from '../../../core/operations/crypto/read-public-key.ts';
import { type DeriveKeyInput, deriveKey } from '../../../core/operations/keys/derive-key.ts';
import { make, read, StructureReader, type TtlvItem } from '../../../wire/ttlv/index.ts';
import { isExtractable, isSensitive } from '../attributes/of-key.ts';
import { type GivenValue, givenAs, readAttributesOf } from '../attributes/values.ts';
import { refusal } from '../faults.ts';
import { created, readIdentifiers } from '../identifier.ts';
import { facetOf, factsToKeep, proven } from '../objects/facet.ts';
import { findObject, selectorOf, visible } from '../objects/find.ts';
import { factsOfNew } from '../objects/new-object.ts';
import { type ManagedObject, SEED } from '../objects/object.ts';
import { planObject } from '../objects/plan.ts';
import { readStorageMasks } from '../objects/storage.ts';
import { requirePresent } from '../objects/write-object.ts';
import { operation } from '../operation.ts';
import { type KmipRequest, perform } from '../request.ts';
import { agreementOf, DERIVATION_METHODS, type DerivationMethod, type Parts } from './derivation-methods.ts';
import { type CipherParameters, parametersFor, readParameters } from './parameters.ts';

interface Derivation extends Omit<Parts, 'info'> {
  readonly method: DerivationMethod;
  readonly parameters: CipherParameters | undefined;
  readonly data: readonly Bytes[];
}

export const DERIVE_KEY = operation({
  decode(payload, request) {
    const objectType = payload.one('ObjectType', read.enumeration('ObjectType'));
    const ids = readIdentifiers(payload, request);
    const method = payload.one('DerivationMethod', read.enumeration('DerivationMethod'));
    const derivation = payload.one('DerivationParameters', {
      types: ['Structure'],
      take: item => readDerivation(item, method),
    });
    const given = readAttributesOf(payload, request.version);
    readStorageMasks(payload);
    return { objectType, ids, derivation, given };
  },

  async run(request, { objectType, ids, derivation, given }) {
    const objects = await findAll(request, ids);
    const from = derivation.method === 'AsymmetricKey' ? ofPair(objects) : ofSecret(objects, derivation);
    const plan = await planObject(request, objectType, withExtraction(from.base, given));
    const { facts, kind, lengthBytes } = factsOfNew(objectType, plan);
    const { key } = await perform(
      request,
      deriveKey,
      {
        ...plan.key,
        ...kind,
        lengthBytes,
        ...(await how(request, from, derivation)),
        linked: true,
        location: request.location,
        facet: facetOf({
          ...plan.kept,
          ...factsToKeep(objectType === 'SecretData' ? { ...facts, secretDataType: SEED } : facts),
          ...proven('createdByCredential', request.context),
        }),
      },
      // More is asked for than the method yields.
      {
        alreadyExists: 'nameTakenAtCreation',
        invalidInput: 'cryptographicFailure',
        incompatibleUsage: 'notDerivedFrom',
      },
    );
    return [created(request, 'DeriveKey', key.id)];
  },
});

function readDerivation(item: TtlvItem, method: DerivationMethod): Derivation {
  const fields = new StructureReader(item);
  const parameters = fields.optional('CryptographicParameters', read.item);
  const derivation = {
    method,
    parameters: parameters && readParameters(parameters),
    iv: fields.optional('InitializationVector', read.byteString),
    data: fields.many('DerivationData', read.byteString),
    salt: fields.optional('Salt', read.byteString),
    iterations: fields.optional('IterationCount', read.integer),
  };
  fields.refuseOthers();
  return derivation;
}

const OBJECTS_MAX = 2;

async function findAll(
  request: KmipRequest,
  ids: readonly string[],
): Promise<readonly [ManagedObject, ManagedObject?]> {
  const [first, second, ...others] = ids;
  if (first === undefined) throw refusal('missingData', 'A key to derive from must be named.');
  if (others.length > 0)
    throw refusal('invalidField', `A key is derived from at most ${OBJECTS_MAX} objects.`);
  const base = await findObject(request, first);
  const other = second === undefined ? undefined : await findObject(request, second);
  const objects = other === undefined ? ([base] as const) : ([base, other] as const);
  for (const object of objects) requirePresent(object);
  return objects;
}

interface Sources {
  readonly base: ManagedObject;
  /** The public key of a peer, or the secret that is the data. */
  readonly other?: ManagedObject | undefined;
}

function ofPair(objects: readonly [ManagedObject, ManagedObject?]): Sources {
  const base = objects.find(object => object?.facts.objectType === 'PrivateKey');
  const other = objects.find(object => object?.facts.objectType === 'PublicKey');
  if (base === undefined || other === undefined)
    throw refusal('illegalObjectType', 'An agreement is of a private key and the public key of a peer.');
  return { base, other };
}

/** Of two objects the secret data is the data; of two secrets it is the second. */
function ofSecret([first, second]: readonly [ManagedObject, ManagedObject?], { data }: Derivation): Sources {
  for (const { facts } of second === undefined ? [first] : [first, second]) {
    if (facts.objectType !== 'SymmetricKey' && facts.objectType !== 'SecretData')
      throw refusal('illegalObjectType', 'Keys are derived from symmetric keys and secret data.');
  }
  if (second === undefined) return { base: first };
  if (data.length > 0)
    throw refusal('invalidMessage', 'Derivation Data is given, and an object as the data besides.');
  return second.facts.objectType === 'SecretData'
    ? { base: first, other: second }
    : { base: second, other: first };
}

/** Unless the request says how far the new object may leave, it is as of its base: it cannot be further. */
function withExtraction(base: ManagedObject, given: readonly GivenValue[]): readonly GivenValue[] {
  if (given.some(({ name }) => name === 'Sensitive' || name === 'Extractable')) return given;
  return [
    ...given,
    givenAs('Sensitive', make.boolean('Sensitive', isSensitive(base))),
    givenAs('Extractable', make.boolean('Extractable', isExtractable(base))),
  ];
}

type How = Pick<DeriveKeyInput, 'base' | 'mechanism' | 'parameters' | 'infoOf'>;

async function how(
  request: KmipRequest,
  { base, other }: Sources,
  { method, parameters: given, data, ...parts }: Derivation,
): Promise<How> {
  const from = selectorOf(base.key.id);
  if (method === 'AsymmetricKey') {
    const peer = selectorOf((other ?? base).key.id);
    const { publicKey } = await perform(request, visible(readPublicKey), { key: peer });
    return { base: from, mechanism: agreementOf(base), parameters: { peerPublicKey: publicKey } };
  }
  const { mechanism, parameters, join } = DERIVATION_METHODS[method];
  const info = data.length === 0 ? undefined : join(data);
  return {
    base: from,
    mechanism: mechanism(base, parametersFor(base, given)),
    infoOf: other && selectorOf(other.key.id),
    parameters: parameters({ ...parts, info }),
  };
}
