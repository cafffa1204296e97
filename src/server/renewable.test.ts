import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { renewable } from './renewable.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

test('who holds the face calls the newest one', () => {
  let made = 0;
  const counter = renewable(() => {
    made += 1;
    const own = made;
    return { which: () => own };
  });
  const { face } = counter;
  assert.equal(face.which(), 1);
  counter.renew();
  assert.equal(face.which(), 2);
});

test('what an older one remembered is let go, the first one included', async () => {
  const memories: WeakRef<object>[] = [];
  const store = renewable(() => {
    const memory = { key: 'remembered' };
    memories.push(new WeakRef(memory));
    return { recall: () => memory.key };
  });
  assert.equal(store.face.recall(), 'remembered');
  store.renew();
  // What a WeakRef was made for or asked for lives to the end of the turn.
  await new Promise(resume => setImmediate(resume));
  collectGarbage();
  assert.deepEqual(
    memories.map(memory => memory.deref() !== undefined),
    [false, true],
  );
  assert.equal(store.face.recall(), 'remembered');
});
