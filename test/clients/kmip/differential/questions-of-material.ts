// Questions about objects that are brought, and given in every form.

import { make, TAGS, type TtlvField, type ValueName } from '../../../../src/wire/ttlv/index.ts';
import { named, uid } from '../../../conformance/kmip/payloads.ts';
import {
  BYTES_16,
  BYTES_32,
  CERTIFICATE,
  certificate,
  der,
  format,
  half,
  opaque,
  secret,
  split,
} from './objects-to-bring.ts';
import { algorithm, keyBlock, length, mask, type Questions, symmetric } from './words.ts';

export const QUESTIONS_OF_MATERIAL: Readonly<Record<string, Questions>> = {
  'objects that are brought, and given again': {
    versions: ['1.0', '2.0'],
    questions: ({ register, get, ask, version, unique, isNew }) => {
      const usable = [mask('Encrypt', 'Decrypt')];
      const objects: readonly (readonly [
        string,
        ValueName<'ObjectType'>,
        TtlvField | undefined,
        (readonly TtlvField[])?,
      ])[] = [
        ['a key of AES', 'SymmetricKey', symmetric(BYTES_16), usable],
        ['a key of AES without a mask', 'SymmetricKey', symmetric(BYTES_16)],
        [
          'a key of AES with a name',
          'SymmetricKey',
          symmetric(BYTES_32),
          [...usable, named(unique('brought'))],
        ],
        [
          'a key of AES that says its algorithm',
          'SymmetricKey',
          symmetric(BYTES_16),
          [...usable, algorithm('AES')],
        ],
        [
          'a key of AES that says another algorithm',
          'SymmetricKey',
          symmetric(BYTES_16),
          [...usable, algorithm('DES3')],
        ],
        ['a key of AES that says its length', 'SymmetricKey', symmetric(BYTES_16), [...usable, length(128)]],
        [
          'a key of AES that says another length',
          'SymmetricKey',
          symmetric(BYTES_16),
          [...usable, length(256)],
        ],
        ['a key of triple DES', 'SymmetricKey', symmetric(Buffer.alloc(24, 5), 'DES3'), usable],
        ['a key of HMAC', 'SymmetricKey', symmetric(BYTES_32, 'HMAC_SHA256'), [mask('MACGenerate')]],
        ['a key of Blowfish', 'SymmetricKey', symmetric(BYTES_16, 'Blowfish'), usable],
        [
          'a key without algorithm and length',
          'SymmetricKey',
          make.structure('SymmetricKey', [keyBlock(BYTES_16, 'Raw')]),
          usable,
        ],
        [
          'a key without a length',
          'SymmetricKey',
          make.structure('SymmetricKey', [keyBlock(BYTES_16, 'Raw', [algorithm('AES')])]),
          usable,
        ],
        [
          'a key of another length than it has',
          'SymmetricKey',
          make.structure('SymmetricKey', [keyBlock(BYTES_16, 'Raw', [algorithm('AES'), length(256)])]),
          usable,
        ],
        [
          'a key as opaque',
          'SymmetricKey',
          make.structure('SymmetricKey', [keyBlock(BYTES_16, 'Opaque', [algorithm('AES'), length(128)])]),
          usable,
        ],
        [
          'a transparent key',
          'SymmetricKey',
          make.structure('SymmetricKey', [
            keyBlock(
              make.structure('KeyMaterial', [make.byteString('Key', BYTES_16)]),
              'TransparentSymmetricKey',
              [algorithm('AES'), length(128)],
            ),
          ]),
          usable,
        ],
        ['a key of no bytes', 'SymmetricKey', symmetric(Buffer.alloc(0)), usable],
        [
          'a private key in PKCS #1',
          'PrivateKey',
          half('PrivateKey', der('privateKey', 'pkcs1'), 'PKCS_1'),
          [mask('Sign')],
        ],
        [
          'a private key in PKCS #8',
          'PrivateKey',
          half('PrivateKey', der('privateKey', 'pkcs8'), 'PKCS_8'),
          [mask('Sign')],
        ],
        [
          'a private key without a mask',
          'PrivateKey',
          half('PrivateKey', der('privateKey', 'pkcs8'), 'PKCS_8'),
        ],
        [
          'a private key in X.509',
          'PrivateKey',
          half('PrivateKey', der('privateKey', 'pkcs8'), 'X_509'),
          [mask('Sign')],
        ],
        [
          'a private key in another form than it says',
          'PrivateKey',
          half('PrivateKey', der('privateKey', 'pkcs1'), 'PKCS_8'),
          [mask('Sign')],
        ],
        ['a private key that is none', 'PrivateKey', half('PrivateKey', BYTES_32, 'PKCS_8'), [mask('Sign')]],
        [
          'a public key in PKCS #1',
          'PublicKey',
          half('PublicKey', der('publicKey', 'pkcs1'), 'PKCS_1'),
          [mask('Verify')],
        ],
        [
          'a public key in X.509',
          'PublicKey',
          half('PublicKey', der('publicKey', 'spki'), 'X_509'),
          [mask('Verify')],
        ],
        [
          'a public key as it is',
          'PublicKey',
          half('PublicKey', der('publicKey', 'pkcs1'), 'Raw'),
          [mask('Verify')],
        ],
        ['a public key that is none', 'PublicKey', half('PublicKey', BYTES_32, 'X_509'), [mask('Verify')]],
        [
          'a public key without algorithm',
          'PublicKey',
          half('PublicKey', der('publicKey', 'pkcs1'), 'PKCS_1', []),
          [mask('Verify')],
        ],
        ['a password', 'SecretData', secret(BYTES_16), [mask('Verify')]],
        ['a password without a mask', 'SecretData', secret(BYTES_16)],
        [
          'a password of an algorithm',
          'SecretData',
          secret(BYTES_16, 'Password', [algorithm('AES'), length(128)]),
          [mask('Verify')],
        ],
        ['a seed', 'SecretData', secret(BYTES_32, 'Seed'), [mask('DeriveKey')]],
        ['no bytes as a password', 'SecretData', secret(Buffer.alloc(0)), [mask('Verify')]],
        [
          'a raw password',
          'SecretData',
          make.structure('SecretData', [
            make.enumeration('SecretDataType', 'Password'),
            keyBlock(BYTES_16, 'Raw'),
          ]),
          [mask('Verify')],
        ],
        [
          'a secret of an unknown type',
          'SecretData',
          make.structure('SecretData', [
            make.enumeration('SecretDataType', 0x55),
            keyBlock(BYTES_16, 'Opaque'),
          ]),
          [mask('Verify')],
        ],
        ['an opaque object', 'OpaqueObject', opaque(BYTES_32)],
        ['an opaque object with a name', 'OpaqueObject', opaque(BYTES_32), [named(unique('opaque'))]],
        ['an opaque object with a mask', 'OpaqueObject', opaque(BYTES_32), [mask('Encrypt')]],
        ['an opaque object with an algorithm', 'OpaqueObject', opaque(BYTES_32), [algorithm('AES')]],
        ['an opaque object of no bytes', 'OpaqueObject', opaque(Buffer.alloc(0))],
        ['a certificate', 'Certificate', certificate(CERTIFICATE)],
        [
          'a certificate with a name',
          'Certificate',
          certificate(CERTIFICATE),
          [named(unique('certificate'))],
        ],
        ['a certificate with a mask', 'Certificate', certificate(CERTIFICATE), [mask('Verify')]],
        ['a certificate that is none', 'Certificate', certificate(BYTES_32)],
        ['a certificate of PGP', 'Certificate', certificate(BYTES_32, 'PGP')],
        ['a part of a key', 'SplitKey', split(BYTES_32), usable],
        [
          'a part of a key in a prime field',
          'SplitKey',
          split(BYTES_32, 'PolynomialSharingPrimeField', [make.bigInteger('PrimeFieldSize', 104729n)]),
          usable,
        ],
        [
          'a part of a key without its prime',
          'SplitKey',
          split(BYTES_32, 'PolynomialSharingPrimeField'),
          usable,
        ],
        ['a key of AES said to be secret', 'SecretData', symmetric(BYTES_16), usable],
        ['a secret said to be a key', 'SymmetricKey', secret(BYTES_16), usable],
        ['nothing', 'SymmetricKey', undefined, usable],
        ['a template', 'Template', isNew ? undefined : make.structure('Template', []), []],
      ];
      const formats = [
        'Raw',
        'Opaque',
        'PKCS_1',
        'PKCS_8',
        'X_509',
        'ECPrivateKey',
        'TransparentSymmetricKey',
      ] as const;
      return [
        ...objects.flatMap(([label, type, object, attributes = []], index) => {
          const id = `$brought${index}`;
          return [
            register(label, type, object, attributes, { makes: [id] }),
            get(`${label}, given`, id),
            ask(`${label}, its attributes`, 'GetAttributes', [uid(id)]),
          ];
        }),
        ...['$brought0', '$brought16', '$brought22', '$brought27', '$brought34', '$brought39'].flatMap(id => [
          ...formats.map(type => get(`${objects[Number(id.slice(8))]?.[0]} as ${type}`, id, [format(type)])),
          get(`${objects[Number(id.slice(8))]?.[0]} in an unknown form`, id, [
            make.enumeration('KeyFormatType', 0x7f),
          ]),
          get(`${objects[Number(id.slice(8))]?.[0]} compressed`, id, [
            make.enumeration('KeyCompressionType', 'ECPublicKeyTypeUncompressed'),
          ]),
        ]),
        get('nobody', 'nobody'),
        get('an empty identifier', ''),
        get('a number', '999999'),
        get('a negative number', '-1'),
        get('an identifier of another kind', '6f9619ff-8b86-4d01-b42d-00cf4fc964ff'),
        get('a long identifier', 'x'.repeat(1000)),
        ask('an identifier in a number', 'Get', [make.integer(TAGS.UniqueIdentifier[0], 1)]),
        ask('two identifiers', 'Get', [uid('$brought0'), uid('$brought1')]),
        ask('fields in another order', 'Get', [format('Raw'), uid('$brought0')]),
        ask('an object without a type', 'Register', [
          make.structure('TemplateAttribute', []),
          symmetric(BYTES_16),
        ]),
        ...(version === '1.0' ? [] : []),
      ];
    },
  },
};
