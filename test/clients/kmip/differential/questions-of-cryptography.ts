// Questions about what is computed with keys: ciphertexts, signatures and MACs.

import { generateKeyPairSync, sign } from 'node:crypto';
import { type BitName, make, TAGS, type TtlvField, type ValueName } from '../../../../src/wire/ttlv/index.ts';
import { uid } from '../../../conformance/kmip/payloads.ts';
import {
  algorithm,
  type Fields,
  keyBlock,
  length,
  mask,
  parameters,
  type Questions,
  symmetric,
} from './words.ts';

const RSA = generateKeyPairSync('rsa', { modulusLength: 2048 });
const KEY_16 = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');
const IV_16 = Buffer.alloc(16, 3);
const DATA = Buffer.from('sixteen bytes ok');

const half = (tag: 'PrivateKey' | 'PublicKey'): TtlvField =>
  make.structure(tag, [
    keyBlock(
      tag === 'PrivateKey'
        ? RSA.privateKey.export({ format: 'der', type: 'pkcs1' })
        : RSA.publicKey.export({ format: 'der', type: 'pkcs1' }),
      'PKCS_1',
      [algorithm('RSA'), length(2048)],
    ),
  ]);
const secret = (material: Uint8Array): TtlvField =>
  make.structure('SecretData', [make.enumeration('SecretDataType', 'Seed'), keyBlock(material, 'Opaque')]);
const opaque = make.structure('OpaqueObject', [
  make.enumeration('OpaqueDataType', 0x80000000),
  make.byteString('OpaqueDataValue', KEY_16),
]);
const content = (bytes: Uint8Array): TtlvField => make.byteString('Data', bytes);
const iv = (bytes: Uint8Array): TtlvField => make.byteString('IVCounterNonce', bytes);
const mode = (name: ValueName<'BlockCipherMode'>): TtlvField => make.enumeration('BlockCipherMode', name);
const padding = (name: ValueName<'PaddingMethod'>): TtlvField => make.enumeration('PaddingMethod', name);
const hashing = (name: ValueName<'HashingAlgorithm'>): TtlvField =>
  make.enumeration('HashingAlgorithm', name);
const signing = (name: ValueName<'DigitalSignatureAlgorithm'>): TtlvField =>
  make.enumeration('DigitalSignatureAlgorithm', name);

