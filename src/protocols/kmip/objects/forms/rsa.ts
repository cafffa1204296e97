// RSA keys: PKCS #1 (RFC 8017 appendix A.1) and KMIP's transparent structures, in which all but the modulus and one exponent may be left out.

import type { Bytes } from '../../../../base/bytes.ts';
import { type DerField, DerFields, der, magnitude, numberOf, readDer } from '../../../../wire/der/index.ts';
import { make, read, StructureReader, type TtlvField, type TtlvItem } from '../../../../wire/ttlv/index.ts';
import { completeRsaKey, type RsaPrivateKey, type RsaPublicKey } from './rsa-numbers.ts';

export function modulusBits({ modulus }: Pick<RsaPublicKey, 'modulus'>): number {
  return modulus.length * 8 - (Math.clz32(modulus[0] ?? 0) - 24);
}

/** RSAPublicKey. Throws `DerRefusal`. */
export function readRsaPublicKey(encoded: Bytes): RsaPublicKey {
  const fields = new DerFields(readDer(encoded));
  const key = { modulus: magnitude(fields.one('integer')), publicExponent: magnitude(fields.one('integer')) };
  fields.refuseOthers();
  return key;
}

/** RSAPrivateKey. Throws `DerRefusal`; undefined for a key of more than two primes. */
export function readRsaPrivateKey(encoded: Bytes): RsaPrivateKey | undefined {
  const fields = new DerFields(readDer(encoded));
  if (numberOf(fields.one('integer')) !== 0) return undefined;
  const next = () => magnitude(fields.one('integer'));
  const key = {
    modulus: next(),
    publicExponent: next(),
    privateExponent: next(),
    p: next(),
    q: next(),
    primeExponentP: next(),
    primeExponentQ: next(),
    crtCoefficient: next(),
  };
  fields.refuseOthers();
  return key;
}

export function rsaPublicKeyField({ modulus, publicExponent }: RsaPublicKey): DerField {
  return der.sequence([der.integer(modulus), der.integer(publicExponent)]);
}

export function rsaPrivateKeyField(key: RsaPrivateKey): DerField {
  return der.sequence([
    der.integer(0),
    der.integer(key.modulus),
    der.integer(key.publicExponent),
    der.integer(key.privateExponent),
    der.integer(key.p),
    der.integer(key.q),
    der.integer(key.primeExponentP),
    der.integer(key.primeExponentQ),
    der.integer(key.crtCoefficient),
  ]);
}

/** Transparent RSA Public Key (KMIP 2.1 section 3.1.9). */
export function readTransparentRsaPublicKey(material: TtlvItem): RsaPublicKey {
  const fields = new StructureReader(material);
  const key = {
    modulus: fields.one('Modulus', read.magnitude),
    publicExponent: fields.one('PublicExponent', read.magnitude),
  };
  fields.refuseOthers();
  return key;
}

/** Transparent RSA Private Key (KMIP 2.1 section 3.1.9); undefined where too little of the key is there to compute with it. */
export function readTransparentRsaPrivateKey(material: TtlvItem): RsaPrivateKey | undefined {
  const fields = new StructureReader(material);
  const given = {
    modulus: fields.one('Modulus', read.magnitude),
    privateExponent: fields.optional('PrivateExponent', read.magnitude),
    publicExponent: fields.optional('PublicExponent', read.magnitude),
    p: fields.optional('P', read.magnitude),
    q: fields.optional('Q', read.magnitude),
    primeExponentP: fields.optional('PrimeExponentP', read.magnitude),
    primeExponentQ: fields.optional('PrimeExponentQ', read.magnitude),
    crtCoefficient: fields.optional('CRTCoefficient', read.magnitude),
  };
  fields.refuseOthers();
  return completeRsaKey(given);
}

export function transparentRsaPublicKey(key: RsaPublicKey): TtlvField {
  return make.structure('KeyMaterial', [
    make.bigInteger('Modulus', key.modulus),
    make.bigInteger('PublicExponent', key.publicExponent),
  ]);
}

export function transparentRsaPrivateKey(key: RsaPrivateKey): TtlvField {
  return make.structure('KeyMaterial', [
    make.bigInteger('Modulus', key.modulus),
    make.bigInteger('PrivateExponent', key.privateExponent),
    make.bigInteger('PublicExponent', key.publicExponent),
    make.bigInteger('P', key.p),
    make.bigInteger('Q', key.q),
    make.bigInteger('PrimeExponentP', key.primeExponentP),
    make.bigInteger('PrimeExponentQ', key.primeExponentQ),
    make.bigInteger('CRTCoefficient', key.crtCoefficient),
  ]);
}
