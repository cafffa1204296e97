// Questions about attributes: told, listed, set, changed and deleted.

import { make, TAGS, type TagName, type TtlvField } from '../../../../src/wire/ttlv/index.ts';
import { named, uid } from '../../../conformance/kmip/payloads.ts';
import { group, information, initial, policy, prepared, state, type } from './described.ts';
import { type AttributeField, algorithm, length, mask, type Questions } from './words.ts';

/** Those that PyKMIP keeps, with a value that an object may have. */
const VALUES: readonly (readonly [TagName, TtlvField])[] = [
  ['UniqueIdentifier', uid('$full')],
  ['Name', named('anything')],
  ['ObjectType', type('SymmetricKey')],
  ['CryptographicAlgorithm', algorithm('AES')],
  ['CryptographicLength', length(256)],
  ['CertificateType', make.enumeration('CertificateType', 'X_509')],
  ['CryptographicUsageMask', mask('Encrypt', 'Decrypt')],
  ['State', state('PreActive')],
  ['InitialDate', initial(1)],
  ['ObjectGroup', group('anything')],
  ['ApplicationSpecificInformation', information('ssl', 'anything')],
  ['OperationPolicyName', policy('default')],
];

const isAlwaysThere = (tag: TagName): boolean =>
  [
    'UniqueIdentifier',
    'ObjectType',
    'State',
    'InitialDate',
    'CryptographicLength',
    'CryptographicAlgorithm',
    'CryptographicUsageMask',
    'ObjectGroup',
  ].includes(tag);

