import assert from 'node:assert/strict';
import { PassThrough, Readable } from 'node:stream';
import { test } from 'node:test';
import { BodiesOverloaded, BodyNotWhole, BodyTooLarge, createBodyReader } from './body.ts';

const BOUNDS = { bytesMax: 100, shortBytes: 10, pooledBytesMax: 50 };
const bytes = (count: number): Buffer => Buffer.alloc(count, 7);
const nextTurn = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

function pieces(...counts: readonly number[]): Readable {
  return Readable.from(counts.map(bytes));
}

test('a body is what its pieces are joined, and the pieces are wiped', async () => {
  const parts = [Buffer.from('ab'), Buffer.from('c')];
  const stream = Readable.from(parts);
  assert.equal(Buffer.from(await createBodyReader(BOUNDS)(stream)).toString(), 'abc');
  assert.deepEqual(parts, [Buffer.alloc(2), Buffer.alloc(1)]);
  assert.equal((await createBodyReader(BOUNDS)(pieces())).length, 0);
});

test('a single piece becomes the body itself where its memory is its own, and is copied and wiped where others share it', async () => {
  const own = Buffer.from(Uint8Array.of(97, 98, 99).buffer);
  const taken = await createBodyReader(BOUNDS)(Readable.from([own]));
  assert.deepEqual(taken, Uint8Array.of(97, 98, 99));
  taken.fill(0);
  assert.deepEqual(own, Buffer.alloc(3));

  const shared = new Uint8Array(8).fill(97);
  const view = Buffer.from(shared.buffer, 2, 3);
  assert.deepEqual(await createBodyReader(BOUNDS)(Readable.from([view])), Uint8Array.of(97, 97, 97));
  assert.deepEqual(shared, Uint8Array.of(97, 97, 0, 0, 0, 97, 97, 97));
});

test('a body beyond the bound is refused', async () => {
  const read = createBodyReader({ ...BOUNDS, pooledBytesMax: 1_000 });
  assert.equal((await read(pieces(99, 1))).length, 100);
  await assert.rejects(read(pieces(99, 2)), BodyTooLarge);
});

test('what comes behind a refused part is wiped like what came before it', async () => {
  const stream = new PassThrough();
  const read = createBodyReader({ ...BOUNDS, pooledBytesMax: 1_000 });
  const refused = assert.rejects(read(stream), BodyTooLarge);
  const parts = [bytes(60), bytes(60), bytes(60)];
  for (const part of parts) {
    stream.emit('data', part);
    await nextTurn();
  }
  await refused;
  assert.ok(parts.every(part => part.equals(Buffer.alloc(60))));
});

test('long bodies share a pool, short ones are always taken, and what ends is given back', async () => {
  const read = createBodyReader(BOUNDS);
  for (let round = 0; round < 3; round += 1) {
    const slow = new PassThrough();
    const reading = read(slow);
    slow.write(bytes(60));
    await nextTurn();
    await assert.rejects(read(pieces(10, 1)), BodiesOverloaded);
    assert.equal((await read(pieces(5, 5))).length, 10);
    if (round === 0) {
      slow.end();
      assert.equal((await reading).length, 60);
    } else {
      slow.destroy(new Error('gone'));
      await assert.rejects(reading, /gone/);
    }
    assert.equal((await read(pieces(60))).length, 60);
  }
});

test('a body whose sender goes away before its end is not taken for whole', async () => {
  const leaving = new PassThrough();
  const reading = createBodyReader(BOUNDS)(leaving);
  leaving.write(bytes(5));
  await nextTurn();
  leaving.destroy();
  await assert.rejects(reading, BodyNotWhole);
});
