// Objects that clients bring, as the questions of several tables have them.

import { generateKeyPairSync } from 'node:crypto';
import { make, type TtlvField, type ValueName } from '../../../../src/wire/ttlv/index.ts';
import { CLIENT_AUTHENTICATION, selfSigned } from '../../../support/certificates.ts';
import { algorithm, type Fields, keyBlock, length } from './words.ts';

const RSA = generateKeyPairSync('rsa', { modulusLength: 2048 });
export const der = (key: 'publicKey' | 'privateKey', type: 'pkcs1' | 'pkcs8' | 'spki'): Uint8Array =>
  RSA[key].export({ format: 'der', type: type as 'pkcs1' }) as Buffer;
export const CERTIFICATE = Buffer.from(
  selfSigned({ subject: 'differential', purposes: [CLIENT_AUTHENTICATION], keys: RSA }).replace(
    /-----[^-]+-----|\s/g,
    '',
  ),
  'base64',
);
export const BYTES_16 = Buffer.alloc(16, 1);
export const BYTES_32 = Buffer.alloc(32, 2);

export const half = (
  tag: 'PrivateKey' | 'PublicKey',
  material: Uint8Array | TtlvField,
  format: ValueName<'KeyFormatType'>,
  rest: Fields = [algorithm('RSA'), length(2048)],
): TtlvField => make.structure(tag, [keyBlock(material, format, rest)]);

export const secret = (
  material: Uint8Array,
  type: ValueName<'SecretDataType'> = 'Password',
  rest: Fields = [],
): TtlvField =>
  make.structure('SecretData', [
    make.enumeration('SecretDataType', type),
    keyBlock(material, 'Opaque', rest),
  ]);

export const opaque = (material: Uint8Array): TtlvField =>
  make.structure('OpaqueObject', [
    make.enumeration('OpaqueDataType', 0x80000000),
    make.byteString('OpaqueDataValue', material),
  ]);

export const certificate = (content: Uint8Array, type: ValueName<'CertificateType'> = 'X_509'): TtlvField =>
  make.structure('Certificate', [
    make.enumeration('CertificateType', type),
    make.byteString('CertificateValue', content),
  ]);

export const split = (
  material: Uint8Array,
  method: ValueName<'SplitKeyMethod'> = 'XOR',
  rest: Fields = [],
): TtlvField =>
  make.structure('SplitKey', [
    make.integer('SplitKeyParts', 3),
    make.integer('KeyPartIdentifier', 1),
    make.integer('SplitKeyThreshold', 3),
    make.enumeration('SplitKeyMethod', method),
    ...rest,
    keyBlock(material, 'Raw', [algorithm('AES'), length(8 * material.length)]),
  ]);

export const format = (type: ValueName<'KeyFormatType'>): TtlvField =>
  make.enumeration('KeyFormatType', type);