export const QUESTIONS_OF_CRYPTOGRAPHY: Readonly<Record<string, Questions>> = {
  'data that is encrypted and decrypted': {
    versions: ['1.4', '2.0'],
    questions: speaker => {
      const { ask, register, activate, revoke, version } = speaker;
      if (version < '1.2') return [ask('not yet', 'Encrypt', [uid('x')])];
      const key = (
        name: string,
        material: Uint8Array,
        of: ValueName<'CryptographicAlgorithm'>,
        ...usages: readonly BitName<'CryptographicUsageMask'>[]
      ) => register(name, 'SymmetricKey', symmetric(material, of), [mask(...usages)], { makes: [name] });
      const encrypt = (label: string, id: string, fields: Fields, random = false) =>
        ask(`encrypt ${label}`, 'Encrypt', [uid(id), ...fields], { random });
      const decrypt = (label: string, id: string, fields: Fields) =>
        ask(`decrypt ${label}`, 'Decrypt', [uid(id), ...fields]);
      const aes = (...fields: Fields) => parameters([...fields, algorithm('AES')]);
      const each: readonly (readonly [
        ValueName<'BlockCipherMode'>,
        ValueName<'PaddingMethod'> | undefined,
      ])[] = [
        ['CBC', 'PKCS5'],
        ['CBC', 'ANSIX9_23'],
        ['CBC', 'None'],
        ['CBC', undefined],
        ['ECB', 'PKCS5'],
        ['ECB', 'None'],
        ['ECB', undefined],
        ['CTR', undefined],
        ['CFB', undefined],
        ['OFB', undefined],
        ['CBC', 'OAEP'],
        ['CTR', 'PKCS5'],
        ['PCBC', 'PKCS5'],
        ['XTS', undefined],
        ['CMAC', undefined],
      ];
      const by = (cipher: ValueName<'BlockCipherMode'>, pad: ValueName<'PaddingMethod'> | undefined) =>
        aes(mode(cipher), pad && padding(pad));
      const gcm = (tag: number | undefined) =>
        parameters([
          mode('GCM'),
          algorithm('AES'),
          make.ifPresent(tag, bytes => make.integer('TagLength', bytes)),
        ]);
      const authenticated = version >= '1.4';
      return [
        key('$aes', KEY_16, 'AES', 'Encrypt', 'Decrypt'),
        key(
          '$des3',
          Buffer.from('0123456789abcdef23456789abcdef01456789abcdef0123', 'hex'),
          'DES3',
          'Encrypt',
          'Decrypt',
        ),
        key('$camellia', KEY_16, 'Camellia', 'Encrypt', 'Decrypt'),
        key('$encrypts', KEY_16, 'AES', 'Encrypt'),
        key('$decrypts', KEY_16, 'AES', 'Decrypt'),
        register('a secret', 'SecretData', secret(KEY_16), [mask('Encrypt')], { makes: ['$secret'] }),
        register('an opaque object', 'OpaqueObject', opaque, [], { makes: ['$opaque'] }),
        encrypt('before its time', '$aes', [by('CBC', 'PKCS5'), content(DATA), iv(IV_16)]),
        ...['$aes', '$des3', '$camellia', '$encrypts', '$decrypts', '$secret'].map(activate),
        ...each.flatMap(([cipher, pad]) =>
          [DATA, DATA.subarray(0, 5)].flatMap(bytes => [
            encrypt(`${bytes.length} bytes by ${cipher} and ${pad}`, '$aes', [
              by(cipher, pad),
              content(bytes),
              cipher === 'ECB' ? undefined : iv(IV_16),
            ]),
            decrypt(`${bytes.length} bytes by ${cipher} and ${pad}`, '$aes', [
              by(cipher, pad),
              content(bytes),
              cipher === 'ECB' ? undefined : iv(IV_16),
            ]),
          ]),
        ),
        encrypt('by triple DES', '$des3', [
          parameters([mode('CBC'), padding('PKCS5'), algorithm('DES3')]),
          content(DATA),
          iv(IV_16.subarray(8)),
        ]),
        encrypt('by Camellia', '$camellia', [
          parameters([mode('CBC'), padding('PKCS5'), algorithm('Camellia')]),
          content(DATA),
          iv(IV_16),
        ]),
        encrypt('by another algorithm than the key’s', '$aes', [
          parameters([mode('CBC'), padding('PKCS5'), algorithm('Camellia')]),
          content(DATA),
          iv(IV_16),
        ]),
        encrypt('without an algorithm', '$aes', [
          parameters([mode('CBC'), padding('PKCS5')]),
          content(DATA),
          iv(IV_16),
        ]),
        encrypt('without a mode', '$aes', [
          parameters([padding('PKCS5'), algorithm('AES')]),
          content(DATA),
          iv(IV_16),
        ]),
        encrypt('without parameters', '$aes', [content(DATA), iv(IV_16)]),
        encrypt('with empty parameters', '$aes', [parameters([]), content(DATA), iv(IV_16)]),
        encrypt('without an IV', '$aes', [by('CBC', 'PKCS5'), content(DATA)], true),
        encrypt(
          'with a random IV',
          '$aes',
          [aes(mode('CBC'), padding('PKCS5'), make.boolean('RandomIV', true)), content(DATA)],
          true,
        ),
        encrypt('with a short IV', '$aes', [by('CBC', 'PKCS5'), content(DATA), iv(IV_16.subarray(8))]),
        encrypt('with an empty IV', '$aes', [by('CBC', 'PKCS5'), content(DATA), iv(Buffer.alloc(0))], true),
        encrypt('with an IV for ECB', '$aes', [by('ECB', 'PKCS5'), content(DATA), iv(IV_16)]),
        encrypt('without data', '$aes', [by('CBC', 'PKCS5'), iv(IV_16)]),
        encrypt('no bytes', '$aes', [by('CBC', 'PKCS5'), content(Buffer.alloc(0)), iv(IV_16)]),
        encrypt('a text', '$aes', [by('CBC', 'PKCS5'), make.textString(TAGS.Data[0], 'x'), iv(IV_16)]),
        encrypt('with a key that decrypts', '$decrypts', [by('CBC', 'PKCS5'), content(DATA), iv(IV_16)]),
        decrypt('with a key that encrypts', '$encrypts', [by('CBC', 'PKCS5'), content(DATA), iv(IV_16)]),
        encrypt('with a secret', '$secret', [by('CBC', 'PKCS5'), content(DATA), iv(IV_16)]),
        encrypt('with an opaque object', '$opaque', [by('CBC', 'PKCS5'), content(DATA), iv(IV_16)]),
        encrypt('with nobody', 'nobody', [by('CBC', 'PKCS5'), content(DATA), iv(IV_16)]),
        decrypt('with nobody', 'nobody', [by('CBC', 'PKCS5'), content(DATA), iv(IV_16)]),
        decrypt('without parameters', '$aes', [content(DATA), iv(IV_16)]),
        decrypt('without an algorithm', '$aes', [
          parameters([mode('CBC'), padding('PKCS5')]),
          content(DATA),
          iv(IV_16),
        ]),
        decrypt('without an IV', '$aes', [by('CBC', 'PKCS5'), content(DATA)]),
        decrypt('without a mode', '$aes', [
          parameters([padding('PKCS5'), algorithm('AES')]),
          content(DATA),
          iv(IV_16),
        ]),
        encrypt('in a mode that nobody knows', '$aes', [
          parameters([make.enumeration('BlockCipherMode', 0x7f), algorithm('AES')]),
          content(DATA),
          iv(IV_16),
        ]),
        ...(authenticated
          ? [
              encrypt('by GCM', '$aes', [gcm(16), content(DATA), iv(IV_16.subarray(4))]),
              encrypt('by GCM with more', '$aes', [
                gcm(16),
                content(DATA),
                iv(IV_16.subarray(4)),
                make.byteString('AuthenticatedEncryptionAdditionalData', KEY_16),
              ]),
              encrypt('by GCM with 12 bytes of tag', '$aes', [gcm(12), content(DATA), iv(IV_16.subarray(4))]),
              encrypt('by GCM with 8 bytes of tag', '$aes', [gcm(8), content(DATA), iv(IV_16.subarray(4))]),
              encrypt('by GCM without a length of tag', '$aes', [
                gcm(undefined),
                content(DATA),
                iv(IV_16.subarray(4)),
              ]),
              decrypt('by GCM without a tag', '$aes', [gcm(16), content(DATA), iv(IV_16.subarray(4))]),
              decrypt('by GCM with a wrong tag', '$aes', [
                gcm(16),
                content(DATA),
                iv(IV_16.subarray(4)),
                make.byteString('AuthenticatedEncryptionTag', KEY_16),
              ]),
            ]
          : []),
        revoke('$aes'),
        encrypt('with a key that was revoked', '$aes', [by('CBC', 'PKCS5'), content(DATA), iv(IV_16)]),
        decrypt('with a key that was revoked', '$aes', [by('CBC', 'None'), content(DATA), iv(IV_16)]),
      ];
    },
  },

  'signatures and MACs': {
    versions: ['1.2', '2.0'],
    questions: speaker => {
      const { ask, register, activate, version } = speaker;
      if (version < '1.2') return [ask('not yet', 'Sign', [uid('x')])];
      const signed = (label: string, id: string, fields: Fields, bytes: Uint8Array = DATA, random = false) =>
        ask(`sign ${label}`, 'Sign', [uid(id), ...fields, content(bytes)], { random });
      const verify = (
        label: string,
        id: string,
        fields: Fields,
        signature: Uint8Array | undefined,
        bytes: Uint8Array | undefined = DATA,
      ) =>
        ask(`verify ${label}`, 'SignatureVerify', [
          uid(id),
          ...fields,
          bytes && content(bytes),
          make.ifPresent(signature, value => make.byteString('SignatureData', value)),
        ]);
      const mac = (label: string, id: string, fields: Fields, bytes: Uint8Array | undefined = DATA) =>
        ask(`MAC ${label}`, 'MAC', [uid(id), ...fields, bytes && content(bytes)]);
      const algorithms = [
        'SHA_256WithRSAEncryption',
        'SHA_1WithRSAEncryption',
        'SHA_512WithRSAEncryption',
        'MD5WithRSAEncryption',
        'ECDSAWithSHA256',
      ] as const;
      const pkcs1 = parameters([padding('PKCS1V1_5'), hashing('SHA_256'), algorithm('RSA')]);
      const good = sign('sha256', DATA, RSA.privateKey);
      return [
        register('a private key', 'PrivateKey', half('PrivateKey'), [mask('Sign')], { makes: ['$private'] }),
        register('a public key', 'PublicKey', half('PublicKey'), [mask('Verify')], { makes: ['$public'] }),
        register('a private key for nothing', 'PrivateKey', half('PrivateKey'), [mask('Decrypt')], {
          makes: ['$other'],
        }),
        register('a key of HMAC', 'SymmetricKey', symmetric(KEY_16, 'HMAC_SHA256'), [mask('MACGenerate')], {
          makes: ['$hmac'],
        }),
        register('a key of AES', 'SymmetricKey', symmetric(KEY_16), [mask('MACGenerate')], {
          makes: ['$cmac'],
        }),
        register('a key for something else', 'SymmetricKey', symmetric(KEY_16), [mask('Encrypt')], {
          makes: ['$aes'],
        }),
        register('a secret', 'SecretData', secret(KEY_16), [mask('MACGenerate')], { makes: ['$secret'] }),
        signed('before its time', '$private', [pkcs1]),
        mac('before its time', '$hmac', [parameters([algorithm('HMAC_SHA256')])]),
        ...['$private', '$public', '$other', '$hmac', '$cmac', '$aes', '$secret'].map(activate),
        ...algorithms.flatMap(name => [
          signed(`by ${name}`, '$private', [parameters([padding('PKCS1V1_5'), signing(name)])]),
          verify(`by ${name}`, '$public', [parameters([padding('PKCS1V1_5'), signing(name)])], good),
          signed(`by ${name} without padding`, '$private', [parameters([signing(name)])]),
        ]),
        ...(['SHA_1', 'SHA_224', 'SHA_256', 'SHA_384', 'SHA_512', 'MD5'] as const).flatMap(name => [
          signed(`with ${name}`, '$private', [
            parameters([padding('PKCS1V1_5'), hashing(name), algorithm('RSA')]),
          ]),
          signed(
            `with ${name} by PSS`,
            '$private',
            [parameters([padding('PSS'), hashing(name), algorithm('RSA')])],
            DATA,
            true,
          ),
        ]),
        signed('without parameters', '$private', []),
        signed('with empty parameters', '$private', [parameters([])]),
        signed('without a hash', '$private', [parameters([padding('PKCS1V1_5'), algorithm('RSA')])]),
        signed('without a padding', '$private', [parameters([hashing('SHA_256'), algorithm('RSA')])]),
        signed('without an algorithm', '$private', [parameters([padding('PKCS1V1_5'), hashing('SHA_256')])]),
        signed('by OAEP', '$private', [parameters([padding('OAEP'), hashing('SHA_256'), algorithm('RSA')])]),
        signed('with a public key', '$public', [pkcs1]),
        signed('with a key of AES', '$aes', [pkcs1]),
        signed('with a key that does not sign', '$other', [pkcs1]),
        signed('with nobody', 'nobody', [pkcs1]),
        signed('no bytes', '$private', [pkcs1], Buffer.alloc(0)),
        ask('sign nothing', 'Sign', [uid('$private'), pkcs1]),
        verify('a good one', '$public', [pkcs1], good),
        verify('one of something else', '$public', [pkcs1], good, KEY_16),
        verify('a bad one', '$public', [pkcs1], Buffer.alloc(256, 1)),
        verify('a short one', '$public', [pkcs1], KEY_16),
        verify('none', '$public', [pkcs1], undefined),
        verify('of nothing', '$public', [pkcs1], good, undefined),
        verify('without parameters', '$public', [], good),
        verify('with a private key', '$private', [pkcs1], good),
        verify('with a key of AES', '$aes', [pkcs1], good),
        verify('with nobody', 'nobody', [pkcs1], good),
        ...(
          [
            'HMAC_SHA1',
            'HMAC_SHA224',
            'HMAC_SHA256',
            'HMAC_SHA384',
            'HMAC_SHA512',
            'HMAC_MD5',
            'AES',
            'RSA',
          ] as const
        ).flatMap(name => [
          mac(`by ${name} with a key of HMAC`, '$hmac', [parameters([algorithm(name)])]),
          mac(`by ${name} with a key of AES`, '$cmac', [parameters([algorithm(name)])]),
          mac(`by ${name} with a secret`, '$secret', [parameters([algorithm(name)])]),
        ]),
        mac('as the key says', '$hmac', []),
        mac('as the key of AES says', '$cmac', []),
        mac('as a secret says', '$secret', []),
        mac('with a key for something else', '$aes', [parameters([algorithm('AES')])]),
        mac('with a public key', '$public', [parameters([algorithm('HMAC_SHA256')])]),
        mac('with nobody', 'nobody', [parameters([algorithm('HMAC_SHA256')])]),
        mac('no bytes', '$hmac', [parameters([algorithm('HMAC_SHA256')])], Buffer.alloc(0)),
        ask('MAC nothing', 'MAC', [uid('$hmac'), parameters([algorithm('HMAC_SHA256')])]),
      ];
    },
  },
};
