// The attribute Digest (KMIP 1.4 section 3.17, 2.1 section 4.16): SHA-256 of the key material in the format that the object is given in.
// It is told to whoever may take the material out; of a destroyed object, if it was made here at random, to everybody who may see it.

import { createHash } from 'node:crypto';
import { type Bytes, base64, decodeBase64 } from '../../../base/bytes.ts';
import { KEY_ALGORITHMS } from '../../../domain/algorithms.ts';
import { KmsError } from '../../../domain/errors.ts';
import type { FacetDocument } from '../../../domain/facet.ts';
import { make, type TtlvField, viewOf, writeTtlv } from '../../../wire/ttlv/index.ts';
import { selectorOf, visible } from '../objects/find.ts';
import { showMaterial } from '../objects/material.ts';
import type { ManagedObject } from '../objects/object.ts';
import { releaseObject } from '../objects/release.ts';
import { disclosed, disclosing, type KmipRequest, perform } from '../request.ts';

/** The material comes no further than here. */
const digestObject: typeof releaseObject = { ...releaseObject, name: 'key.digest' };

export function mayHaveDigest(object: ManagedObject): boolean {
  const { key, facts } = object;
  if (facts.objectType === 'Template' || facts.isElsewhere) return false;
  if (key.state === 'destroyed') return digestKept(object) !== undefined;
  return (key.exportable || key.publicOnly) && key.state !== 'suspended';
}

/** As the version writes it; undefined where the caller may not see it. */
export async function digestOf(request: KmipRequest, object: ManagedObject): Promise<TtlvField | undefined> {
  if (!mayHaveDigest(object)) return undefined;
  const digest = digestKept(object) ?? (await computed(request, object));
  const { keyFormat } = object.facts;
  return make.ifPresent(digest, value =>
    make.structure('Digest', [
      make.enumeration('HashingAlgorithm', 'SHA_256'),
      make.byteString('DigestValue', value),
      request.version === '1.0' || keyFormat === undefined
        ? undefined
        : make.enumeration('KeyFormatType', keyFormat),
    ]),
  );
}

/** An attribute that the caller may not see is one that it is not shown. */
const NOT_SHOWN: ReadonlySet<string> = new Set(['denied', 'keyArchived', 'notExportable']);

async function computed(request: KmipRequest, { key, facts }: ManagedObject): Promise<Bytes | undefined> {
  try {
    const { material } = await perform(request, visible(digestObject), { key: selectorOf(key.id) });
    const held = disclosed(request, material);
    const { keyFormat, registered } = facts;
    const isShown = keyFormat !== undefined && registered === undefined;
    return sha256(isShown ? shownBytes(showMaterial(facts, held, keyFormat, disclosing(request))) : held);
  } catch (thrown) {
    if (thrown instanceof KmsError && NOT_SHOWN.has(thrown.code)) return undefined;
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

function digestKept({ facet, key }: ManagedObject): Bytes | undefined {
  const { digest } = facet;
  return key.state === 'destroyed' && typeof digest === 'string' ? decodeBase64(digest) : undefined;
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
  const digest = await computed(request, object);
  return digest === undefined ? {} : { digest: base64(digest) };
}
