// A managed object whose material comes from outside becomes a key of the core: one that computes where the core knows it, and one that is
// guarded otherwise.

import type { Bytes } from '../../../base/bytes.ts';
import { SecretBytes } from '../../../base/secret-bytes.ts';
import { importKey } from '../../../core/operations/keys/import-key.ts';
import { importPublicKey } from '../../../core/operations/keys/public-keys.ts';
import { reimportKey } from '../../../core/operations/keys/reimport-key.ts';
import { PUBLIC_KEY_USAGES } from '../../../domain/algorithms.ts';
import type { FacetDocument } from '../../../domain/facet.ts';
import { make } from '../../../wire/ttlv/index.ts';
import { refusal } from '../faults.ts';
import { disclosing, type KmipRequest, perform } from '../request.ts';
import { type Algorithm, materialBytes, usagesOfMask } from '../words.ts';
import type { BroughtObject } from './brought.ts';
import { certificateFacts } from './certificate-attributes.ts';
import { requireAllowed } from './constraints.ts';
import { attributeToKeep, facetOf, factsToKeep, proven } from './facet.ts';
import { selectorOf, visible } from './find.ts';
import { type HeldForm, type OwnSecret, requireBytes } from './forms/held-form.ts';
import { type CoreKind, coreKind } from './kinds.ts';
import { holdMaterial } from './material.ts';
import type { ObjectFacts, ObjectType } from './object.ts';
import type { ObjectPlan } from './plan.ts';
import { notRotated } from './rotation.ts';

/** An object as it is kept. */
export interface ImportedObject {
  readonly facts: ObjectFacts;
  /** Attributes that the material tells. */
  readonly told: FacetDocument;
  readonly kind: CoreKind;
  /** It is a public key alone: SubjectPublicKeyInfo. */
  readonly isPublicKey: boolean;
  readonly bytes: Bytes;
}

/** Which object it becomes again, where a client says so. */
export interface Identity {
  readonly id: string;
  /** A destroyed object has that id: nothing of what was said of it is said of this one. */
  readonly isAgain: boolean;
}

/** Stores it, and gives back the id of the key: a new one, unless one is chosen. */
export async function importObject(
  request: KmipRequest,
  brought: BroughtObject,
  plan: ObjectPlan,
  identity?: Identity,
): Promise<string> {
  const { facts, told, kind, isPublicKey, bytes } = describeImport(brought, plan, disclosing(request));
  requireAllowed(plan, facts, told);
  if (plan.key.replacement !== undefined && kind.algorithm === 'opaque') throw notRotated();
  // A batch that is undone as a whole runs several times over the same material.
  const material = request.secrets.use(SecretBytes.copyOf(bytes));
  const { location, context } = request;
  const input = {
    ...plan.key,
    ...kind,
    location,
    id: identity?.id,
    facet: facetOf({
      ...plan.kept,
      ...told,
      ...factsToKeep(facts),
      ...proven('createdByCredential', context),
    }),
  };
  // A new object without names has nothing but its identifier that may be taken.
  const isId = identity !== undefined && (plan.key.names?.length ?? 0) === 0;
  const asked = { alreadyExists: isId ? 'objectAlreadyExists' : 'nameTakenAtCreation' } as const;
  if (identity?.isAgain) {
    const again = { ...input, key: selectorOf(identity.id) };
    const how = isPublicKey
      ? ({ by: 'public', publicKey: bytes } as const)
      : ({ by: 'plain', material } as const);
    await perform(request, visible(reimportKey), { ...again, material: how }, asked);
    return identity.id;
  }
  const { key } = isPublicKey
    ? await perform(request, importPublicKey, { ...input, publicKey: bytes }, asked)
    : await perform(request, importKey, { ...input, material: { by: 'plain', material } }, asked);
  return key.id;
}

/** What an object becomes. Throws `invalidField` and `keyFormatTypeNotSupported`. */
function describeImport(brought: BroughtObject, plan: ObjectPlan, own: OwnSecret): ImportedObject {
  const { objectType, block } = brought;
  if (objectType === 'SymmetricKey') requireOneAlgorithm(plan.algorithm, block.algorithm);
  if (block.wrapped !== undefined) return describeClosed(brought, plan);
  if (block.isElsewhere) return describeElsewhere(brought, plan);
  const algorithm = plan.algorithm ?? block.algorithm;
  const held = holdMaterial(objectType, block, { algorithm, curve: plan.curve }, own);
  if (held.bytes.length === 0) throw refusal('invalidField', 'The material must not be empty.');
  const { isSensitive, isExtractable, usageMask } = plan;
  const length = plan.length ?? block.length;
  const facts: ObjectFacts = {
    objectType,
    usageMask,
    isSensitive,
    isExtractable,
    algorithm,
    length,
    keyFormat: block.format,
    ...brought.facts,
  };
  return DESCRIBERS[objectType](facts, held, plan);
}

function requireOneAlgorithm(said: Algorithm | undefined, ofBlock: Algorithm | undefined): void {
  if (said !== undefined && ofBlock !== undefined && said !== ofBlock)
    throw refusal('invalidField', 'Cryptographic Algorithm must be that of the Key Block.');
}

/** A key of the core has material: in the place of one that is not here stands a byte, which nobody gets. */
const IN_ITS_PLACE: Bytes = Uint8Array.of(0);

function describeElsewhere(brought: BroughtObject, plan: ObjectPlan): ImportedObject {
  const { block, facts } = brought;
  if (!KEYS.has(brought.objectType)) throw refusal('missingData', 'Key Value is required.');
  return describeClosed(
    { ...brought, block: { ...block, material: IN_ITS_PLACE }, facts: { ...facts, isElsewhere: true } },
    plan,
  );
}

