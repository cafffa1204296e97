// Locate by whatever is asked finds what a look at every object would: in a project that has always had kinds and marks, and in one of an older program
// whose rows were marked when the schema came. Objects and questions are random ones.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { must } from '../../../src/base/assert.ts';
import { execute } from '../../../src/core/execute.ts';
import { createKey } from '../../../src/core/operations/keys/create-key.ts';
import { walkKeys } from '../../../src/core/operations/keys/walk-keys.ts';
import type { KeyTrait } from '../../../src/core/ports/key-walk.ts';
import type { Store } from '../../../src/core/ports/store.ts';
import { ALL_KEY_STATES } from '../../../src/domain/key-state.ts';
import { LIMITS } from '../../../src/domain/limits.ts';
import { soughtKinds, soughtMarks } from '../../../src/protocols/kmip/attributes/marks.ts';
import { matches, type Sought } from '../../../src/protocols/kmip/attributes/match.ts';
import { readFilters } from '../../../src/protocols/kmip/attributes/values.ts';
import { type ManagedObject, managedObject } from '../../../src/protocols/kmip/objects/object.ts';
import { importSnapshot, openStore } from '../../../src/store/index.ts';
import { make, StructureReader, type TtlvField, viewOf } from '../../../src/wire/ttlv/index.ts';
import { storeOptions, withDirectory } from '../../contract/store-subjects.ts';
import { startPostgres } from '../../support/postgres.ts';
import { systemContext } from '../../support/system.ts';
import { kmipSuite } from './asking.ts';
import { attributes, named, uid, usages } from './payloads.ts';

const kmip = kmipSuite();

const vendor = (name: string, value: TtlvField): TtlvField =>
  make.structure('Attribute', [
    make.textString('VendorIdentification', 'x'),
    make.textString('AttributeName', name),
    value,
  ]);

const specific = (namespace: string, data: string): TtlvField =>
  make.structure('ApplicationSpecificInformation', [
    make.textString('ApplicationNamespace', namespace),
    make.textString('ApplicationData', data),
  ]);

const LONG = 'so long that no mark has all of it, and others begin alike: '.repeat(5);
const TEXTS = ['one', 'two', 'zweite "Gruppe" \\ ß', `${LONG}a`, `${LONG}b`];

/** Of each attribute that objects are given the values that there are, one of which an object may have. */
const VALUES: readonly (readonly TtlvField[])[] = [
  [128, 192, 256].map(bits => make.integer('CryptographicLength', bits)),
  [usages('Encrypt', 'Decrypt'), usages('Encrypt'), usages('MACGenerate', 'MACVerify', 'Encrypt')],
  TEXTS.map(text => make.textString('ObjectGroup', text)),
  TEXTS.map(text => make.textString('ContactInformation', text)),
  TEXTS.map(text => make.textString('Description', text)),
  [specific('LTO', '0'), specific('LTO', '1'), specific('SSL', '0')],
  [make.enumeration('ProtectionLevel', 'High'), make.enumeration('ProtectionLevel', 'Low')],
  [make.structure('CryptographicParameters', [make.enumeration('BlockCipherMode', 'GCM')])],
  TEXTS.map(text => vendor('text', make.textString('AttributeValue', text))),
  [-1, 7].map(number => vendor('number', make.integer('AttributeValue', number))),
  [5, 6].map(at => vendor('instant', make.dateTime('AttributeValue', at))),
  [named('first'), named('second')],
];

/** What only questions say. */
const QUESTIONS: readonly (readonly TtlvField[])[] = [
  ...VALUES,
  ['AES', 'HMAC_SHA256', 'RSA'].map(name => make.enumeration('CryptographicAlgorithm', name as 'AES')),
  ['SymmetricKey', 'PrivateKey', 'PublicKey', 'Certificate'].map(type =>
    make.enumeration('ObjectType', type as 'SymmetricKey'),
  ),
  ['PreActive', 'Active', 'Compromised', 'Destroyed'].map(state =>
    make.enumeration('State', state as 'Active'),
  ),
  // With another instant it is the end of a range.
  ...[4, 6, 9].map(at => [vendor('instant', make.dateTime('AttributeValue', at))]),
  [true, false].map(fresh => make.boolean('Fresh', fresh)),
  [make.structure('ApplicationSpecificInformation', [make.textString('ApplicationNamespace', 'LTO')])],
  [make.enumeration('KeyFormatType', 'Raw'), make.enumeration('KeyFormatType', 'PKCS_8')],
];

const chosen = (values: readonly (readonly TtlvField[])[], most: number) =>
  fc
    .subarray([...values], { maxLength: most })
    .chain(some => fc.tuple(...some.map(each => fc.constantFrom(...each))));

const [LENGTHS = [], ...OTHERS] = VALUES;

