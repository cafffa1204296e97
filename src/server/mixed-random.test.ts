// Random bytes of two generators: as good as the better one of them, whichever that is.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { systemRandom } from '../../test/support/time-and-chance.ts';
import { hex } from '../base/bytes.ts';
import { type Logger, SILENT_LOGGER } from '../base/logger.ts';
import { SecretBytes } from '../base/secret-bytes.ts';
import type { Random } from '../core/ports/clock.ts';
import type { RandomSource } from '../core/ports/random-source.ts';
import { deviceRandom } from './device-random.ts';
import { mixedRandom } from './mixed-random.ts';
import { healthTest } from './random-health.ts';
import { systemClock } from './time-and-chance.ts';

/** A generator of which everything is known. */
const stuck: Random = {
  bytes: count => new Uint8Array(count),
  publicBytes: count => new Uint8Array(count),
  mix: () => undefined,
  uuid: () => '00000000-0000-4000-8000-000000000000',
};
/** Another one of which everything is known, and which does not look like it. */
function sourceOf(seed: string): RandomSource {
  let reads = 0;
  return {
    name: seed,
    async read(count) {
      reads += 1;
      const options = { outputLength: count };
      return SecretBytes.own(createHash('shake256', options).update(`${seed} ${reads}`).digest());
    },
  };
}

const clock = systemClock();

async function mixed(system: Random, source: RandomSource) {
  const systemPool = join(await temporaryDirectory(), 'pool');
  const parts = { system, source, clock, logger: SILENT_LOGGER, systemPool };
  const random = mixedRandom(parts);
  await random.begin();
  return { random, systemPool };
}

test('with a generator of the system that is stuck, the bytes are those of the other, and none comes twice', async () => {
  const { random } = await mixed(stuck, sourceOf('one'));
  const drawn = Array.from({ length: 200 }, () => hex(random.bytes(32)));
  assert.equal(new Set(drawn).size, 200);
  const other = (await mixed(stuck, sourceOf('other'))).random;
  assert.notEqual(hex(other.bytes(32)), drawn[0]);
  for (const count of [0, 1, 63, 64, 65, 1_000]) assert.equal(random.bytes(count).length, count);
  random.stop();
  other.stop();
});

test('with another generator of which everything is known, the bytes are as random as those of the system', async () => {
  const [one, two] = [await mixed(systemRandom, sourceOf('one')), await mixed(systemRandom, sourceOf('one'))];
  assert.notEqual(hex(one.random.bytes(32)), hex(two.random.bytes(32)));
  one.random.stop();
  two.random.stop();
});

test('the system is given bytes as well, and they are not those that are drawn here', async () => {
  const { random, systemPool } = await mixed(stuck, sourceOf('one'));
  const given = await readFile(systemPool);
  assert.equal(given.length, 64);
  const drawn = hex(random.bytes(4_096));
  assert.ok(!drawn.includes(given.subarray(0, 32).toString('hex')));
  random.stop();
});

test('nothing is drawn before the source has given its first bytes', async () => {
  const random = mixedRandom({ system: systemRandom, source: sourceOf('one'), clock, logger: SILENT_LOGGER });
  assert.throws(() => random.bytes(1), { code: 'sealed', message: /one has given no bytes yet/ });
  assert.deepEqual(random.state(), { source: 'one', fresh: false, mixedAt: undefined });
  await Promise.all([random.begin(), random.begin()]);
  assert.equal(random.bytes(1).length, 1);
  assert.equal(random.state().fresh, true);
  random.stop();
});

test('a source that gives nothing at first is named, and asked again', async () => {
  const path = join(await temporaryDirectory(), 'device');
  const source = deviceRandom(path);
  const random = mixedRandom({ system: systemRandom, source, clock, logger: SILENT_LOGGER });
  await assert.rejects(random.begin(), { code: 'invalidInput', message: /device gives no bytes: ENOENT/ });
  await writeFile(path, 'too few');
  await assert.rejects(random.begin(), { code: 'invalidInput', message: /it ends after 7 bytes/ });
  await writeFile(path, randomBytes(64));
  await random.begin();
  random.stop();
});

test('a source that is stuck is not taken for one', async () => {
  const begin = (give: (count: number) => Uint8Array) =>
    mixedRandom({
      system: systemRandom,
      source: { name: 'stuck', read: async count => SecretBytes.own(give(count)) },
      clock,
      logger: SILENT_LOGGER,
    }).begin();
  const oneByte = { code: 'invalidInput', message: /stuck is broken: it gives one byte over and over/ };
  await assert.rejects(
    begin(count => new Uint8Array(count)),
    oneByte,
  );
  await assert.rejects(
    begin(count => Uint8Array.from({ length: count }, (_, at) => (at > 57 ? 5 : at))),
    oneByte,
  );
  const test = healthTest('stuck');
  const few = Uint8Array.from({ length: 64 }, (_, at) => (at > 58 ? 5 : at + 10));
  test(few);
  assert.throws(() => test(few), { code: 'invalidInput', message: /it gives the same bytes again/ });
});

test('a source that fails later is told of once, in the log and by its state, until it gives bytes again', async () => {
  const logged: string[] = [];
  const logger: Logger = {
    log(level, message) {
      if (level !== 'debug') logged.push(`${level}: ${message}`);
    },
  };
  const good = sourceOf('wavering');
  let fails = false;
  let reads = 0;
  const source: RandomSource = {
    name: 'wavering',
    async read(count) {
      reads += 1;
      if (fails) throw new Error('gone');
      return good.read(count);
    },
  };
  const systemPool = join(await temporaryDirectory(), 'pool');
  const random = mixedRandom({ system: stuck, source, clock, logger, systemPool, refreshMs: 1 });
  await random.begin();
  const more = async (count: number): Promise<void> => {
    for (const until = reads + count; reads < until; ) await setTimeout(1);
  };
  await more(2);
  fails = true;
  await more(5);
  assert.equal(random.state().fresh, false);
  // What it gave before still counts: the system's bytes are all zeros here.
  assert.notEqual(hex(random.bytes(32)), '00'.repeat(32));
  fails = false;
  await more(5);
  assert.equal(random.state().fresh, true);
  assert.deepEqual(logged, [
    'warn: no random bytes from wavering; those of before go on counting',
    'info: the random source wavering gives bytes again',
  ]);
  random.stop();
});

test('a device is read as often as it takes', async () => {
  using bytes = await deviceRandom('/dev/urandom').read(100_000);
  assert.equal(bytes.length, 100_000);
});
