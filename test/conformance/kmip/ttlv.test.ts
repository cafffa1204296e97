// Every published message goes through all forms of the codec and comes back the same; mutilated ones are refused, and nothing else happens.

import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Bytes, equalBytes, hex, utf8 } from '../../../src/base/bytes.ts';
import {
  readJson,
  readTtlv,
  readXml,
  TtlvRefusal,
  writeJson,
  writeText,
  writeTtlv,
  writeXml,
} from '../../../src/wire/ttlv/index.ts';
import { readXmlDocument, type XmlElement } from '../../../src/wire/ttlv/xml-document.ts';
import { rounds } from '../../hostile/rounds.ts';
import { hasPublishedCases, type KmipMessage, readCases } from './cases.ts';

const LIMITS = { bytesMax: 16_777_216, depthMax: 32, itemsMax: 100_000 };

const messages = readCases();
const frames = messages.map(({ field }) => writeTtlv(field));
const seed = Number(process.env.FUZZ_SEED ?? randomInt(2 ** 31));

test('every message comes back as the same bytes from each form', t => {
  if (!hasPublishedCases) t.diagnostic('the published cases are not on this machine: a small one stands in');
  const counts = new Map<string, number>();
  for (const [at, { label, version }] of messages.entries()) {
    const frame = frames[at] ?? new Uint8Array();
    const item = readTtlv(frame, LIMITS);
    const forms: Readonly<Record<string, Bytes>> = {
      'binary, by copying its fields': copied(frame),
      XML: readXml(utf8(writeXml(item)), LIMITS).encoding,
      'XML as its version spells it': readXml(utf8(writeXml(item, version)), LIMITS).encoding,
      JSON: readJson(utf8(writeJson(item)), LIMITS).encoding,
      'XML of what JSON gave': readXml(utf8(writeXml(readJson(utf8(writeJson(item)), LIMITS))), LIMITS)
        .encoding,
    };
    for (const [form, bytes] of Object.entries(forms)) {
      assert.ok(equalBytes(bytes, frame), `${label} through ${form}:\n${hex(frame)}\n${hex(bytes)}`);
    }
    counts.set(version, (counts.get(version) ?? 0) + 1);
  }
  t.diagnostic(
    `${messages.length} messages, each through 5 ways: ${[...counts].map(([v, n]) => `${v}: ${n}`).join(', ')}`,
  );
});

function copied(frame: Bytes): Bytes {
  const item = readTtlv(frame, LIMITS);
  return writeTtlv({
    type: 'Structure',
    tag: item.tag,
    fields: item.children.map(child => ({ type: 'copy', tag: child.tag, item: child })),
  });
}

test('what is written as XML says what was published', t => {
  let values = 0;
  for (const [at, { label, version, element }] of messages.entries()) {
    const written = readXmlDocument(
      utf8(writeXml(readTtlv(frames[at] ?? new Uint8Array(), LIMITS), version)),
      LIMITS,
    );
    values += compare(element, written, label);
  }
  t.diagnostic(`${values} values`);
});

/** How many values were compared. */
function compare(published: XmlElement, written: XmlElement, where: string): number {
  const path = `${where}/${published.name}`;
  assert.equal(written.name, published.name, path);
  assert.equal(written.attributes.get('type'), published.attributes.get('type'), path);
  assert.equal(
    written.attributes.get('tag')?.toLowerCase(),
    published.attributes.get('tag')?.toLowerCase(),
    path,
  );
  assert.equal(written.children.length, published.children.length, path);
  const value = published.attributes.get('value');
  if (value !== undefined) assert.equal(plain(published), plain(written), path);
  let count = value === undefined ? 0 : 1;
  for (const [at, child] of published.children.entries()) {
    const other = written.children[at];
    assert.ok(other !== undefined);
    count += compare(child, other, path);
  }
  return count;
}

/** Values that a test case and we may write in different ways. */
function plain({ attributes }: XmlElement): string {
  const value = attributes.get('value') ?? '';
  switch (attributes.get('type')) {
    case 'Integer':
      // Masks have no order, and one name of a bit is longer in the specification than in the cases.
      return value
        .replace('ContentCommitmentNonRepudiation', 'ContentCommitment')
        .split(/\s+/)
        .sort()
        .join(' ');
    case 'Enumeration':
      // The cases spell signature algorithms of 1.x as 2.x does.
      return value.replace('NotAuthorized', 'NotAuthorised').replace(/PKCS_1V\d_\d$/, '');
    case 'ByteString':
    case 'BigInteger':
      return value.toLowerCase();
    case 'DateTime':
      return new Date(value).toISOString();
    default:
      return value;
  }
}

test('the text for logs shows no key material', t => {
  let hidden = 0;
  for (const [at, { label, element }] of messages.entries()) {
    const shown = new Set(
      writeText(readTtlv(frames[at] ?? new Uint8Array(), LIMITS))
        .split('\n')
        .map(line => line.slice(line.lastIndexOf(' ') + 1).toLowerCase()),
    );
    for (const secret of materialOf(element)) {
      hidden += 1;
      assert.ok(!shown.has(secret.toLowerCase()), label);
    }
  }
  t.diagnostic(`${hidden} values of key material, data and credentials`);
  assert.ok(hidden > 0);
});

const SHORT = 8;