const KEYS: ReadonlySet<ObjectType> = new Set<ObjectType>([
  'SymmetricKey',
  'PublicKey',
  'PrivateKey',
  'SecretData',
]);

/** What stays wrapped is guarded as it came; what it is says who has brought it. */
function describeClosed({ objectType, block, facts }: BroughtObject, plan: ObjectPlan): ImportedObject {
  const { isSensitive, isExtractable, usageMask } = plan;
  const algorithm = plan.algorithm ?? block.algorithm;
  const length = plan.length ?? block.length;
  const keyFormat = block.format;
  return guarded(
    { objectType, usageMask, isSensitive, isExtractable, algorithm, length, keyFormat, ...facts },
    { format: keyFormat, bytes: requireBytes(block.material) },
    plan,
  );
}

type Describer = (facts: ObjectFacts, held: HeldForm, plan: ObjectPlan) => ImportedObject;

const guarded: Describer = (facts, { bytes }) => ({
  facts,
  told: {},
  kind: { algorithm: 'opaque' },
  isPublicKey: false,
  bytes,
});

/** Objects without a key block have no Key Format Type. */
const withoutFormat: Describer = (facts, held, plan) =>
  guarded({ ...facts, keyFormat: undefined }, held, plan);

const DESCRIBERS: Readonly<Record<ObjectType, Describer>> = {
  SymmetricKey: describeSymmetricKey,
  PrivateKey: describePrivateKey,
  PublicKey: describePublicKey,
  SecretData(facts, held, plan) {
    const kind = coreKind(undefined, held.bytes.length * 8, facts.usageMask ?? 0);
    return { ...guarded(facts, held, plan), kind: kind ?? { algorithm: 'opaque' } };
  },
  Certificate: describeCertificate,
  CertificateRequest: withoutFormat,
  OpaqueObject: withoutFormat,
  PGPKey: guarded,
  SplitKey: guarded,
  Template: guarded,
  User: guarded,
  Group: guarded,
  PasswordCredential: guarded,
  DeviceCredential: guarded,
  OneTimePasswordCredential: guarded,
  HashedPasswordCredential: guarded,
};

function describeSymmetricKey(facts: ObjectFacts, held: HeldForm, plan: ObjectPlan): ImportedObject {
  const { algorithm, length = held.bytes.length * 8, usageMask = 0 } = facts;
  if (algorithm === undefined) throw refusal('invalidField', 'Cryptographic Algorithm is required.');
  const kind = coreKind(algorithm, length, usageMask) ?? { algorithm: 'opaque' };
  if (kind.algorithm !== 'opaque' && materialBytes(algorithm, length) !== held.bytes.length)
    throw refusal('invalidField', 'Cryptographic Length is not that of the material.');
  return { ...guarded({ ...facts, length }, held, plan), kind };
}

/** A private key that is for nothing which the core computes is guarded, in the form in which any other is written. */
function describePrivateKey(facts: ObjectFacts, held: HeldForm, plan: ObjectPlan): ImportedObject {
  const { core } = held;
  const usages = core === undefined ? [] : usagesOfMask(facts.usageMask ?? 0, core);
  const computes = core !== undefined && usages.length > 0;
  return {
    ...guarded(completed(facts, held, computes), held, plan),
    told: toldOfPair(held, plan),
    kind: computes ? { algorithm: core, usages } : { algorithm: 'opaque' },
  };
}

function describePublicKey(facts: ObjectFacts, held: HeldForm, plan: ObjectPlan): ImportedObject {
  const { core } = held;
  const common = {
    ...guarded(completed(facts, held, core !== undefined), held, plan),
    told: toldOfPair(held, plan),
  };
  if (core === undefined) return common;
  const usages = usagesOfMask(facts.usageMask ?? 0, core).filter(usage => PUBLIC_KEY_USAGES.includes(usage));
  return { ...common, kind: { algorithm: core, usages }, isPublicKey: true };
}

/** What the client has left open is what the key tells. */
function completed(facts: ObjectFacts, held: HeldForm, computes: boolean): ObjectFacts {
  const algorithm = facts.algorithm ?? held.algorithm;
  if (algorithm === undefined) throw refusal('invalidField', 'Cryptographic Algorithm is required.');
  return {
    ...facts,
    algorithm,
    length: facts.length ?? held.length,
    heldFormat: computes ? undefined : held.format,
  };
}

function toldOfPair({ curve }: HeldForm, plan: ObjectPlan): FacetDocument {
  if (curve === undefined || plan.kept.CryptographicDomainParameters !== undefined) return {};
  const field = make.structure('CryptographicDomainParameters', [
    make.enumeration('RecommendedCurve', curve),
  ]);
  return attributeToKeep('CryptographicDomainParameters', [{ index: 0, field }]);
}

const X_509 = 0x01;

function describeCertificate(facts: ObjectFacts, held: HeldForm, plan: ObjectPlan): ImportedObject {
  if (plan.certificateType !== undefined && plan.certificateType !== facts.certificateType)
    throw refusal('invalidField', 'Certificate Type is not that of the certificate.');
  const plain = withoutFormat(facts, held, plan);
  if (facts.certificateType !== X_509) return plain;
  const { facts: read, kept } = certificateFacts(held.bytes);
  const algorithm = facts.algorithm ?? read.algorithm;
  return { ...plain, told: kept, facts: { ...plain.facts, algorithm, length: facts.length ?? read.length } };
}
