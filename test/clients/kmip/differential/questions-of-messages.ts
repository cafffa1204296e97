// Questions about messages: their headers and batches, versions, Query, and what stands in place of an identifier.

import { make, TAGS, type TtlvField } from '../../../../src/wire/ttlv/index.ts';
import { uid } from '../../../conformance/kmip/payloads.ts';
import type { AskedItem } from '../../../conformance/kmip/support.ts';
import { AES, type Questions, revocation } from './words.ts';

const nowSeconds = (): number => Math.floor(Date.now() / 1000);
const batchId = (text: string): Uint8Array => Buffer.from(text);
const protocolVersion = (major: number, minor: number): TtlvField =>
  make.structure('ProtocolVersion', [
    make.integer('ProtocolVersionMajor', major),
    make.integer('ProtocolVersionMinor', minor),
  ]);
const header = (...fields: readonly (TtlvField | undefined)[]): TtlvField =>
  make.structure('RequestHeader', fields);
const batchItem = (...fields: readonly (TtlvField | undefined)[]): TtlvField =>
  make.structure('BatchItem', fields);
const QUERY = [
  make.enumeration('Operation', 'Query'),
  make.structure('RequestPayload', [make.enumeration('QueryFunction', 'QueryObjects')]),
];
const query: AskedItem = {
  operation: 'Query',
  payload: [make.enumeration('QueryFunction', 'QueryApplicationNamespaces')],
};
const credential = (type: TtlvField, ...fields: readonly TtlvField[]): TtlvField =>
  make.structure('Authentication', [
    make.structure('Credential', [type, make.structure('CredentialValue', fields)]),
  ]);