export const QUESTIONS_OF_ATTRIBUTES: Readonly<Record<string, Questions>> = {
  'attributes that are told': {
    versions: ['1.0', '1.1', '1.3', '2.0'],
    questions: speaker => {
      const { ask, names, isNew } = speaker;
      const told = (label: string, id: string, ...tags: readonly (TagName | string)[]) =>
        ask(label, 'GetAttributes', [uid(id), ...names(...tags)]);
      return [
        ...prepared(speaker),
        ...['$full', '$little', '$password', '$opaque', '$active'].flatMap(id => [
          told(`all of ${id}`, id),
          ask(`the list of ${id}`, 'GetAttributeList', [uid(id)]),
        ]),
        // In 2.0 there is never an answer where there is nothing to tell: one question shows it.
        ...VALUES.filter(([tag]) => !isNew || isAlwaysThere(tag)).flatMap(([tag]) => [
          told(`${tag} of a key`, '$full', tag),
          told(`${tag} of a key with little`, '$little', tag),
        ]),
        ...(isNew ? [] : VALUES.map(([tag]) => told(`${tag} of an opaque object`, '$opaque', tag))),
        told('two', '$full', 'State', 'ObjectType'),
        told('two in another order', '$full', 'ObjectType', 'State'),
        told('one twice', '$full', 'State', 'State'),
        told('one and one that it does not have', '$little', 'State', 'Name'),
        ask('one that it does not have', 'GetAttributes', [uid('$full'), ...names('Link')], {
          unanswered: isNew,
        }),
        told('of nobody', 'nobody', 'State'),
        ask('the list of nobody', 'GetAttributeList', [uid('nobody')]),
        ...(isNew
          ? [
              ask('what is no attribute', 'GetAttributes', [
                uid('$full'),
                make.enumeration('AttributeReference', TAGS.Operation[0]),
              ]),
              ask('what nobody knows', 'GetAttributes', [
                uid('$full'),
                make.enumeration('AttributeReference', 0x42fffe),
              ]),
            ]
          : [
              told('without spaces', '$full', 'ObjectType'),
              told('what nobody knows', '$full', 'Colour'),
              told('somebody’s own', '$full', 'x-colour'),
              told('an empty name', '$full', ''),
            ]),
        ask('a name in a number', 'GetAttributes', [uid('$full'), make.integer(TAGS.AttributeName[0], 1)]),
      ];
    },
  },

  'attributes that are changed and deleted in 1.x': {
    versions: ['1.0', '1.2', '1.4'],
    questions: speaker => {
      const { ask, isNew, one, unique } = speaker;
      if (isNew) return [];
      const modify = (label: string, id: string, field: AttributeField) =>
        ask(label, 'ModifyAttribute', [uid(id), one(field)]);
      const remove = (label: string, id: string, name: string, index?: number) =>
        ask(label, 'DeleteAttribute', [
          uid(id),
          make.textString('AttributeName', name),
          make.ifPresent(index, at => make.integer('AttributeIndex', at)),
        ]);
      const told = (label: string, id: string) => ask(label, 'GetAttributes', [uid(id)]);
      return [
        ...prepared(speaker),
        ...VALUES.filter(
          ([tag]) =>
            !['Name', 'ObjectGroup', 'ApplicationSpecificInformation', 'OperationPolicyName'].includes(tag),
        ).flatMap(([tag, field]) => [
          modify(`change ${tag}`, '$full', field),
          modify(`change ${tag} of an opaque object`, '$opaque', field),
          remove(`delete ${tag}`, '$full', TAGS[tag][1]),
        ]),
        modify('change a name', '$full', named(unique('changed'))),
        told('the changed name', '$full'),
        modify('change a name by index', '$full', {
          called: 'Name',
          value: named(unique('by index')),
          index: 0,
        }),
        modify('change a name that there is not', '$full', {
          called: 'Name',
          value: named(unique('x')),
          index: 3,
        }),
        modify('change the name of what has none', '$little', named(unique('y'))),
        modify('change a name to that of another', '$full', named(unique('in use'))),
        modify('change a group', '$full', group(unique('other shelf'))),
        modify('change a group by index', '$full', {
          called: 'Object Group',
          value: group(unique('third shelf')),
          index: 0,
        }),
        modify('change a group that there is not', '$full', {
          called: 'Object Group',
          value: group(unique('z')),
          index: 1,
        }),
        modify('change what it is for', '$full', information('ssl', unique('changed'))),
        modify('change what nobody set', '$little', information('ssl', unique('changed'))),
        modify('change what nobody knows', '$full', {
          called: 'Colour',
          value: make.textString('AttributeValue', 'red'),
        }),
        modify('change a name of nobody', 'nobody', named(unique('n'))),
        told('what was changed', '$full'),
        ask('change nothing', 'ModifyAttribute', [uid('$full')]),
        ask('change two things', 'ModifyAttribute', [uid('$full'), one(named('a')), one(group('b'))]),
        remove('delete a name that there is not', '$full', 'Name', 2),
        remove('delete a name by index', '$full', 'Name', 0),
        remove('delete it again', '$full', 'Name', 0),
        remove('delete a group', '$full', 'Object Group'),
        remove('delete what it is for', '$full', 'Application Specific Information', 0),
        remove('delete what it does not have', '$little', 'Name'),
        remove('delete what nobody knows', '$full', 'Colour'),
        remove('delete of nobody', 'nobody', 'Name'),
        remove('delete a policy', '$full', 'Operation Policy Name'),
        remove('delete a certificate type of a key', '$full', 'Certificate Type'),
        ask('delete nothing', 'DeleteAttribute', [uid('$full')]),
        told('what is left', '$full'),
      ];
    },
  },

  'attributes that are set, changed and deleted in 2.0': {
    versions: ['2.0'],
    questions: speaker => {
      const { ask, isNew, unique, names } = speaker;
      if (!isNew) return [];
      const wrapped = (tag: 'CurrentAttribute' | 'NewAttribute', field: TtlvField) =>
        make.structure(tag, [field]);
      const set = (label: string, id: string, field: TtlvField) =>
        ask(label, 'SetAttribute', [uid(id), wrapped('NewAttribute', field)]);
      const modify = (label: string, id: string, field: TtlvField, current?: TtlvField) =>
        ask(label, 'ModifyAttribute', [
          uid(id),
          make.ifPresent(current, value => wrapped('CurrentAttribute', value)),
          wrapped('NewAttribute', field),
        ]);
      const remove = (label: string, id: string, field: TtlvField) =>
        ask(label, 'DeleteAttribute', [uid(id), wrapped('CurrentAttribute', field)]);
      const removeAll = (label: string, id: string, tag: TagName) =>
        ask(label, 'DeleteAttribute', [uid(id), ...names(tag)]);
      const told = (label: string, id: string) => ask(label, 'GetAttributes', [uid(id)]);
      const known = VALUES.filter(([tag]) => tag !== 'OperationPolicyName');
      const single = known.filter(
        ([tag]) => !['Name', 'ObjectGroup', 'ApplicationSpecificInformation'].includes(tag),
      );
      return [
        ...prepared(speaker),
        ...known.map(([tag, field]) => set(`set ${tag}`, '$full', field)),
        ...single.flatMap(([tag, field]) => [
          modify(`change ${tag}`, '$full', field),
          modify(`change ${tag} from itself`, '$full', field, field),
          remove(`delete ${tag}`, '$full', field),
          removeAll(`delete all of ${tag}`, '$full', tag),
        ]),
        set('set sensitive', '$full', make.boolean('Sensitive', true)),
        modify('change sensitive', '$little', make.boolean('Sensitive', true)),
        set('set what nobody knows', '$full', make.integer(0x42fffe, 1)),
        set('set for nobody', 'nobody', make.boolean('Sensitive', true)),
        modify('change a name', '$full', named(unique('changed')), named(unique('full'))),
        modify('change a name that there is not', '$full', named(unique('x')), named(unique('nothing'))),
        modify('change a name without saying which', '$full', named(unique('x'))),
        modify('change a group', '$full', group(unique('other shelf')), group(unique('shelf'))),
        modify(
          'change what it is for',
          '$full',
          information('ssl', unique('changed')),
          information('ssl', unique('www.example.com')),
        ),
        modify('change one into another', '$full', group(unique('g')), named(unique('changed'))),
        modify('change of nobody', 'nobody', named(unique('n')), named(unique('m'))),
        told('what was changed', '$full'),
        ask('change nothing', 'ModifyAttribute', [uid('$full')]),
        ask('set nothing', 'SetAttribute', [uid('$full')]),
        remove('delete a name that there is not', '$full', named(unique('nothing'))),
        remove('delete a name', '$full', named(unique('changed'))),
        removeAll('delete all names', '$active', 'Name'),
        removeAll('delete all groups', '$full', 'ObjectGroup'),
        remove('delete what it is for', '$full', information('ssl', unique('changed'))),
        remove('delete of nobody', 'nobody', named('x')),
        ask('delete nothing', 'DeleteAttribute', [uid('$full')]),
        told('what is left', '$full'),
      ];
    },
  },
};
