// Messages in parts between requests: what bounds them, and that each is wiped once it is over, whatever ended it.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { manualClock, systemRandom } from '../../test/support/time-and-chance.ts';
import { EMPTY_BYTES, utf8 } from '../base/bytes.ts';
import { SecretBytes } from '../base/secret-bytes.ts';
import { LIMITS } from '../domain/limits.ts';
import type { MessageStream } from './ports/custody.ts';
import { givePart, type OpenStream, OpenStreams, type StreamFacts } from './streams.ts';

const IDLE_MS = LIMITS.streamIdleMsMax;

/** A message that counts how often it is wiped. */
interface RecordedMessage extends MessageStream {
  readonly asked: string[];
  wiped: number;
}

function message(heldBytes = 0): RecordedMessage {
  const recorded: RecordedMessage = {
    heldBytes,
    asked: [],
    wiped: 0,
    update(part) {
      recorded.asked.push('update');
      return SecretBytes.copyOf(part);
    },
    async finish(part, proof) {
      recorded.asked.push(proof === undefined ? 'finish' : 'finish with a proof');
      return { output: SecretBytes.copyOf(part), valid: true };
    },
    [Symbol.dispose]() {
      recorded.wiped += 1;
    },
  };
  return recorded;
}

function arrange() {
  const clock = manualClock();
  const streams = new OpenStreams({ clock, random: systemRandom });
  function begin(facts: Partial<StreamFacts> = {}, heldBytes = 0) {
    const begun = message(heldBytes);
    return { begun, stream: streams.begin({ ownerId: 'alice', use: 'hash', ...facts }, begun) };
  }
  /** The number that the part was given. */
  function take(stream: OpenStream, bytes = 1): Promise<number> {
    return streams.take(stream, bytes, async (_message, part) => part);
  }
  function isKnown({ id }: OpenStream): boolean {
    try {
      streams.find(id, 'alice', 'hash');
      return true;
    } catch {
      return false;
    }
  }
  return { clock, streams, begin, take, isKnown };
}

/** A part that is under way until it is told to end. */
function slowPart(streams: OpenStreams, stream: OpenStream) {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { taken: streams.take(stream, 1, () => promise), end: resolve };
}

test('parts are counted from one, and a message that goes on is not wiped', async () => {
  const { begin, take } = arrange();
  const { begun, stream } = begin();
  assert.deepEqual([await take(stream), await take(stream), await take(stream)], [1, 2, 3]);
  assert.equal(begun.wiped, 0);
});

test('a message is found by its owner for its use, and by nobody else', () => {
  const { streams, begin } = arrange();
  const { id } = begin({ use: 'sign', keyId: 'key' }).stream;
  assert.equal(streams.find(id, 'alice', 'sign').facts.keyId, 'key');
  const refusals = [
    () => streams.find('unknown', 'alice', 'sign'),
    () => streams.find(id, 'bob', 'sign'),
    () => streams.find(id, 'alice', 'verify'),
  ];
  const unknown = { code: 'notFound', message: 'There is no such message in parts.' };
  for (const refused of refusals) assert.throws(refused, unknown);
});

test('its end wipes a message once; it is found still, and takes no part any more', async () => {
  const { streams, begin, take, isKnown } = arrange();
  const { begun, stream } = begin();
  await take(stream);
  streams.end(stream);
  assert.equal(begun.wiped, 1);
  streams.end(stream);
  assert.equal(begun.wiped, 1);
  assert.ok(isKnown(stream));
  await assert.rejects(take(stream), { code: 'notFound' });
});

test('a part that fails ends its message', async () => {
  const { streams, begin, take } = arrange();
  const { begun, stream } = begin();
  const failed = streams.take(stream, 1, () => Promise.reject(new Error('no such padding')));
  await assert.rejects(failed, /no such padding/);
  assert.equal(begun.wiped, 1);
  await assert.rejects(take(stream), { code: 'notFound' });
});

test('a second part at a time is refused, and disturbs neither the first nor the message', async () => {
  const { streams, begin, take } = arrange();
  const { begun, stream } = begin();
  const first = slowPart(streams, stream);
  await assert.rejects(take(stream), { code: 'conflict' });
  await assert.rejects(take(stream), { code: 'conflict' });
  assert.equal(begun.wiped, 0);
  first.end();
  await first.taken;
  assert.equal(await take(stream), 2);
});

test('a message that is idle too long is wiped when any is looked for, and unknown from then on', async () => {
  const { clock, begin, take, isKnown } = arrange();
  const [idle, used] = [begin(), begin()];
  clock.advance(IDLE_MS - 1);
  await take(used.stream);
  assert.ok(isKnown(idle.stream));
  assert.equal(idle.begun.wiped, 0);
  clock.advance(1);
  assert.ok(isKnown(used.stream));
  assert.equal(idle.begun.wiped, 1);
  assert.ok(!isKnown(idle.stream));
  await assert.rejects(take(idle.stream), { code: 'notFound' });
  assert.equal(used.begun.wiped, 0);
});

test('a message is not idle while a part is under way, and its time begins anew with the end of the part', async () => {
  const { clock, streams, begin, isKnown } = arrange();
  const { begun, stream } = begin();
  const part = slowPart(streams, stream);
  clock.advance(2 * IDLE_MS);
  assert.ok(isKnown(stream));
  assert.equal(begun.wiped, 0);
  part.end();
  await part.taken;
  clock.advance(IDLE_MS - 1);
  assert.ok(isKnown(stream));
  clock.advance(1);
  assert.ok(!isKnown(stream));
  assert.equal(begun.wiped, 1);
});

