// Keys on elliptic curves: SEC 1 (RFC 5915) and KMIP's transparent structures. The public half that may stand beside a private key is passed
// on where it is given and never relied on.

import type { Bytes } from '../../../../base/bytes.ts';
import {
  DER_TYPES,
  type DerElement,
  type DerField,
  DerFields,
  der,
  numberOf,
  objectIdentifierOf,
  readDer,
  wholeBytesOf,
} from '../../../../wire/der/index.ts';
import { make, read, StructureReader, type TtlvField, type TtlvItem } from '../../../../wire/ttlv/index.ts';
import { refusal } from '../../faults.ts';
import { type Curve, curveOfIdentifier, curveRow, type NamedCurve, scalarBytes } from './curves.ts';

export interface EcPrivateKey {
  readonly curve: NamedCurve;
  /** Big-endian; may be shorter than the order of the curve. */
  readonly scalar: Bytes;
  /** The encoded point, where it was given. */
  readonly point?: Bytes | undefined;
}

/**
 * ECPrivateKey; the curve of the envelope where the key does not name its own. Throws `DerRefusal`; undefined for a curve without a name
 * here.
 */
export function readEcPrivateKey(encoded: Bytes, envelope: NamedCurve | undefined): EcPrivateKey | undefined {
  const fields = new DerFields(readDer(encoded));
  numberOf(fields.one('integer'));
  const scalar = fields.one('octetString').content;
  const parameters = fields.explicit(0);
  const point = fields.explicit(1);
  fields.refuseOthers();
  const curve = parameters === undefined ? envelope : namedCurve(parameters);
  if (curve === undefined) throw refusal('invalidField', 'An elliptic-curve key must name its curve.');
  return { curve, scalar, point: point === undefined ? undefined : wholeBytesOf(point) };
}

/** The curve of an ECParameters; throws for explicit parameters, and for a curve that has no name here. */
export function namedCurve(parameters: DerElement | undefined): NamedCurve {
  const identifier =
    parameters?.typeOctet === DER_TYPES.objectIdentifier ? objectIdentifierOf(parameters) : undefined;
  const curve = identifier === undefined ? undefined : curveOfIdentifier(identifier);
  if (curve === undefined)
    throw refusal('keyFormatTypeNotSupported', 'The elliptic curve is not known here.');
  return curve;
}

export function curveParameters(curve: NamedCurve): DerField {
  return der.objectIdentifier(curveRow(curve).identifier);
}

/** `withCurve`: outside an envelope, which would name it. */
export function ecPrivateKeyField({ curve, scalar, point }: EcPrivateKey, withCurve: boolean): DerField {
  return der.sequence([
    der.integer(1),
    der.octetString(padded(scalar, scalarBytes(curveRow(curve)))),
    withCurve ? der.explicit(0, curveParameters(curve)) : undefined,
    point && der.explicit(1, der.bitString(point)),
  ]);
}

/** The zeros stand before the scalar without a copy of it. */
function padded(scalar: Bytes, length: number): DerField {
  const digits = withoutZeros(scalar);
  if (digits.length > length)
    throw refusal('invalidField', 'The private key is longer than its curve allows.');
  return { parts: [new Uint8Array(length - digits.length), digits] };
}

function withoutZeros(scalar: Bytes): Bytes {
  const zeros = scalar.findIndex(byte => byte !== 0);
  return scalar.subarray(zeros < 0 ? scalar.length : zeros);
}

/** Transparent EC Private Key, and those of 1.x for one purpose each (KMIP 1.4 section 2.1.7.4 to 2.1.7.12). */
export function readTransparentEcPrivateKey(material: TtlvItem): {
  readonly curve: Curve;
  readonly scalar: Bytes;
} {
  const fields = new StructureReader(material);
  const key = {
    curve: fields.one('RecommendedCurve', read.enumeration('RecommendedCurve')),
    scalar: fields.one('D', read.magnitude),
  };
  fields.refuseOthers();
  return key;
}

export function readTransparentEcPublicKey(material: TtlvItem): {
  readonly curve: Curve;
  readonly point: Bytes;
} {
  const fields = new StructureReader(material);
  const key = {
    curve: fields.one('RecommendedCurve', read.enumeration('RecommendedCurve')),
    point: fields.one('QString', read.byteString),
  };
  fields.refuseOthers();
  return key;
}

export function transparentEcPrivateKey(curve: Curve, scalar: Bytes): TtlvField {
  return make.structure('KeyMaterial', [
    make.enumeration('RecommendedCurve', curve),
    make.bigInteger('D', withoutZeros(scalar)),
  ]);
}

export function transparentEcPublicKey(curve: Curve, point: Bytes): TtlvField {
  return make.structure('KeyMaterial', [
    make.enumeration('RecommendedCurve', curve),
    make.byteString('QString', point),
  ]);
}