function materialOf(element: XmlElement, isWithin = false): readonly string[] {
  const isSecret =
    isWithin || ['KeyMaterial', 'CredentialValue', 'Data', 'OpaqueDataValue'].includes(element.name);
  const own = element.attributes.get('value');
  // What is public elsewhere in the message (a user's name in an attribute) is not looked for, nor is what any number might be.
  const isText = element.attributes.get('type') === 'TextString' && element.name !== 'Password';
  const values = isSecret && own !== undefined && own.length > SHORT && !isText ? [own] : [];
  return [...values, ...element.children.flatMap(child => materialOf(child, isSecret))];
}

test('a message cut off anywhere is refused', t => {
  let cuts = 0;
  // A throw with its stack costs more than the reading, so an ordinary run takes one message of so many.
  const stride = Math.max(1, 1_000 / rounds(100));
  for (let at = seed % stride; at < frames.length; at += stride) {
    const frame = frames[Math.floor(at)] ?? new Uint8Array();
    for (let length = 0; length < frame.length; length += 1) {
      assert.throws(() => readTtlv(frame.subarray(0, length), LIMITS), isMalformed);
      cuts += 1;
    }
  }
  t.diagnostic(`${cuts} cuts; FUZZ_SEED=${seed}`);
});

function isMalformed(thrown: unknown): boolean {
  return thrown instanceof TtlvRefusal && thrown.kind === 'malformed';
}

type Reading = (bytes: Bytes) => { readonly encoding: Bytes };

/** Each form with its reader and every message in it. */
const FORMS: Readonly<
  Record<string, { readonly read: Reading; readonly write: (message: number) => Bytes }>
> = {
  binary: { read: bytes => readTtlv(bytes, LIMITS), write: at => frames[at] ?? new Uint8Array() },
  XML: {
    read: bytes => readXml(bytes, LIMITS),
    write: at => utf8(writeXml(readTtlv(frames[at] ?? new Uint8Array(), LIMITS))),
  },
  JSON: {
    read: bytes => readJson(bytes, LIMITS),
    write: at => utf8(writeJson(readTtlv(frames[at] ?? new Uint8Array(), LIMITS))),
  },
};

const change = fc.oneof(
  fc.record({ kind: fc.constant('byte' as const), at: fc.nat(), value: fc.nat(255) }),
  fc.record({
    kind: fc.constant('byte' as const),
    at: fc.nat(),
    value: fc.integer({ min: 0x20, max: 0x7e }),
  }),
  fc.record({ kind: fc.constant('bit' as const), at: fc.nat(), value: fc.nat(7) }),
  fc.record({ kind: fc.constant('swap' as const), at: fc.nat(), value: fc.nat(4_096) }),
  fc.record({ kind: fc.constant('cut' as const), at: fc.nat(), value: fc.nat(32) }),
  fc.record({ kind: fc.constant('double' as const), at: fc.nat(), value: fc.nat(64) }),
);
type Change = typeof change extends fc.Arbitrary<infer One> ? One : never;

function mutated(bytes: Bytes, { kind, at, value }: Change): Bytes {
  const where = bytes.length === 0 ? 0 : at % bytes.length;
  if (kind === 'cut') return Buffer.concat([bytes.subarray(0, where), bytes.subarray(where + value)]);
  if (kind === 'double') return Buffer.concat([bytes.subarray(0, where + value), bytes.subarray(where)]);
  const changed = Uint8Array.from(bytes);
  const before = changed[where] ?? 0;
  // A byte from elsewhere in the message keeps to its alphabet.
  const elsewhere = changed[(where + value) % bytes.length] ?? 0;
  changed[where] = kind === 'byte' ? value : kind === 'swap' ? elsewhere : before ^ (1 << value);
  return changed;
}

for (const [form, { read, write }] of Object.entries(FORMS)) {
  test(`mutations of published messages in ${form} are read or refused, never anything else`, t => {
    t.diagnostic(`FUZZ_SEED=${seed}`);
    const tally = { read: 0, refused: 0 };
    fc.assert(
      fc.property(
        fc.nat(messages.length - 1),
        fc.array(change, { minLength: 1, maxLength: 4 }),
        (at, changes) => {
          tally[outcome(read, changes.reduce(mutated, write(at)))] += 1;
        },
      ),
      { seed, numRuns: rounds(form === 'binary' ? 30_000 : 6_000) },
    );
    t.diagnostic(`${tally.read} read, ${tally.refused} refused`);
  });

  test(`any bytes at all are read or refused as ${form}`, t => {
    t.diagnostic(`FUZZ_SEED=${seed}`);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 256 }), bytes => void outcome(read, bytes)),
      { seed, numRuns: rounds(6_000) },
    );
  });
}

/** What is read must be fit to be written in every form, and be the same message in each. */
function outcome(read: Reading, bytes: Bytes): 'read' | 'refused' {
  let encoding: Bytes;
  try {
    encoding = read(bytes).encoding;
  } catch (thrown) {
    assert.ok(thrown instanceof TtlvRefusal, `${String(thrown)} for ${hex(bytes)}`);
    return 'refused';
  }
  const item = readTtlv(encoding, LIMITS);
  writeText(item);
  assert.ok(equalBytes(readJson(utf8(writeJson(item)), LIMITS).encoding, encoding), hex(encoding));
  try {
    assert.ok(equalBytes(readXml(utf8(writeXml(item)), LIMITS).encoding, encoding), hex(encoding));
  } catch (thrown) {
    assert.ok(thrown instanceof TtlvRefusal && thrown.kind === 'inexpressible', hex(encoding));
  }
  return 'read';
}

test('the messages name what they hold', () => {
  const label = (message: KmipMessage) => message.element.name;
  assert.deepEqual([...new Set(messages.map(label))].sort(), ['RequestMessage', 'ResponseMessage']);
});
