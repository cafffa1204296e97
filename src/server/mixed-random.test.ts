// Random bytes of two generators: as good as the better one of them, whichever that is.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { systemRandom } from '../../test/support/time-and-chance.ts';
import { hex } from '../base/bytes.ts';
import { SILENT_LOGGER } from '../base/logger.ts';
import { SecretBytes } from '../base/secret-bytes.ts';
import type { Random } from '../core/ports/clock.ts';
import type { RandomSource } from '../core/ports/random-source.ts';
import { deviceRandom } from './device-random.ts';
import { mixedRandom } from './mixed-random.ts';

/** A generator of which everything is known. */
const stuck: Random = {
  bytes: count => new Uint8Array(count),
  publicBytes: count => new Uint8Array(count),
  mix: () => undefined,
  uuid: () => '00000000-0000-4000-8000-000000000000',
};
const sourceOf = (value: number): RandomSource => ({
  name: `all ${value}`,
  read: async count => SecretBytes.own(new Uint8Array(count).fill(value)),
});

async function mixed(system: Random, source: RandomSource) {
  const systemPool = join(await temporaryDirectory(), 'pool');
  const random = await mixedRandom({ system, source, logger: SILENT_LOGGER, systemPool });
  random.stop();
  return { random: await mixedRandom({ system, source, logger: SILENT_LOGGER, systemPool }), systemPool };
}

test('with a generator of the system that is stuck, the bytes are those of the other, and none comes twice', async () => {
  const { random } = await mixed(stuck, sourceOf(7));
  const drawn = Array.from({ length: 200 }, () => hex(random.bytes(32)));
  assert.equal(new Set(drawn).size, 200);
  const other = (await mixed(stuck, sourceOf(8))).random;
  assert.notEqual(hex(other.bytes(32)), drawn[0]);
  for (const count of [0, 1, 63, 64, 65, 1_000]) assert.equal(random.bytes(count).length, count);
  random.stop();
  other.stop();
});

test('with another generator that is stuck, the bytes are as random as those of the system', async () => {
  const [one, two] = [await mixed(systemRandom, sourceOf(0)), await mixed(systemRandom, sourceOf(0))];
  assert.notEqual(hex(one.random.bytes(32)), hex(two.random.bytes(32)));
  one.random.stop();
  two.random.stop();
});

test('the system is given bytes as well, and they are not those that are drawn here', async () => {
  const { random, systemPool } = await mixed(stuck, sourceOf(7));
  const given = await readFile(systemPool);
  assert.equal(given.length, 2 * 64);
  const drawn = hex(random.bytes(4_096));
  assert.ok(!drawn.includes(given.subarray(64, 96).toString('hex')));
  random.stop();
});

test('a source that gives nothing keeps it from starting, and is named', async () => {
  const path = join(await temporaryDirectory(), 'device');
  const start = () =>
    mixedRandom({ system: systemRandom, source: deviceRandom(path), logger: SILENT_LOGGER });
  await assert.rejects(start(), { code: 'invalidInput', message: /device gives no bytes: ENOENT/ });
  await writeFile(path, 'too few');
  await assert.rejects(start(), { code: 'invalidInput', message: /it ends after 7 bytes/ });
});

test('a device is read as often as it takes', async () => {
  using bytes = await deviceRandom('/dev/urandom').read(100_000);
  assert.equal(bytes.length, 100_000);
});
