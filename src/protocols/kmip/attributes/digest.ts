// The attribute Digest (KMIP 1.4 section 3.17, 2.1 section 4.16): SHA-256 of the key material in the format that the object is given in, and
// in the one that is usual for its kind, which the standard demands. It is told to whoever may take the material out; of a destroyed object,
// if it was made here at random or is public, to everybody who may see it.

import { createHash } from 'node:crypto';
import { must } from '../../../base/assert.ts';
import { type Bytes, base64, decodeBase64 } from '../../../base/bytes.ts';
import { KEY_ALGORITHMS } from '../../../domain/algorithms.ts';
import { KmsError } from '../../../domain/errors.ts';
import type { FacetDocument } from '../../../domain/facet.ts';
import { make, type TtlvField, type Version, viewOf, writeTtlv } from '../../../wire/ttlv/index.ts';
import { KmipRefusal } from '../faults.ts';
import { selectorOf, visible } from '../objects/find.ts';
import { formatIn } from '../objects/forms/formats.ts';
import { KEPT_TYPES } from '../objects/kinds.ts';
import { showMaterial } from '../objects/material.ts';
import type { KeyFormat, ManagedObject, ObjectFacts, ObjectType } from '../objects/object.ts';
import { releaseObject } from '../objects/release.ts';
import { disclosed, disclosing, type KmipRequest, perform } from '../request.ts';
import type { Algorithm } from '../words.ts';

/** The material comes no further than here. */
const digestObject: typeof releaseObject = { ...releaseObject, name: 'key.digest' };

export function mayHaveDigest(object: ManagedObject): boolean {
  const { key, facts } = object;
  if (facts.objectType === 'Template' || KEPT_TYPES.has(facts.objectType) || facts.isElsewhere) return false;
  if (key.state === 'destroyed') return digestsKept(object) !== undefined;
  return (key.exportable || key.publicOnly) && key.state !== 'suspended';
}

/** As the version writes them, that of the format in which the object is given first; none where the caller may not see them. */
export async function digestsOf(request: KmipRequest, object: ManagedObject): Promise<readonly TtlvField[]> {
  if (!mayHaveDigest(object)) return [];
  const { keyFormat } = object.facts;
  const digests = digestsKept(object) ?? (await computed(request, object));
  // 1.0 has no field for the format: a second digest would contradict the first.
  const [first, ...others] = digests ?? [];
  return [first, ...(request.version === '1.0' ? [] : others)].flatMap(digest =>
    digest === undefined ? [] : [digestField(request.version, digest, keyFormat)],
  );
}

function digestField(
  version: Version,
  { format, value }: Digest,
  keyFormat: KeyFormat | undefined,
): TtlvField {
  const told = format ?? keyFormat;
  return make.structure('Digest', [
    make.enumeration('HashingAlgorithm', 'SHA_256'),
    make.byteString('DigestValue', value),
    version === '1.0' || told === undefined
      ? undefined
      : make.enumeration('KeyFormatType', formatIn(version, told)),
  ]);
}

interface Digest {
  /** Undefined: that in which the object is given. */
  readonly format?: KeyFormat | undefined;
  readonly value: Bytes;
}

/** An attribute that the caller may not see is one that it is not shown. */
const NOT_SHOWN: ReadonlySet<string> = new Set(['denied', 'keyArchived', 'notExportable']);

async function computed(
  request: KmipRequest,
  { key, facts }: ManagedObject,
): Promise<readonly Digest[] | undefined> {
  try {
    const { material } = await perform(request, visible(digestObject), { key: selectorOf(key.id) });
    const held = disclosed(request, material);
    const { keyFormat, registered } = facts;
    if (keyFormat === undefined || registered !== undefined) return [{ value: sha256(held) }];
    const shown = (format: KeyFormat): Bytes =>
      sha256(shownBytes(showMaterial(facts, held, format, disclosing(request))));
    const first = { value: shown(keyFormat) };
    const usual = usualFormatOf(facts);
    // What has had several names is one format, of one structure.
    if (usual === undefined || usual === formatIn('2.0', keyFormat)) return [first];
    const second = ifThere(() => shown(usual));
    return second === undefined ? [first] : [first, { format: usual, value: second }];
  } catch (thrown) {
    if (thrown instanceof KmsError && NOT_SHOWN.has(thrown.code)) return undefined;
    throw thrown;
  }
}

/** The usual one of its kind (KMIP 2.1 section 4.26); undefined where the standard names none. */
function usualFormatOf({ objectType, algorithm }: ObjectFacts): KeyFormat | undefined {
  if (OF_BYTES.has(objectType)) return 'Raw';
  if (objectType !== 'PrivateKey' && objectType !== 'PublicKey') return undefined;
  if (algorithm === 'RSA') return 'PKCS_1';
  return algorithm !== undefined && ON_CURVES.has(algorithm) ? `TransparentEC${objectType}` : undefined;
}

const OF_BYTES: ReadonlySet<ObjectType> = new Set<ObjectType>([
  'SymmetricKey',
  'SecretData',
  'SplitKey',
  'PGPKey',
]);

const ON_CURVES: ReadonlySet<Algorithm> = new Set<Algorithm>(['EC', 'ECDSA', 'ECDH', 'ECMQV']);

/** Undefined where the key has no such form: it is guarded as it came. */
function ifThere(form: () => Bytes): Bytes | undefined {
  try {
    return form();
  } catch (thrown) {
    if (thrown instanceof KmipRefusal && thrown.fault === 'keyFormatTypeNotSupported') return undefined;
    throw thrown;
  }
}

/** Of a transparent key the whole structure counts. */
function shownBytes(material: TtlvField): Bytes {
  const item = viewOf(material);
  return item.type === 'ByteString' ? item.content : writeTtlv(material);
}

function sha256(bytes: Bytes): Bytes {
  return createHash('sha256').update(bytes).digest();
}

function digestsKept({ facet, key, facts }: ManagedObject): readonly Digest[] | undefined {
  const { digest, usualDigest } = facet;
  if (key.state !== 'destroyed' || typeof digest !== 'string') return undefined;
  const kept = (text: string): Bytes => must(decodeBase64(text), 'what is kept as base64 is base64');
  const first = { value: kept(digest) };
  if (typeof usualDigest !== 'string') return [first];
  return [first, { format: usualFormatOf(facts), value: kept(usualDigest) }];
}

/**
 * What stays of an object that is about to be destroyed. Nothing of material that was brought, or is no key: a password could be guessed
 * from its digest.
 */
export async function digestToKeep(request: KmipRequest, object: ManagedObject): Promise<FacetDocument> {
  const { key, facts } = object;
  const isPublic = key.publicOnly || KEY_ALGORITHMS[key.algorithm].kind === 'asymmetric';
  const isRandom = key.origin === 'generated' && facts.objectType !== 'SecretData';
  if (!(isRandom || isPublic) || !mayHaveDigest(object)) return {};
  const [first, usual] = (await computed(request, object)) ?? [];
  if (first === undefined) return {};
  return {
    digest: base64(first.value),
    ...(usual === undefined ? {} : { usualDigest: base64(usual.value) }),
  };
}
