// Every attribute with every operation, as the rules of the specification (attribute-rules.ts) have it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  attributeText,
  make,
  TAGS,
  type TagName,
  type TtlvField,
  type TtlvItem,
} from '../../../src/wire/ttlv/index.ts';
import { type Answer, kmipSuite } from './asking.ts';
import { CLIENT, limits, type Rule, SERVER } from './attribute-rules.ts';
import { attributes, uid, usages } from './payloads.ts';
import { attribute } from './support.ts';

const kmip = kmipSuite();
const { ask } = kmip;

const VERSIONS = ['1.4', '2.1'] as const;
type Spoken = (typeof VERSIONS)[number];

const isNew = (version: Spoken): boolean => version >= '2.0';
const nameOf = (field: TtlvField): TagName => {
  const found = Object.entries(TAGS).find(([, [code]]) => code === field.tag);
  assert.ok(found);
  return found[0] as TagName;
};
const inOld = (field: TtlvField): TtlvField =>
  attribute(attributeText(nameOf(field)), { ...field, tag: TAGS.AttributeValue[0] });

const USES = usages('Encrypt', 'Decrypt');
const OF_AES = [
  make.enumeration('CryptographicAlgorithm', 'AES'),
  make.integer('CryptographicLength', 256),
  USES,
];

function create(version: Spoken, ...given: readonly TtlvField[]): Promise<Answer> {
  const all = [...OF_AES, ...given];
  const said = isNew(version) ? attributes(...all) : make.structure('TemplateAttribute', all.map(inOld));
  return ask('Create', [make.enumeration('ObjectType', 'SymmetricKey'), said], version);
}

const newKey = async (version: Spoken, ...given: readonly TtlvField[]): Promise<TtlvField> =>
  uid((await create(version, ...given)).one('UniqueIdentifier').text);

function add(version: Spoken, id: TtlvField, value: TtlvField): Promise<Answer> {
  const given = isNew(version) ? make.structure('NewAttribute', [value]) : inOld(value);
  return ask('AddAttribute', [id, given], version);
}

function modify(version: Spoken, id: TtlvField, from: TtlvField, to: TtlvField): Promise<Answer> {
  return isNew(version)
    ? ask('ModifyAttribute', [
        id,
        make.structure('CurrentAttribute', [from]),
        make.structure('NewAttribute', [to]),
      ])
    : ask('ModifyAttribute', [id, inOld(to)], version);
}

function remove(version: Spoken, id: TtlvField, name: TagName): Promise<Answer> {
  const reference = isNew(version)
    ? make.enumeration('AttributeReference', TAGS[name][0])
    : make.textString('AttributeName', attributeText(name));
  return ask('DeleteAttribute', [id, reference], version);
}

/** How often the object has the attribute. */
async function count(version: Spoken, id: TtlvField, name: TagName): Promise<number> {
  const reference = isNew(version)
    ? make.enumeration('AttributeReference', TAGS[name][0])
    : make.textString('AttributeName', attributeText(name));
  const answer = await ask('GetAttributes', [id, reference], version);
  const found: readonly TtlvItem[] = isNew(version)
    ? answer.one('Attributes').children
    : answer.all('Attribute');
  return found.length;
}