async function makeObjects(): Promise<void> {
  const { ask } = kmip;
  const objects = fc.tuple(fc.constantFrom(...LENGTHS), chosen(OTHERS, 5), fc.nat(7));
  for (const [length, fields, fate] of fc.sample(objects, 60)) {
    const made = await ask('Create', [
      make.enumeration('ObjectType', 'SymmetricKey'),
      attributes(make.enumeration('CryptographicAlgorithm', 'AES'), length, ...fields),
    ]);
    // A name is of one object.
    if (made.reason !== undefined) continue;
    const id = uid(made.one('UniqueIdentifier').text);
    if (fate === 0) await ask('Get', [id]);
    if (fate === 1)
      await ask('Revoke', [
        id,
        make.structure('RevocationReason', [make.enumeration('RevocationReasonCode', 'KeyCompromise')]),
      ]);
    if (fate === 2) await ask('Destroy', [id]);
    if (fate === 3)
      await ask('AddAttribute', [
        id,
        make.structure('NewAttribute', [make.textString('ObjectGroup', 'two')]),
      ]);
    if (fate === 4)
      await ask('DeleteAttribute', [
        id,
        make.structure('CurrentAttribute', [make.textString('ContactInformation', 'one')]),
      ]);
    if (fate === 5)
      await ask('ModifyAttribute', [
        id,
        make.structure('NewAttribute', [make.textString('Description', 'two')]),
      ]);
  }
  await ask('CreateKeyPair', [
    make.structure('CommonAttributes', [
      make.enumeration('CryptographicAlgorithm', 'RSA'),
      make.integer('CryptographicLength', 2048),
    ]),
  ]);
  const { kms } = kmip.subject.keyhold;
  for (const algorithm of ['aes-256', 'aes-128', 'hmac-sha-256', 'ec-p256'] as const) {
    const { key } = await execute(kms, createKey, systemContext(kmip.client.projectId), {
      algorithm,
      location: 'local',
    });
    if (algorithm === 'aes-128')
      await ask('AddAttribute', [
        uid(key.id),
        make.structure('NewAttribute', [make.textString('ContactInformation', 'one')]),
      ]);
  }
}

/** Every object of the project, looked at one by one. */
async function allObjects(): Promise<readonly ManagedObject[]> {
  const { items } = await execute(kmip.subject.keyhold.kms, walkKeys, systemContext(kmip.client.projectId), {
    states: [...ALL_KEY_STATES, 'pendingDestruction'],
    marks: [],
    candidates: LIMITS.keysPerSliceMax,
    withFacet: 'kmip',
    withNames: 'kmip',
    withLinks: true,
  });
  return items.flatMap(
    ({ key, facet, names, links }) => managedObject(key, facet, names, undefined, links) ?? [],
  );
}

function soughtBy(fields: readonly TtlvField[]): Sought {
  const payload = make.structure('RequestPayload', [attributes(...fields)]);
  return Map.groupBy(readFilters(new StructureReader(viewOf(payload)), '2.1'), ({ name }) => name);
}

const idsOf = (objects: readonly ManagedObject[], sought: Sought): readonly string[] =>
  objects
    .filter(object => matches(object, sought))
    .map(({ key }) => key.id)
    .toSorted();

const ALL_STORED = make.integer('StorageStatusMask', 7);

test('what is sought by anything is found, and nothing else', async () => {
  await makeObjects();
  const objects = await allObjects();
  let found = 0;
  await fc.assert(
    fc.asyncProperty(chosen(QUESTIONS, 4), async fields => {
      const expected = idsOf(objects, soughtBy(fields));
      const answer = await kmip.ask('Locate', [ALL_STORED, attributes(...fields)]);
      assert.equal(answer.reason, undefined);
      assert.deepEqual(
        answer
          .all('UniqueIdentifier')
          .map(({ text }) => text)
          .toSorted(),
        expected,
      );
      found += expected.length;
    }),
    { numRuns: 250 },
  );
  assert.ok(found > 250);
});

/** What the store finds by what Locate would ask it for. */
async function candidatesIn(store: Store, sought: Sought): Promise<ReadonlySet<string>> {
  const { projectId } = kmip.client;
  const ofKind = soughtKinds(sought);
  const traits: KeyTrait[] = soughtMarks(sought).map(anyOf => ({ by: 'mark', anyOf }));
  if (ofKind !== undefined)
    traits.push({ by: 'kind', anyOf: (await store.keyWalk.kinds(projectId, 1_000)).filter(ofKind) });
  const { keys } = await store.keyWalk.slice({ projectId, at: 0, traits }, LIMITS.keysPerSliceMax);
  return new Set(keys.map(({ id }) => id));
}

const OLDER = 5;

test('rows of an older program are found as well, on either engine', async () => {
  const objects = await allObjects();
  const postgres = await startPostgres();
  try {
    await withDirectory(async directory => {
      for (const setting of ['sqlite', await postgres.createDatabase()]) {
        await using snapshot = kmip.subject.keyhold.kms.store.snapshot();
        const rows = async function* () {
          for (const table of snapshot.tables.filter(name => name !== 'key_marks'))
            for await (const { kind, ...row } of snapshot.rows(table))
              yield { table, row: table === 'keys' || kind === undefined ? row : { ...row, kind } };
        };
        await importSnapshot(setting, storeOptions(directory), OLDER, rows());
        const store = await openStore(setting, storeOptions(directory));
        let spared = 0;
        await fc.assert(
          fc.asyncProperty(chosen(QUESTIONS, 3), async fields => {
            const sought = soughtBy(fields);
            const candidates = await candidatesIn(store, sought);
            for (const id of idsOf(objects, sought)) assert.ok(candidates.has(id), id);
            spared += must(objects.length, 'objects') - candidates.size;
          }),
          { numRuns: 150 },
        );
        assert.ok(spared > 1_000);
        await store.close();
      }
    });
  } finally {
    await postgres.stop();
  }
});
