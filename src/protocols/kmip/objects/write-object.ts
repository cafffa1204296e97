// A managed object as it stands in an answer, of whatever type.

import { must } from '../../../base/assert.ts';
import type { Bytes } from '../../../base/bytes.ts';
import { decodeHex } from '../../../base/bytes.ts';
import { make, type TtlvField } from '../../../wire/ttlv/index.ts';
import { refusal } from '../faults.ts';
import type { OwnSecret } from './forms/held-form.ts';
import { writeBlock, writeKeyBlock } from './key-block.ts';
import { showMaterial } from './material.ts';
import type { KeyFormat, ObjectFacts, SplitFacts } from './object.ts';
import { writeTemplate } from './template.ts';

/** `format`: of objects that have a key block. Throws `keyFormatTypeNotSupported`. */
export function writeObject(
  facts: ObjectFacts,
  format: KeyFormat | undefined,
  held: Bytes,
  own: OwnSecret,
): TtlvField {
  const withoutBlock = writeValue(facts, held);
  if (withoutBlock !== undefined) {
    if (format !== undefined) throw refusal('keyFormatTypeNotSupported');
    return withoutBlock;
  }
  const shown = format ?? 'Raw';
  return writeWithBlock(facts, writeKeyBlock(facts, shown, showMaterial(facts, held, shown, own)));
}

/** An object of which all is here but the Key Value. Throws `keyFormatTypeNotSupported` for another format than its own. */
export function writeElsewhere(facts: ObjectFacts, format: KeyFormat | undefined): TtlvField {
  const { keyFormat = 'Raw' } = facts;
  if (format !== undefined && format !== keyFormat) throw refusal('keyFormatTypeNotSupported');
  // What a secret is for is no part of it.
  const told = facts.objectType === 'SecretData' ? {} : facts;
  return writeWithBlock(facts, writeBlock(told, keyFormat, undefined));
}

/** Throws `keyValueNotPresent` where nothing can be done with the object here. */
export function requirePresent({ facts }: { readonly facts: ObjectFacts }): void {
  if (facts.isElsewhere) throw refusal('keyValueNotPresent');
}

export function hasKeyBlock({ objectType }: ObjectFacts): boolean {
  return !WITHOUT_BLOCK.has(objectType);
}

const WITHOUT_BLOCK: ReadonlySet<ObjectFacts['objectType']> = new Set<ObjectFacts['objectType']>([
  'Template',
  'OpaqueObject',
  'Certificate',
  'CertificateRequest',
]);

/** Objects that are one value; undefined for those with a key block. */
function writeValue(facts: ObjectFacts, held: Bytes): TtlvField | undefined {
  switch (facts.objectType) {
    case 'Template':
      return writeTemplate(held);
    case 'OpaqueObject':
      return make.structure('OpaqueObject', [
        make.enumeration('OpaqueDataType', facts.opaqueDataType ?? 0),
        make.byteString('OpaqueDataValue', held),
      ]);
    case 'Certificate':
      return make.structure('Certificate', [
        make.enumeration('CertificateType', facts.certificateType ?? 0),
        make.byteString('CertificateValue', held),
      ]);
    case 'CertificateRequest':
      return make.structure('CertificateRequest', [
        make.enumeration('CertificateRequestType', facts.certificateRequestType ?? 0),
        make.byteString('CertificateRequestValue', held),
      ]);
    default:
      return undefined;
  }
}

/** An object around its key block, whatever has become of the key value: it may be wrapped. */
export function writeWithBlock(facts: ObjectFacts, block: TtlvField): TtlvField {
  switch (facts.objectType) {
    case 'SecretData':
      return make.structure('SecretData', [
        make.enumeration('SecretDataType', facts.secretDataType ?? 0),
        block,
      ]);
    case 'PGPKey':
      return make.structure('PGPKey', [make.integer('PGPKeyVersion', facts.pgpKeyVersion ?? 0), block]);
    case 'SplitKey':
      return make.structure('SplitKey', [...splitFields(must(facts.split, 'a part of a key is one')), block]);
    case 'PrivateKey':
    case 'PublicKey':
      return make.structure(facts.objectType, [block]);
    default:
      return make.structure('SymmetricKey', [block]);
  }
}

function splitFields({
  parts,
  identifier,
  threshold,
  method,
  primeFieldSize,
}: SplitFacts): readonly (TtlvField | undefined)[] {
  return [
    make.integer('SplitKeyParts', parts),
    make.integer('KeyPartIdentifier', identifier),
    make.integer('SplitKeyThreshold', threshold),
    make.enumeration('SplitKeyMethod', method),
    make.ifPresent(primeFieldSize, digits =>
      make.bigInteger('PrimeFieldSize', must(decodeHex(digits), 'what is kept as hex is hex')),
    ),
  ];
}
