// Validly signed requests with every hostile value in every member of every operation of AWS KMS: each one is served or refused in AWS's
// words, and never a fault of the house.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import type { Shape } from '../../src/protocols/aws-kms/model/shapes.ts';
import type { AwsOperation } from '../../src/protocols/aws-kms/operation.ts';
import { OPERATION_NAMES, OPERATIONS } from '../../src/protocols/aws-kms/operations.ts';
import { inParallel, rounds } from './rounds.ts';
import { type HostileSubject, requireRefusal, requireSilence, startHostile } from './subject.ts';
import { anyValue, blobs, CONFUSIONS, KEY_NAMES, lengths, MAPS, objectText, TEXTS } from './values.ts';

let subject: HostileSubject;
let ciphertext: string;
before(async () => {
  subject = await startHostile();
  const sealed = await served('Encrypt', { KeyId: JSON.stringify(await createKey()), Plaintext: '"AAAA"' });
  ciphertext = sealed.CiphertextBlob;
});
after(() => subject.stop());

const SERVED = OPERATION_NAMES.filter(name => OPERATIONS[name] !== 'later');
const membersOf = (name: string) => (OPERATIONS[name as 'Encrypt'] as AwsOperation).members;

async function send(operation: string, body: string | Uint8Array): Promise<{ status: number; text: string }> {
  const { status, headers, body: text } = await subject.send({ operation, body });
  if (status === 200) {
    assert.equal(typeof JSON.parse(text), 'object');
    return { status, text };
  }
  const fields = new Map(Object.entries(headers).map(([name, value]) => [name, String(value)]));
  const sent = typeof body === 'string' ? body : Buffer.from(body).toString('latin1');
  const answer = { status, headers: fields, body: Buffer.from(text) };
  try {
    requireRefusal(answer, 'aws', sent);
  } catch (thrown) {
    throw new Error(`${operation} ${sent.slice(0, 300)}`, { cause: thrown });
  }
  return { status, text };
}

async function served(operation: string, members: Readonly<Record<string, string>>) {
  const { status, text } = await send(operation, objectText(members));
  assert.equal(status, 200, text);
  // biome-ignore lint/suspicious/noExplicitAny: the tests look into outputs of every shape.
  return JSON.parse(text) as any;
}

const createKey = async (): Promise<string> => (await served('CreateKey', {})).KeyMetadata.KeyId;

/** What a good request of the operation would hold. */
async function goodMembers(operation: string): Promise<Record<string, string>> {
  const members: Record<string, string> = {};
  for (const [name, { required, shape }] of Object.entries(membersOf(operation))) {
    if (/KeyId$/.test(name) && (required || operation === 'Decrypt'))
      members[name] = JSON.stringify(await createKey());
    else if (name === 'CiphertextBlob') members[name] = JSON.stringify(ciphertext);
    else if (name === 'AliasName') members[name] = JSON.stringify(`alias/${operation}`);
    else if (name === 'PendingWindowInDays' || name === 'NumberOfBytes') members[name] = '8';
    else if (required)
      members[name] = shape.type === 'blob' ? '"AAAA"' : shape.type === 'list' ? '[]' : '"text"';
  }
  return members;
}

function hostileValues(shape: Shape): readonly string[] {
  switch (shape.type) {
    case 'string':
      return [
        ...CONFUSIONS,
        ...TEXTS,
        ...KEY_NAMES,
        ...lengths(shape.min - 1, shape.min, shape.max, shape.max + 1),
      ];
    case 'enum':
      return [...CONFUSIONS, ...TEXTS, ...shape.values.map(value => JSON.stringify(value))];
    case 'blob':
      return [
        ...CONFUSIONS,
        ...TEXTS,
        ...blobs(shape.min - 1, shape.min, shape.max, shape.max + 1, 85, 6144, 6145),
      ];
    case 'integer':
      return [...CONFUSIONS, ...[shape.min - 1, shape.min, shape.max, shape.max + 1].map(String)];
    case 'boolean':
      return CONFUSIONS;
    case 'map':
      return [...CONFUSIONS, ...MAPS];
    case 'list': {
      const items = hostileValues(shape.member);
      return [
        ...CONFUSIONS,
        ...items.map(item => `[${item}]`),
        `[${Array.from({ length: shape.max + 1 }, () => items[0]).join(',')}]`,
      ];
    }
    case 'structure': {
      const names = Object.keys(shape.members);
      const whole = Object.fromEntries(names.map(name => [name, '"text"']));
      return [
        ...CONFUSIONS,
        ...Object.entries(shape.members).flatMap(([name, member]) =>
          hostileValues(member.shape).map(value => objectText({ ...whole, [name]: value })),
        ),
      ];
    }
  }
}

for (const operation of SERVED) {
  test(`${operation} stands every hostile value in every member`, async () => {
    const good = await goodMembers(operation);
    const bodies = Object.entries(membersOf(operation)).flatMap(([name, { shape }]) =>
      hostileValues(shape).map(value => objectText({ ...good, [name]: value })),
    );
    await inParallel(bodies, body => send(operation, body));
    assert.deepEqual(subject.takeErrors(), []);
  });
}