test('idle messages are wiped though nobody asks', async (t: TestContext) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { clock, begin, take } = arrange();
  const pass = (ms: number) => {
    clock.advance(ms);
    t.mock.timers.tick(ms);
  };
  const [idle, used] = [begin(), begin()];
  pass(1);
  await take(used.stream);
  pass(IDLE_MS - 1);
  assert.deepEqual([idle.begun.wiped, used.begun.wiped], [1, 0]);
  pass(IDLE_MS);
  assert.equal(used.begun.wiped, 1);
  // Nothing was left to look after, and it begins again with the next message.
  pass(IDLE_MS);
  const later = begin();
  pass(IDLE_MS);
  assert.equal(later.begun.wiped, 1);
});

test('one owner has so many messages open and no more, and what is beyond is wiped', () => {
  const { streams, begin } = arrange();
  const max = LIMITS.streamsPerPrincipalMax;
  const own = Array.from({ length: max }, () => begin());
  const beyond = message();
  const facts = { ownerId: 'alice', use: 'hash' } as const;
  assert.throws(() => streams.begin(facts, beyond), { code: 'limitExceeded', details: { limit: max } });
  assert.equal(beyond.wiped, 1);
  assert.ok(own.every(({ begun }) => begun.wiped === 0));
  // Others have their own share, and what has ended takes no place.
  begin({ ownerId: 'bob' });
  for (const { stream } of own.slice(0, 1)) streams.end(stream);
  begin();
  assert.throws(() => begin(), { code: 'limitExceeded' });
});

test('a message that has been idle too long takes no place from a new one', () => {
  const { clock, begin } = arrange();
  const idle = Array.from({ length: LIMITS.streamsPerPrincipalMax }, () => begin());
  clock.advance(IDLE_MS);
  begin();
  assert.ok(idle.every(({ begun }) => begun.wiped === 1));
});

test('all owners together have so many messages open and no more, and what is beyond is wiped', () => {
  const { streams, begin } = arrange();
  const each = LIMITS.streamsPerPrincipalMax;
  for (let count = 0; count < LIMITS.streamsMax; count += 1) {
    begin({ ownerId: `owner ${Math.floor(count / each)}` });
  }
  const last = message();
  const facts = { ownerId: 'alice', use: 'hash' } as const;
  assert.throws(() => streams.begin(facts, last), { code: 'limitExceeded' });
  assert.equal(last.wiped, 1);
});

test('of those that have ended, the ones last used are found: twice as many as may be open', async () => {
  const { streams, begin, take, isKnown } = arrange();
  const [open, used, unused] = [begin(), begin().stream, begin().stream];
  await take(used);
  const others = Array.from({ length: 2 * LIMITS.streamsMax - 2 }, () => {
    const { stream } = begin();
    streams.end(stream);
    return stream;
  });
  for (const stream of [used, unused]) streams.end(stream);
  assert.deepEqual([used, unused].map(isKnown), [true, false]);
  assert.ok(others.every(isKnown));
  // However old: it is open.
  assert.equal(await take(open.stream), 1);
  assert.equal(open.begun.wiped, 0);
});

test('the parts of a message have so many bytes together and no more: the one beyond is not taken', async () => {
  const { streams, begin, take } = arrange();
  const { begun, stream } = begin();
  const limit = LIMITS.streamBytesMax;
  // One part is bounded by what may be held.
  const most = LIMITS.streamsHeldBytesMax;
  for (let left = limit; left > 0; left -= most) await take(stream, Math.min(left, most));
  assert.equal(begun.wiped, 0);
  const beyond = streams.take(stream, 1, async () => assert.fail('the part was taken'));
  await assert.rejects(beyond, { code: 'tooLarge', details: { limit } });
  assert.equal(begun.wiped, 1);
});

test('what all messages hold together is bounded: whose part has no room is over, and the others go on', async () => {
  const { streams, begin, take } = arrange();
  const half = LIMITS.streamsHeldBytesMax / 2;
  const others = ['bob', 'carol'].map((ownerId, at) => begin({ ownerId }, half - at));
  const [fitting, beyond] = [begin(), begin()];
  await take(fitting.stream, 1);
  const refused = streams.take(beyond.stream, 2, async () => assert.fail('the part was taken'));
  await assert.rejects(refused, { code: 'limitExceeded' });
  assert.equal(beyond.begun.wiped, 1);
  assert.deepEqual(
    [fitting, ...others].map(({ begun }) => begun.wiped),
    [0, 0, 0],
  );
  // What has ended holds nothing.
  for (const { stream } of others.slice(0, 1)) streams.end(stream);
  await take(fitting.stream, half);
});

test('the last part finishes a message, with its proof where there is one, and those before it do not', async () => {
  const given = message();
  const last = utf8('the last');
  assert.deepEqual(Object.keys(await givePart(given, utf8('first'), false, EMPTY_BYTES)), ['output']);
  const { output, valid } = await givePart(given, last, true, utf8('proof'));
  assert.deepEqual([output.length, valid], [last.length, true]);
  await givePart(given, last, true);
  assert.deepEqual(given.asked, ['update', 'finish with a proof', 'finish']);
});
