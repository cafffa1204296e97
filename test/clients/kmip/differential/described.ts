// Objects with attributes to ask about, and how such attributes are written.

import { make, type TtlvField, type ValueName } from '../../../../src/wire/ttlv/index.ts';
import { named } from '../../../conformance/kmip/payloads.ts';
import type { Question } from './both.ts';
import { AES, keyBlock, mask, type Speaker, symmetric } from './words.ts';

export const information = (namespace: string, content: string): TtlvField =>
  make.structure('ApplicationSpecificInformation', [
    make.textString('ApplicationNamespace', namespace),
    make.textString('ApplicationData', content),
  ]);
export const group = (name: string): TtlvField => make.textString('ObjectGroup', name);
export const policy = (name: string): TtlvField => make.textString('OperationPolicyName', name);
export const state = (name: ValueName<'State'>): TtlvField => make.enumeration('State', name);
export const type = (name: ValueName<'ObjectType'>): TtlvField => make.enumeration('ObjectType', name);
export const initial = (seconds: number): TtlvField => make.dateTime('InitialDate', seconds);

/** Objects to ask about: one with everything that PyKMIP keeps, others with less. */
export function prepared({ create, register, unique, activate, isNew }: Speaker): readonly Question[] {
  const name = named(unique('full'));
  const everything = [
    ...AES,
    name,
    group(unique('shelf')),
    information('ssl', unique('www.example.com')),
    ...(isNew ? [] : [policy('default')]),
  ];
  return [
    create('a key with everything', everything, { makes: ['$full'] }),
    create('a key with little', [...AES, group(unique('shelf'))], { makes: ['$little'] }),
    register(
      'a password',
      'SecretData',
      make.structure('SecretData', [
        make.enumeration('SecretDataType', 'Password'),
        keyBlock(Buffer.alloc(16, 1), 'Opaque'),
      ]),
      [mask('Verify'), group(unique('shelf'))],
      { makes: ['$password'] },
    ),
    register(
      'a key that is brought',
      'SymmetricKey',
      symmetric(Buffer.alloc(16, 3)),
      [mask('Encrypt', 'WrapKey'), group(unique('shelf'))],
      { makes: ['$short'] },
    ),
    register(
      'an opaque object',
      'OpaqueObject',
      make.structure('OpaqueObject', [
        make.enumeration('OpaqueDataType', 0x80000000),
        make.byteString('OpaqueDataValue', Buffer.alloc(8, 9)),
      ]),
      [group(unique('shelf'))],
      { makes: ['$opaque'] },
    ),
    create('a key in use', [...AES, group(unique('shelf')), named(unique('in use'))], { makes: ['$active'] }),
    activate('$active'),
  ];
}