export const QUESTIONS_OF_MESSAGES: Readonly<Record<string, Questions>> = {
  headers: {
    questions: ({ version, isNew, batch, unique }) => {
      const withHeader = (label: string, ...fields: readonly (TtlvField | undefined)[]) =>
        batch(label, [query], { header: fields });
      const onError = (option: 'Stop' | 'Continue' | 'Undo') =>
        make.enumeration('BatchErrorContinuationOption', option);
      return [
        withHeader('nothing but the version'),
        withHeader('an answer of 16 bytes', make.integer('MaximumResponseSize', 16)),
        withHeader('an answer of 4096 bytes', make.integer('MaximumResponseSize', 4096)),
        withHeader('an answer of no bytes', make.integer('MaximumResponseSize', 0)),
        withHeader('an answer of fewer than no bytes', make.integer('MaximumResponseSize', -1)),
        withHeader(
          'an answer of bytes in a text',
          make.textString(TAGS.MaximumResponseSize[0], unique('many')),
        ),
        ...(isNew
          ? []
          : [
              withHeader('not later', make.boolean('AsynchronousIndicator', false)),
              withHeader('later', make.boolean('AsynchronousIndicator', true)),
            ]),
        ...(['Stop', 'Continue', 'Undo'] as const).map(option =>
          withHeader(`on error ${option}`, onError(option)),
        ),
        withHeader('on error something unknown', make.enumeration('BatchErrorContinuationOption', 9)),
        withHeader('in order', make.boolean('BatchOrderOption', true)),
        withHeader('in any order', make.boolean('BatchOrderOption', false)),
        withHeader('at this time', make.dateTime('TimeStamp', nowSeconds())),
        withHeader('an hour ago', make.dateTime('TimeStamp', nowSeconds() - 3_600)),
        withHeader('in an hour', make.dateTime('TimeStamp', nowSeconds() + 3_600)),
        withHeader('at a time in a number', make.integer(TAGS.TimeStamp[0], 1)),
        withHeader(
          'with everything',
          make.integer('MaximumResponseSize', 8192),
          isNew ? undefined : make.boolean('AsynchronousIndicator', false),
          onError('Stop'),
          make.boolean('BatchOrderOption', true),
          make.dateTime('TimeStamp', nowSeconds()),
        ),
        withHeader('with a field of nobody', make.integer(0x540001, 1)),
        withHeader('with no credential', make.structure('Authentication', [])),
        withHeader(
          'as somebody with a password',
          credential(
            make.enumeration('CredentialType', 'UsernameAndPassword'),
            make.textString('Username', 'somebody'),
            make.textString('Password', 'secret'),
          ),
        ),
        withHeader(
          'as somebody without a password',
          credential(
            make.enumeration('CredentialType', 'UsernameAndPassword'),
            make.textString('Username', 'somebody'),
          ),
        ),
        withHeader(
          'as somebody without a name',
          credential(
            make.enumeration('CredentialType', 'UsernameAndPassword'),
            make.textString('Password', 'secret'),
          ),
        ),
        withHeader(
          'with a credential of an unknown type',
          credential(make.enumeration('CredentialType', 99), make.textString('Username', 'somebody')),
        ),
        ...(
          [
            [9, 9],
            [1, 9],
            [0, 9],
            [-1, 0],
          ] as const
        ).map(([major, minor]) => ({
          label: `in version ${major}.${minor}`,
          version,
          message: make.structure('RequestMessage', [
            header(protocolVersion(major, minor), make.integer('BatchCount', 1)),
            batchItem(...QUERY),
          ]),
        })),
      ];
    },
  },

  'messages that are none': {
    questions: ({ version }) => {
      const own = protocolVersion(Number(version[0]), Number(version[2]));
      const count = make.integer('BatchCount', 1);
      const message = (label: string, ...fields: readonly (TtlvField | undefined)[]) => ({
        label,
        version,
        message: make.structure('RequestMessage', fields),
      });
      return [
        message('nothing'),
        message('a header alone', header(own, make.integer('BatchCount', 0))),
        message('a header that counts what is not there', header(own, count)),
        message('no header', batchItem(...QUERY)),
        message('a header without a version', header(count), batchItem(...QUERY)),
        message('a header without a count', header(own), batchItem(...QUERY)),
        message('a count that is too low', header(own, make.integer('BatchCount', 0)), batchItem(...QUERY)),
        message('a count that is too high', header(own, make.integer('BatchCount', 2)), batchItem(...QUERY)),
        message('fields in another order', header(count, own), batchItem(...QUERY)),
        message('an item without anything', header(own, count), batchItem()),
        message('an item without an operation', header(own, count), batchItem(QUERY[1])),
        message('an item without a payload', header(own, count), batchItem(QUERY[0])),
        message(
          'an operation that nobody knows',
          header(own, count),
          batchItem(make.enumeration('Operation', 0x7fff), QUERY[1]),
        ),
        message(
          'an operation of somebody',
          header(own, count),
          batchItem(make.enumeration('Operation', 0x80000001), QUERY[1]),
        ),
        message(
          'an operation in a text',
          header(own, count),
          batchItem(make.textString(TAGS.Operation[0], 'Query'), QUERY[1]),
        ),
        message(
          'a payload in a text',
          header(own, count),
          batchItem(QUERY[0], make.textString(TAGS.RequestPayload[0], 'Query')),
        ),
        message('an answer', make.structure('ResponseHeader', [own, count]), batchItem(...QUERY)),
        {
          label: 'an answer in place of a question',
          version,
          message: make.structure('ResponseMessage', [header(own, count), batchItem(...QUERY)]),
        },
      ];
    },
  },

  batches: {
    questions: ({ ask, batch, create, isNew, template, sought, unique }) => {
      const item = (
        operation: AskedItem['operation'],
        payload: AskedItem['payload'],
        id?: string,
      ): AskedItem => ({
        operation,
        ...(payload && { payload }),
        ...(id !== undefined && { id: batchId(id) }),
      });
      const option = (name: 'Stop' | 'Continue' | 'Undo') => ({
        header: [make.enumeration('BatchErrorContinuationOption', name)],
      });
      const newKey = [make.enumeration('ObjectType', 'SymmetricKey'), template(AES)];
      const missing = uid('nobody');
      const wrong = [item('Get', [missing], 'a'), item('Query', query.payload, 'b')];
      return [
        batch('one item with a number', [item('Query', query.payload, 'x')]),
        batch('one item with an empty number', [item('Query', query.payload, '')]),
        batch('two items', [item('Query', query.payload, '1'), item('Query', query.payload, '2')]),
        batch('two items of one number', [
          item('Query', query.payload, '1'),
          item('Query', query.payload, '1'),
        ]),
        batch('two items without numbers', [item('Query', query.payload), item('Query', query.payload)]),
        batch('two items with one number', [item('Query', query.payload, '1'), item('Query', query.payload)]),
        batch('wrong, then right', wrong),
        batch('wrong, then right, stopping', wrong, option('Stop')),
        batch('wrong, then right, going on', wrong, option('Continue')),
        batch('wrong, then right, undoing', wrong, option('Undo')),
        batch(
          'made and asked for by what stands for it',
          [
            item('Create', newKey, '1'),
            item('Get', [], '2'),
            item('GetAttributes', isNew ? [] : [make.textString('AttributeName', 'State')], '3'),
            item('GetAttributeList', [], '4'),
            item('Destroy', [], '5'),
          ],
          { makes: ['$in-batch'], random: true },
        ),
        batch(
          'made, activated and revoked',
          [
            item('Create', newKey, '1'),
            item('Activate', [], '2'),
            item('Revoke', [revocation('CessationOfOperation')], '3'),
          ],
          { makes: ['$activated'] },
        ),
        batch(
          'found and given',
          [
            item(
              'Create',
              [
                make.enumeration('ObjectType', 'SymmetricKey'),
                template([...AES, make.textString('ObjectGroup', unique('found'))]),
              ],
              '1',
            ),
            item('Locate', sought([make.textString('ObjectGroup', unique('found'))]), '2'),
            item('Get', [], '3'),
          ],
          { makes: ['$found'], random: true },
        ),
        batch(
          'all of it, going on behind what is wrong',
          [item('Create', newKey, '1'), item('Get', [missing], '2'), item('Destroy', [], '3')],
          { makes: ['$went-on'], ...option('Continue') },
        ),
        create('made before', AES, { makes: ['$before'] }),
        ask('what an earlier message has made', 'Activate', []),
        ask('nothing to destroy', 'Destroy', []),
        batch('a message extension that need not be understood', [
          {
            ...query,
            extension: make.structure('MessageExtension', [
              make.textString('VendorIdentification', 'example'),
              make.boolean('CriticalityIndicator', false),
              make.structure('VendorExtension', []),
            ]),
          },
        ]),
        batch('a message extension that must be understood', [
          {
            ...query,
            extension: make.structure('MessageExtension', [
              make.textString('VendorIdentification', 'example'),
              make.boolean('CriticalityIndicator', true),
              make.structure('VendorExtension', []),
            ]),
          },
        ]),
      ];
    },
  },

  'Query and Discover Versions': {
    questions: ({ ask, version }) => [
      ...Array.from({ length: 12 }, (_, index) =>
        ask(`Query ${index + 1}`, 'Query', [make.enumeration('QueryFunction', index + 1)]),
      ),
      ask('Query for nothing', 'Query', []),
      ask('Query for what nobody knows', 'Query', [make.enumeration('QueryFunction', 0x7f)]),
      ask('Query in a text', 'Query', [make.textString(TAGS.QueryFunction[0], 'Query Operations')]),
      ask('Query for two things', 'Query', [
        make.enumeration('QueryFunction', 'QueryServerInformation'),
        make.enumeration('QueryFunction', 'QueryApplicationNamespaces'),
      ]),
      ask('Query for one thing twice', 'Query', [
        make.enumeration('QueryFunction', 'QueryApplicationNamespaces'),
        make.enumeration('QueryFunction', 'QueryApplicationNamespaces'),
      ]),
      ask('Discover Versions', 'DiscoverVersions', []),
      ask('Discover Versions: those that both know', 'DiscoverVersions', [
        protocolVersion(1, 0),
        protocolVersion(2, 0),
        protocolVersion(1, 2),
      ]),
      ask('Discover Versions: the own one', 'DiscoverVersions', [
        protocolVersion(Number(version[0]), Number(version[2])),
      ]),
      ask('Discover Versions: one that there is not', 'DiscoverVersions', [protocolVersion(8, 1)]),
      ask('Discover Versions: one twice', 'DiscoverVersions', [protocolVersion(1, 1), protocolVersion(1, 1)]),
      ask('Discover Versions: half of one', 'DiscoverVersions', [
        make.structure('ProtocolVersion', [make.integer('ProtocolVersionMajor', 1)]),
      ]),
      ...(
        [
          'Poll',
          'Cancel',
          'Check',
          'ObtainLease',
          'Archive',
          'Recover',
          'Validate',
          'GetUsageAllocation',
        ] as const
      ).map(operation => ask(`${operation} of nobody`, operation, [uid('nobody')])),
    ],
  },
};
