// Questions about the states of objects, and about keys that are derived from others.

import { generateKeyPairSync } from 'node:crypto';
import { make, TAGS, type TtlvField, type ValueName } from '../../../../src/wire/ttlv/index.ts';
import { uid } from '../../../conformance/kmip/payloads.ts';
import type { Question } from './both.ts';
import {
  AES,
  type AttributeField,
  algorithm,
  type Fields,
  keyBlock,
  length,
  mask,
  parameters,
  type Questions,
  revocation,
  type Speaker,
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
const mode = (name: ValueName<'BlockCipherMode'>): TtlvField => make.enumeration('BlockCipherMode', name);
const padding = (name: ValueName<'PaddingMethod'>): TtlvField => make.enumeration('PaddingMethod', name);
const hashing = (name: ValueName<'HashingAlgorithm'>): TtlvField =>
  make.enumeration('HashingAlgorithm', name);

/** An object of each type, as `$key`, `$pair`... */
function oneOfEach({ register, unique }: Speaker, suffix: string): readonly Question[] {
  const group = make.textString('ObjectGroup', unique(suffix));
  const brought = (
    name: string,
    type: ValueName<'ObjectType'>,
    object: TtlvField,
    fields: readonly AttributeField[] = [],
  ) => register(`${name} ${suffix}`, type, object, [...fields, group], { makes: [`$${name}${suffix}`] });
  return [
    brought('key', 'SymmetricKey', symmetric(KEY_16), [mask('Encrypt', 'Decrypt')]),
    brought('private', 'PrivateKey', half('PrivateKey'), [mask('Sign')]),
    brought('public', 'PublicKey', half('PublicKey'), [mask('Verify')]),
    brought('secret', 'SecretData', secret(KEY_16), [mask('DeriveKey')]),
    brought('opaque', 'OpaqueObject', opaque),
  ];
}

const KINDS = ['key', 'private', 'public', 'secret', 'opaque'] as const;

export const QUESTIONS_OF_LIFE: Readonly<Record<string, Questions>> = {
  'the states of objects': {
    versions: ['1.0', '2.0'],
    questions: speaker => {
      const { ask, activate, revoke, destroy, names } = speaker;
      const state = (id: string, when: string) =>
        ask(`the state of ${id} ${when}`, 'GetAttributes', [uid(id), ...names('State', 'ObjectType')]);
      const again = (question: Question, when: string): Question => ({
        ...question,
        label: `${question.label} ${when}`,
      });
      const reasons = [
        'Unspecified',
        'KeyCompromise',
        'CACompromise',
        'AffiliationChanged',
        'Superseded',
        'CessationOfOperation',
        'PrivilegeWithdrawn',
      ] as const;
      return [
        ...oneOfEach(speaker, 'A'),
        ...KINDS.flatMap(kind => {
          const id = `$${kind}A`;
          return [
            state(id, 'made'),
            again(revoke(id), 'that was not active'),
            activate(id),
            state(id, 'activated'),
            again(activate(id), 'again'),
            again(destroy(id), 'in use'),
            revoke(id),
            state(id, 'revoked'),
            again(revoke(id), 'again'),
            again(activate(id), 'that was revoked'),
            again(revoke(id, 'KeyCompromise'), 'that was revoked'),
            state(id, 'compromised'),
            again(revoke(id, 'KeyCompromise'), 'once more'),
            destroy(id),
            again(destroy(id), 'again'),
            ask(`${id} destroyed`, 'Get', [uid(id)]),
            state(id, 'destroyed'),
            again(activate(id), 'that was destroyed'),
            again(revoke(id), 'that was destroyed'),
          ];
        }),
        ...oneOfEach(speaker, 'B'),
        ...KINDS.flatMap(kind => [revoke(`$${kind}B`, 'KeyCompromise'), destroy(`$${kind}B`)]),
        ...oneOfEach(speaker, 'C'),
        ...KINDS.flatMap(kind => [
          destroy(`$${kind}C`),
          again(revoke(`$${kind}C`, 'KeyCompromise'), 'that was destroyed'),
        ]),
        ...reasons.flatMap((reason, index) => [
          speaker.create(`a key to revoke for ${reason}`, AES, { makes: [`$reason${index}`] }),
          activate(`$reason${index}`),
          revoke(`$reason${index}`, reason),
          state(`$reason${index}`, `revoked for ${reason}`),
        ]),
        speaker.create('another key', AES, { makes: ['$another'] }),
        activate('$another'),
        ask('revoke without a reason', 'Revoke', [uid('$another')]),
        ask('revoke without a code', 'Revoke', [uid('$another'), make.structure('RevocationReason', [])]),
        ask('revoke for what nobody knows', 'Revoke', [uid('$another'), revocation(0x7f)]),
        ask('revoke with an instant and no compromise', 'Revoke', [
          uid('$another'),
          revocation('Superseded'),
          make.dateTime('CompromiseOccurrenceDate', 1),
        ]),
        ask('revoke with words', 'Revoke', [uid('$another'), revocation('Superseded', 'in words')]),
        ask('revoke with an instant', 'Revoke', [
          uid('$another'),
          revocation('KeyCompromise'),
          make.dateTime('CompromiseOccurrenceDate', 1),
        ]),
        activate('nobody'),
        revoke('nobody'),
        destroy('nobody'),
        activate(''),
        ask('activate by a number', 'Activate', [make.integer(TAGS.UniqueIdentifier[0], 1)]),
      ];
    },
  },

  'keys that are derived': {
    versions: ['1.0', '1.4', '2.0'],
    questions: speaker => {
      const { ask, register, activate, get, template } = speaker;
      const derive = (
        label: string,
        ids: readonly string[],
        method: ValueName<'DerivationMethod'> | number,
        fields: Fields,
        attributes: readonly AttributeField[] = [algorithm('AES'), length(128), mask('Encrypt')],
        type: ValueName<'ObjectType'> = 'SymmetricKey',
        makes?: readonly string[],
      ) =>
        ask(
          `derive ${label}`,
          'DeriveKey',
          [
            make.enumeration('ObjectType', type),
            ...ids.map(uid),
            make.enumeration('DerivationMethod', method),
            make.structure('DerivationParameters', fields),
            template(attributes),
          ],
          makes && { makes },
        );
      const derivation = (bytes: Uint8Array) => make.byteString('DerivationData', bytes);
      const hash = parameters([hashing('SHA_256')]);
      const good: readonly (readonly [string, ValueName<'DerivationMethod'>, Fields])[] = [
        ['by HMAC', 'HMAC', [hash, derivation(DATA)]],
        ['by hashing', 'HASH', [hash]],
        ['by hashing data', 'HASH', [hash, derivation(DATA)]],
        ['by PBKDF2', 'PBKDF2', [hash, make.byteString('Salt', IV_16), make.integer('IterationCount', 1000)]],
        ['by SP 800-108', 'NIST800_108_C', [hash, derivation(DATA)]],
        [
          'by encryption',
          'ENCRYPT',
          [
            parameters([mode('CBC'), padding('PKCS5'), algorithm('AES')]),
            make.byteString('InitializationVector', IV_16),
            derivation(DATA),
          ],
        ],
      ];
      return [
        register('a base', 'SymmetricKey', symmetric(KEY_16), [mask('DeriveKey', 'Encrypt')], {
          makes: ['$base'],
        }),
        register(
          'a password',
          'SecretData',
          make.structure('SecretData', [
            make.enumeration('SecretDataType', 'Password'),
            keyBlock(DATA, 'Opaque'),
          ]),
          [mask('DeriveKey')],
          { makes: ['$password'] },
        ),
        register('a key that derives nothing', 'SymmetricKey', symmetric(KEY_16), [mask('Encrypt')], {
          makes: ['$encrypts'],
        }),
        register('an opaque object', 'OpaqueObject', opaque, [], { makes: ['$opaque'] }),
        derive('before its time', ['$base'], 'HMAC', [hash, derivation(DATA)]),
        activate('$base'),
        activate('$password'),
        activate('$encrypts'),
        ...good.flatMap(([label, method, fields], index) =>
          ['$base', '$password'].flatMap(id => [
            derive(`${label} from ${id}`, [id], method, fields, undefined, undefined, [`${id}${index}`]),
            get(`what was derived ${label} from ${id}`, `${id}${index}`),
          ]),
        ),
        derive(
          'a secret',
          ['$base'],
          'HMAC',
          [hash, derivation(DATA)],
          [length(256), mask('DeriveKey')],
          'SecretData',
          ['$derived-secret'],
        ),
        get('the derived secret', '$derived-secret'),
        derive('with data of a secret', ['$base', '$password'], 'HMAC', [hash], undefined, undefined, [
          '$of-two',
        ]),
        get('what was derived with data of a secret', '$of-two'),
        derive('a certificate', ['$base'], 'HMAC', [hash, derivation(DATA)], undefined, 'Certificate'),
        derive(
          'without a length',
          ['$base'],
          'HMAC',
          [hash, derivation(DATA)],
          [algorithm('AES'), mask('Encrypt')],
        ),
        derive(
          'without an algorithm',
          ['$base'],
          'HMAC',
          [hash, derivation(DATA)],
          [length(128), mask('Encrypt')],
        ),
        derive(
          'of seven bits',
          ['$base'],
          'HMAC',
          [hash, derivation(DATA)],
          [algorithm('AES'), length(7), mask('Encrypt')],
        ),
        derive(
          'more than there is',
          ['$base'],
          'HASH',
          [hash],
          [algorithm('AES'), length(1024), mask('Encrypt')],
        ),
        derive('without parameters', ['$base'], 'HMAC', []),
        derive('without data', ['$base'], 'HMAC', [hash]),
        derive('from nothing', [], 'HMAC', [hash, derivation(DATA)]),
        derive('from nobody', ['nobody'], 'HMAC', [hash, derivation(DATA)]),
        derive('from an opaque object', ['$opaque'], 'HMAC', [hash, derivation(DATA)]),
        derive('from a key that derives nothing', ['$encrypts'], 'HMAC', [hash, derivation(DATA)]),
        derive('by a method that nobody knows', ['$base'], 0x7f, [hash, derivation(DATA)]),
        derive('without a salt', ['$password'], 'PBKDF2', [hash, make.integer('IterationCount', 1000)]),
        derive('without a count', ['$password'], 'PBKDF2', [hash, make.byteString('Salt', IV_16)]),
        derive('no times', ['$password'], 'PBKDF2', [
          hash,
          make.byteString('Salt', IV_16),
          make.integer('IterationCount', 0),
        ]),
      ];
    },
  },
};