test('a body that is no JSON object is refused', async () => {
  const bytes = (...parts: readonly (string | Uint8Array)[]) =>
    Buffer.concat(parts.map(part => (typeof part === 'string' ? Buffer.from(part) : part)));
  const bodies: readonly (string | Uint8Array)[] = [
    ...CONFUSIONS.filter(value => !value.startsWith('{')),
    ...TEXTS,
    '{"KeyId":',
    '{"KeyId":"a"}}',
    '{"KeyId":"a",}',
    '{"KeyId":"a" "b":1}',
    '{KeyId:"a"}',
    '\ufeff{}',
    bytes(Uint8Array.of(0xff, 0xfe), Buffer.from('{}', 'utf16le')),
    bytes(Buffer.from('{"KeyId":"a"}', 'utf16le')),
    bytes('{"KeyId":"', Uint8Array.of(0xed, 0xa0, 0x80), '"}'),
    bytes('{"KeyId":"', Uint8Array.of(0xc0, 0xaf), '"}'),
    bytes('{"KeyId":"', Uint8Array.of(0xf4, 0x90, 0x80, 0x80), '"}'),
    bytes('{"', Uint8Array.of(0xe2, 0x28, 0xa1), '":1}'),
    Buffer.alloc(100_000, '['),
    Buffer.alloc(100_000, '{"a":'),
    Buffer.alloc(100_000, '"'),
    Buffer.alloc(100_000, '\\'),
    Buffer.alloc(1_048_576, ' '),
    Buffer.alloc(1_048_576, '0'),
    `{"Plaintext":"${'\\u0041'.repeat(100_000)}"}`,
    `{"Plaintext":"${'A'.repeat(1_000_000)}"}`,
    '{"Plaintext":"\\u00"}',
    '{"Plaintext":"\\',
    '{"Plaintext":"AAAA","Plaintext":"BBBB"}',
    '{"Plaintext":"AAAA","\\u0050laintext":"BBBB"}',
    '{"a":{"Plaintext":"AAAA"},"Plaintext":5}',
  ];
  // One operation with a secret member, one with a blob, one without either.
  const tasks = ['Encrypt', 'Decrypt', 'ListKeys'].flatMap(operation =>
    bodies.map(body => [operation, body] as const),
  );
  await inParallel(tasks, async ([operation, body]) => {
    await send(operation, body);
  });
  assert.deepEqual(subject.takeErrors(), []);
});

test('names of the prototype are ordinary names in contexts, tags and aliases', async () => {
  const key = await createKey();
  const KeyId = JSON.stringify(key);
  for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '']) {
    const EncryptionContext = `{${JSON.stringify(name)}:"x"}`;
    const sealed = await send('Encrypt', objectText({ KeyId, Plaintext: '"AAAA"', EncryptionContext }));
    assert.equal(sealed.status, 200, `${name} ${sealed.text}`);
    const CiphertextBlob = JSON.stringify(JSON.parse(sealed.text).CiphertextBlob);
    assert.equal((await served('Decrypt', { CiphertextBlob, EncryptionContext })).Plaintext, 'AAAA');
    const without = await send('Decrypt', objectText({ CiphertextBlob }));
    assert.match(without.text, /InvalidCiphertextException/, name);
    if (name === '') continue;
    await served('TagResource', { KeyId, Tags: `[{"TagKey":${JSON.stringify(name)},"TagValue":"v"}]` });
    await served('CreateAlias', { AliasName: JSON.stringify(`alias/${name}`), TargetKeyId: KeyId });
    const found = await served('DescribeKey', { KeyId: JSON.stringify(`alias/${name}`) });
    assert.equal(found.KeyMetadata.KeyId, key);
  }
  const { Tags } = await served('ListResourceTags', { KeyId });
  assert.deepEqual(
    Tags.map(({ TagKey }: { TagKey: string }) => TagKey),
    ['__proto__', 'constructor', 'hasOwnProperty', 'toString'],
  );
  assert.equal(Reflect.get({}, 'polluted'), undefined);
});

test('arbitrary members in arbitrary operations are served or refused', async () => {
  const request = fc.constantFrom(...SERVED).chain(operation => {
    const known = Object.keys(membersOf(operation));
    const name = fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...known, 'KeyId') }, fc.string());
    return fc.record({
      operation: fc.constant(operation),
      members: fc.dictionary(name, anyValue, { maxKeys: 5 }),
    });
  });
  const KeyId = JSON.stringify(await createKey());
  await fc.assert(
    fc.asyncProperty(request, async ({ operation, members }) => {
      const { text } = await send(operation, objectText({ KeyId, ...members }));
      requireSilence(text, objectText(members));
    }),
    { numRuns: rounds(300) },
  );
  await subject.requireSound();
});