for (const version of VERSIONS) {
  const known = Object.entries(CLIENT).filter(
    ([, { since = '1.0', until = '3.0' }]) => since <= version && version <= until,
  ) as readonly (readonly [TagName, Rule])[];

  test(`what clients set of ${known.length} attributes of ${version} is as its rules say`, async () => {
    const readOnly = isNew(version) ? 'AttributeReadOnly' : 'PermissionDenied';
    const single = isNew(version) ? 'AttributeSingleValued' : 'IllegalOperation';
    for (const [name, { values, multiple, modified, deleted }] of known) {
      const [one, other] = values;
      const said = await newKey(version, one);
      assert.equal(await count(version, said, name), 1, `${name} with Create`);
      const twice = await create(version, one, other);
      // Two objects have not one Name, which is why a second value is of the same object.
      if (!multiple)
        assert.equal(twice.reason, isNew(version) ? 'AttributeSingleValued' : 'InvalidField', name);
      if (name === 'Name') await remove(version, said, name);

      const id = await newKey(version);
      assert.equal((await add(version, id, one)).reason, undefined, `Add ${name}`);
      assert.equal(
        (await add(version, id, other)).reason,
        multiple ? undefined : single,
        `Add ${name} again`,
      );
      assert.equal(await count(version, id, name), multiple ? 2 : 1, name);
      const removed = await remove(version, id, name);
      assert.equal(removed.reason, deleted ? undefined : readOnly, `Delete ${name}`);
      // In 1.x one of several values goes at a time.
      if (deleted && multiple && !isNew(version)) {
        assert.equal(
          (
            await ask(
              'DeleteAttribute',
              [id, make.textString('AttributeName', attributeText(name)), make.integer('AttributeIndex', 1)],
              version,
            )
          ).reason,
          undefined,
          name,
        );
      }
      if (deleted) assert.equal(await count(version, id, name), 0, name);
      if (deleted)
        assert.equal(
          (await remove(version, id, name)).reason,
          isNew(version) ? 'AttributeNotFound' : 'ItemNotFound',
          name,
        );

      const changed = await newKey(version, one);
      const answer = await modify(version, changed, one, other);
      if (name !== 'UsageLimits' || !isNew(version))
        assert.equal(answer.reason, modified ? undefined : readOnly, `Modify ${name}`);
      if (name === 'Name') await remove(version, changed, name);
    }
  });

  test(`what the server sets of attributes of ${version} is set by no client`, async () => {
    const fault = (reason: string) => (isNew(version) ? reason : 'PermissionDenied');
    for (const [, value, multiple] of SERVER.filter(([since]) => since <= version)) {
      const name = nameOf(value);
      const id = await newKey(version);
      assert.equal((await create(version, value)).reason, fault('AttributeReadOnly'), `Create with ${name}`);
      assert.equal((await add(version, id, value)).reason, fault('ReadOnlyAttribute'), `Add ${name}`);
      assert.equal(
        (await modify(version, id, value, value)).reason,
        fault('AttributeReadOnly'),
        `Modify ${name}`,
      );
      assert.equal((await remove(version, id, name)).reason, fault('AttributeReadOnly'), `Delete ${name}`);
      if (!isNew(version)) continue;
      const set = await ask('SetAttribute', [id, make.structure('NewAttribute', [value])]);
      assert.equal(set.reason, multiple ? 'MultiValuedAttribute' : 'ReadOnlyAttribute', `Set ${name}`);
    }
  });
}

test('what is of the key from its beginning is not changed afterwards', async () => {
  for (const version of VERSIONS) {
    const id = await newKey(version);
    for (const value of OF_AES) {
      const name = nameOf(value);
      const fault = (reason: string) => (isNew(version) ? reason : 'PermissionDenied');
      assert.equal((await modify(version, id, value, value)).reason, fault('AttributeReadOnly'), name);
      assert.equal((await remove(version, id, name)).reason, fault('AttributeReadOnly'), name);
    }
  }
});

test('Set Attribute adds the value or puts it in the place of one, and is for single values', async () => {
  for (const [name, { values, multiple, modified }] of Object.entries(CLIENT)) {
    if (name === 'OperationPolicyName') continue;
    const id = await newKey('2.1');
    const set = (value: TtlvField) => ask('SetAttribute', [id, make.structure('NewAttribute', [value])]);
    for (const value of values) {
      const reason = multiple ? 'MultiValuedAttribute' : modified ? undefined : 'ReadOnlyAttribute';
      assert.equal((await set(value)).reason, reason, name);
    }
    assert.equal(await count('2.1', id, name as TagName), multiple ? 0 : 1, name);
  }
});

test('usage limits are taken away and changed until some of them is used', async () => {
  for (const version of VERSIONS) {
    const id = await newKey(version, limits(10n), make.dateTime('ActivationDate', 1));
    const took = await ask('GetUsageAllocation', [id, make.longInteger('UsageLimitsCount', 1n)], version);
    assert.equal(took.reason, undefined);
    const readOnly = isNew(version) ? 'AttributeReadOnly' : 'PermissionDenied';
    assert.equal((await remove(version, id, 'UsageLimits')).reason, readOnly);
    assert.equal(await count(version, id, 'UsageLimits'), 1);
  }
});
