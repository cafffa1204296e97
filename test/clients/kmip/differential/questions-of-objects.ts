// Questions about objects that are made: symmetric keys and pairs.

import { make, TAGS, type TtlvField, type ValueName } from '../../../../src/wire/ttlv/index.ts';
import { named, uid } from '../../../conformance/kmip/payloads.ts';
import { AES, algorithm, length, mask, parameters, type Questions } from './words.ts';

const objectType = (type: ValueName<'ObjectType'> | number): TtlvField =>
  make.enumeration('ObjectType', type);

const format = (type: ValueName<'KeyFormatType'>): TtlvField => make.enumeration('KeyFormatType', type);

export const QUESTIONS_OF_OBJECTS: Readonly<Record<string, Questions>> = {
  'symmetric keys that can be made and that cannot': {
    versions: ['1.0', '1.2', '1.4', '2.0'],
    questions: ({ create, ask, template, unique, isNew }) => [
      ...([128, 192, 256] as const).map(bits =>
        create(`AES of ${bits} bits`, [algorithm('AES'), length(bits), mask('Encrypt')], {
          makes: [`$aes${bits}`],
        }),
      ),
      ...[0, 1, 8, 64, 512, -128, 1_000_000].map(bits =>
        create(`AES of ${bits} bits`, [algorithm('AES'), length(bits), mask('Encrypt')]),
      ),
      ...(
        [
          ['DES3', 64],
          ['DES3', 112],
          ['DES3', 128],
          ['DES3', 168],
          ['DES3', 192],
          ['Blowfish', 128],
          ['Camellia', 256],
          ['CAST5', 128],
          ['IDEA', 128],
          ['RC4', 128],
          ['DES', 56],
          ['HMAC_SHA256', 256],
          ['Twofish', 256],
          ['RSA', 2048],
          ['ECDSA', 256],
          ['SKIPJACK', 80],
        ] as const
      ).map(([name, bits]) =>
        create(`${name} of ${bits} bits`, [algorithm(name), length(bits), mask('Encrypt')], {
          makes: [`$${name}${bits}`],
        }),
      ),
      create('without attributes', []),
      create('without an algorithm', [length(256), mask('Encrypt')]),
      create('without a length', [algorithm('AES'), mask('Encrypt')]),
      create('without a mask', [algorithm('AES'), length(256)]),
      create('with a mask of nothing', [algorithm('AES'), length(256), mask()]),
      create('with every mask', [
        algorithm('AES'),
        length(256),
        make.integer('CryptographicUsageMask', 0xfffff),
      ]),
      create('with a mask that nobody knows', [
        algorithm('AES'),
        length(256),
        make.integer('CryptographicUsageMask', 0x40000000),
      ]),
      create('with an algorithm that nobody knows', [
        make.enumeration('CryptographicAlgorithm', 0x7f),
        length(256),
        mask('Encrypt'),
      ]),
      create('with a length in a text', [
        algorithm('AES'),
        make.textString(TAGS.CryptographicLength[0], '256'),
        mask('Encrypt'),
      ]),
      create('with two algorithms', [...AES, algorithm('AES')]),
      create('with two lengths', [...AES, length(256)]),
      create('with a name', [...AES, named(unique('made'))], { makes: ['$named'] }),
      create('with an empty name', [...AES, named('')]),
      create('with two names', [...AES, named(unique('one')), named(unique('two'))]),
      create('with one name twice', [...AES, named(unique('same')), named(unique('same'))]),
      create('with a name that another one has', [...AES, named(unique('made'))]),
      create('with a policy', [...AES, make.textString('OperationPolicyName', 'default')], {
        makes: ['$policy'],
      }),
      create('with a policy that there is not', [...AES, make.textString('OperationPolicyName', 'nothing')]),
      create('with a group', [...AES, make.textString('ObjectGroup', unique('group'))], {
        makes: ['$grouped'],
      }),
      create('with a state', [...AES, make.enumeration('State', 'Active')]),
      create('with an initial date', [...AES, make.dateTime('InitialDate', 1)]),
      create('with an identifier', [...AES, uid('mine')]),
      create('with an object type', [...AES, objectType('SymmetricKey')]),
      create('with an activation date', [...AES, make.dateTime('ActivationDate', 1)]),
      create('with a comment', [...AES, make.textString('Comment', 'c')]),
      create('with contact information', [...AES, make.textString('ContactInformation', 'c')]),
      create(
        'with what it is for',
        [
          ...AES,
          make.structure('ApplicationSpecificInformation', [
            make.textString('ApplicationNamespace', 'ssl'),
            make.textString('ApplicationData', 'www.example.com'),
          ]),
        ],
        { makes: ['$app'] },
      ),
      create('sensitive', [...AES, make.boolean('Sensitive', true)]),
      create('with parameters', [...AES, parameters([make.enumeration('BlockCipherMode', 'CBC')])]),
      ...(isNew
        ? []
        : [
            create('with an attribute of its own', [
              ...AES,
              { called: 'x-purpose', value: make.textString('AttributeValue', 'tests') },
            ]),
            create('with an attribute that nobody knows', [
              ...AES,
              { called: 'Colour', value: make.textString('AttributeValue', 'red') },
            ]),
            create(
              'with an index of 0',
              [
                algorithm('AES'),
                length(256),
                { called: 'Cryptographic Usage Mask', value: mask('Encrypt'), index: 0 },
              ],
              { makes: ['$indexed'] },
            ),
            create('with an index of 1', [
              algorithm('AES'),
              length(256),
              { called: 'Cryptographic Usage Mask', value: mask('Encrypt'), index: 1 },
            ]),
            create(
              'with two names by index',
              [
                ...AES,
                { called: 'Name', value: named(unique('by index')), index: 0 },
                { called: 'Name', value: named(unique('by another index')), index: 1 },
              ],
              { makes: ['$two-names'] },
            ),
          ]),
      ...(['PublicKey', 'PrivateKey', 'SecretData', 'Certificate', 'OpaqueObject', 'Template'] as const).map(
        type => ask(`an object that is a ${type}`, 'Create', [objectType(type), template(AES)]),
      ),
      ask('an object of an unknown type', 'Create', [objectType(0x7f), template(AES)]),
      ask('no object type', 'Create', [template(AES)]),
      ask('no attributes', 'Create', [objectType('SymmetricKey')]),
      ask('nothing', 'Create', []),
      ask('an object type in a text', 'Create', [
        make.textString(TAGS.ObjectType[0], 'SymmetricKey'),
        template(AES),
      ]),
      ask('attributes before the type', 'Create', [template(AES), objectType('SymmetricKey')]),
      ask('more than is asked for', 'Create', [
        objectType('SymmetricKey'),
        template(AES),
        make.integer(0x540001, 1),
      ]),
    ],
  },

  'pairs of keys': {
    versions: ['1.0', '1.4', '2.0'],
    questions: ({ ask, template, get, unique, names, isNew }) => {
      const pair = (
        label: string,
        common: readonly TtlvField[],
        ofPrivate: readonly TtlvField[] = [],
        ofPublic: readonly TtlvField[] = [],
        makes?: readonly string[],
      ) =>
        ask(
          label,
          'CreateKeyPair',
          [template(common, 'Common'), template(ofPrivate, 'PrivateKey'), template(ofPublic, 'PublicKey')],
          makes && { makes },
        );
      const rsa = (bits: number) => [algorithm('RSA'), length(bits)];
      return [
        pair('RSA of 2048 bits', rsa(2048), [mask('Sign')], [mask('Verify')], ['$private', '$public']),
        get('the private one', '$private', [], { random: true }),
        get('the public one', '$public', [], { random: true }),
        ...(['PKCS_1', 'PKCS_8', 'X_509', 'Raw', 'TransparentRSAPrivateKey'] as const).flatMap(type => [
          get(`the private one as ${type}`, '$private', [format(type)], { random: true }),
          get(`the public one as ${type}`, '$public', [format(type)], { random: true }),
        ]),
        ask('attributes of the private one', 'GetAttributes', [uid('$private')]),
        ask('attributes of the public one', 'GetAttributes', [uid('$public')]),
        ask('how they are linked', 'GetAttributes', [uid('$private'), ...names('Link')], {
          unanswered: isNew,
        }),
        pair(
          'RSA with common masks',
          [...rsa(1024), mask('Sign')],
          [],
          [mask('Verify')],
          ['$private2', '$public2'],
        ),
        pair(
          'RSA with names',
          rsa(1024),
          [mask('Sign'), named(unique('private'))],
          [mask('Verify'), named(unique('public'))],
          ['$private3', '$public3'],
        ),
        pair(
          'RSA with a common name',
          [...rsa(1024), named(unique('pair'))],
          [mask('Sign')],
          [mask('Verify')],
        ),
        pair('RSA of 512 bits', rsa(512), [mask('Sign')], [mask('Verify')]),
        pair('RSA of 1000 bits', rsa(1000), [mask('Sign')], [mask('Verify')]),
        pair('RSA of no bits', rsa(0), [mask('Sign')], [mask('Verify')]),
        pair('RSA without a length', [algorithm('RSA')], [mask('Sign')], [mask('Verify')]),
        pair('RSA without masks', rsa(1024)),
        pair('RSA with one mask', rsa(1024), [mask('Sign')]),
        pair(
          'two algorithms',
          [length(2048)],
          [algorithm('RSA'), mask('Sign')],
          [algorithm('DSA'), mask('Verify')],
        ),
        pair('two lengths', [algorithm('RSA')], [length(2048), mask('Sign')], [length(3072), mask('Verify')]),
        pair('AES', [algorithm('AES'), length(256)], [mask('Sign')], [mask('Verify')]),
        pair('ECDSA', [algorithm('ECDSA'), length(256)], [mask('Sign')], [mask('Verify')]),
        pair('no algorithm', [length(2048)], [mask('Sign')], [mask('Verify')]),
        pair('nothing', []),
        ask('no attributes', 'CreateKeyPair', []),
        ask(
          'common attributes alone',
          'CreateKeyPair',
          [template([...rsa(1024), mask('Sign', 'Verify')], 'Common')],
          {
            makes: ['$private4', '$public4'],
          },
        ),
      ];
    },
  },
};
