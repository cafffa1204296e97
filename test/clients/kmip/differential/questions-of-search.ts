// Questions about objects that are sought, by each attribute and by several.

import { make } from '../../../../src/wire/ttlv/index.ts';
import { named, uid } from '../../../conformance/kmip/payloads.ts';
import { group, information, initial, policy, prepared, state, type } from './described.ts';
import { type AttributeField, algorithm, type Fields, length, mask, type Questions } from './words.ts';

export const QUESTIONS_OF_SEARCH: Readonly<Record<string, Questions>> = {
  'objects that are sought': {
    versions: ['1.0', '2.0'],
    questions: speaker => {
      const { ask, sought, unique, one, isNew } = speaker;
      const shelf = group(unique('shelf'));
      const locate = (
        label: string,
        fields: readonly AttributeField[],
        further: Fields = [],
        counted = false,
      ) => ask(label, 'Locate', [...further, ...sought(fields)], { counted });
      const many = (count: number) => make.integer('MaximumItems', count);
      const offset = (count: number) => make.integer('OffsetItems', count);
      return [
        ...prepared(speaker),
        locate('all', []),
        locate('a name', [named(unique('full'))]),
        locate('a name that there is not', [named(unique('nothing'))]),
        locate('a name as an address', [
          make.structure('Name', [
            make.textString('NameValue', unique('full')),
            make.enumeration('NameType', 'URI'),
          ]),
        ]),
        locate('a group', [shelf]),
        locate('two groups', [shelf, group(unique('other'))]),
        locate('a group that there is not', [group(unique('none'))]),
        ...(
          ['SymmetricKey', 'SecretData', 'OpaqueObject', 'PublicKey', 'Certificate', 'Template'] as const
        ).map(each => locate(`a ${each}`, [shelf, type(each)])),
        locate('AES', [shelf, algorithm('AES')]),
        locate('triple DES', [shelf, algorithm('DES3')]),
        locate('256 bits', [shelf, length(256)]),
        locate('128 bits', [shelf, length(128)]),
        locate('what encrypts', [shelf, mask('Encrypt')]),
        locate('what encrypts and decrypts', [shelf, mask('Encrypt', 'Decrypt')]),
        locate('what wraps', [shelf, mask('WrapKey')]),
        locate('what does nothing', [shelf, mask()]),
        ...(['PreActive', 'Active', 'Deactivated', 'Compromised', 'Destroyed'] as const).map(each =>
          locate(`in state ${each}`, [shelf, state(each)]),
        ),
        locate('two states', [shelf, state('Active'), state('PreActive')]),
        locate('by identifier', [uid('$full')]),
        locate('by the identifier of nobody', [uid('nobody')]),
        locate('by what it is for', [information('ssl', unique('www.example.com'))]),
        locate('by what something else is for', [information('ssl', 'elsewhere')]),
        locate('by a certificate type', [shelf, make.enumeration('CertificateType', 'X_509')]),
        ...(isNew
          ? []
          : [
              locate('by policy', [shelf, policy('default')]),
              locate('by another policy', [shelf, policy('public')]),
            ]),
        locate('by a date that is over', [shelf, initial(1)]),
        locate('between two dates', [shelf, initial(1), initial(4_000_000_000)]),
        locate('between two dates, turned round', [shelf, initial(4_000_000_000), initial(1)]),
        locate('between two dates that are over', [shelf, initial(1), initial(2)]),
        locate('between three dates', [shelf, initial(1), initial(2), initial(3)]),
        locate('one', [shelf], [many(1)], true),
        locate('none', [shelf], [many(0)], true),
        locate('a hundred', [shelf], [many(100)]),
        locate('fewer than none', [shelf], [many(-1)], true),
        locate('behind two', [shelf], [offset(2)], true),
        locate('one behind two', [shelf], [many(1), offset(2)], true),
        locate('behind a hundred', [shelf], [offset(100)], true),
        locate('in storage', [shelf], [make.integer('StorageStatusMask', 1)]),
        locate('archived', [shelf], [make.integer('StorageStatusMask', 2)]),
        locate(
          'default members of a group',
          [shelf],
          [make.enumeration('ObjectGroupMember', 'GroupMemberDefault')],
          true,
        ),
        locate('by several', [
          named(unique('in use')),
          type('SymmetricKey'),
          algorithm('AES'),
          state('Active'),
        ]),
        locate('by several, of which one is not so', [
          named(unique('in use')),
          type('SecretData'),
          state('Active'),
        ]),
        ask('nothing at all', 'Locate', []),
        ...(isNew
          ? []
          : [
              ask('an attribute without a value', 'Locate', [
                make.structure('Attribute', [make.textString('AttributeName', 'Name')]),
              ]),
              locate('an attribute that nobody knows', [
                { called: 'Colour', value: make.textString('AttributeValue', 'red') },
              ]),
              locate('somebody’s own', [
                { called: 'x-colour', value: make.textString('AttributeValue', 'red') },
              ]),
              ask('attributes, then how many', 'Locate', [one(shelf), many(1)], { counted: true }),
            ]),
      ];
    },
  },
};
