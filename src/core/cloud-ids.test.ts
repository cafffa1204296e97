import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cloudId, ourId, parseCloudId } from './cloud-ids.ts';
import { isId } from './references.ts';

test('an id is the same on both sides, with dashes here and without them there', () => {
  fc.assert(
    fc.property(fc.uuid(), id => {
      assert.equal(ourId(cloudId(id)), id);
      assert.equal(parseCloudId(cloudId(id)), id);
      assert.equal(ourId(id), id);
    }),
  );
});

test('an id of another form always becomes the same UUID, and another one another', () => {
  const directory = 'c3ab8ff13720e8ad9047dd39466b3c8974e592c2fa383d4a3960714caef0c4f2';
  assert.equal(ourId(directory), ourId(directory));
  assert.match(ourId(directory), /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  fc.assert(fc.property(fc.string(), text => isId(ourId(text))));
  assert.notEqual(ourId('a'), ourId('b'));
  assert.equal(parseCloudId(directory), undefined);
});
