// Gives the key of a volume by its name, as the bytes that an encrypted disk is opened with, and makes the key the first time: what storage systems do
// with KMIP, without a library for it.
//
//   npx node examples/kmip/volume-key.ts backup-1 | cryptsetup open --key-file - /dev/vdb backup-1
//
// Finds the server and the certificate of a client in data/credentials.json, or in the file that KEYHOLD_CREDENTIALS names. Needs nothing but Node.

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { connect } from 'node:tls';

const { kmip } = JSON.parse(readFileSync(process.env.KEYHOLD_CREDENTIALS ?? 'data/credentials.json', 'utf8'));
const [name] = process.argv.slice(2);
if (name === undefined) {
  console.error(`usage: node ${basename(import.meta.filename)} <name of a volume>`);
  process.exit(2);
}

// An item of KMIP 1.4 is a tag of three bytes, a type, the length of its value, and the value in multiples of eight bytes.
const TYPES = { structure: 1, integer: 2, enumeration: 5, boolean: 6, text: 7, bytes: 8, date: 9 } as const;

function item(tag: number, type: keyof typeof TYPES, value: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(tag * 256 + TYPES[type]);
  head.writeUInt32BE(value.length, 4);
  return Buffer.concat([head, value, Buffer.alloc(-value.length & 7)]);
}

function four(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

const structure = (tag: number, ...items: readonly Buffer[]) => item(tag, 'structure', Buffer.concat(items));
const integer = (tag: number, value: number) => item(tag, 'integer', four(value));
const enumeration = (tag: number, value: number) => item(tag, 'enumeration', four(value));
const text = (tag: number, value: string) => item(tag, 'text', Buffer.from(value));
const date = (tag: number, seconds: number) => item(tag, 'date', Buffer.concat([four(0), four(seconds)]));

/** The value of the first item with that tag, however deep it is. */
function find(bytes: Buffer, wanted: number): Buffer | undefined {
  for (let at = 0; at < bytes.length; ) {
    const head = bytes.readUInt32BE(at);
    const end = at + 8 + bytes.readUInt32BE(at + 4);
    const value = bytes.subarray(at + 8, end);
    if (head >>> 8 === wanted) return value;
    const inside = (head & 0xff) === TYPES.structure ? find(value, wanted) : undefined;
    if (inside !== undefined) return inside;
    at = end + (-end & 7);
  }
  return undefined;
}

const LOCATE = 0x08;
const CREATE = 0x01;
const GET = 0x0a;
const CONTINUE = 1;
const SYMMETRIC_KEY = 2;
const AES = 3;
const ENCRYPT_AND_DECRYPT = 0x0c;
const UNIQUE_IDENTIFIER = 0x420094;
const KEY_MATERIAL = 0x420043;
const RESULT_MESSAGE = 0x42007d;

const attribute = (of: string, value: Buffer) => structure(0x420008, text(0x42000a, of), value);
const named = attribute('Name', structure(0x42000b, text(0x420055, name), enumeration(0x420054, 1)));
const newKey = structure(
  0x420091,
  named,
  attribute('Cryptographic Algorithm', enumeration(0x42000b, AES)),
  attribute('Cryptographic Length', integer(0x42000b, 256)),
  attribute('Cryptographic Usage Mask', integer(0x42000b, ENCRYPT_AND_DECRYPT)),
  attribute('Activation Date', date(0x42000b, Math.floor(Date.now() / 1_000))),
);

/** Operations that stand in one message: what one leaves in the ID Placeholder is what the next one is about. */
function message(
  ...operations: readonly (readonly [operation: number, ...payload: readonly Buffer[]])[]
): Buffer {
  const version = structure(0x420069, integer(0x42006a, 1), integer(0x42006b, 4));
  const isOrdered = item(0x420010, 'boolean', Buffer.concat([four(0), four(1)]));
  const header = structure(
    0x420077,
    version,
    enumeration(0x42000e, CONTINUE),
    isOrdered,
    integer(0x42000d, operations.length),
  );
  const items = operations.map(([operation, ...payload]) =>
    structure(
      0x42000f,
      enumeration(0x42005c, operation),
      item(0x420093, 'bytes', randomBytes(8)),
      structure(0x420079, ...payload),
    ),
  );
  return structure(0x420078, header, ...items);
}

/** One message over a connection of its own, on which both sides prove who they are. */
function ask(asked: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: kmip.host,
      port: kmip.port,
      cert: readFileSync(kmip.certFile),
      key: readFileSync(kmip.keyFile),
      ca: readFileSync(kmip.caFile),
    });
    let answer = Buffer.alloc(0);
    socket.once('secureConnect', () => socket.write(asked));
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('The server has ended the connection.')));
    socket.on('data', (chunk: Buffer) => {
      answer = Buffer.concat([answer, chunk]);
      if (answer.length < 8 || answer.length < 8 + answer.readUInt32BE(4)) return;
      socket.end();
      resolve(answer);
    });
  });
}

// One of two machines that ask at once makes the key: a Name is of one object, and the other finds it then.
const found = await ask(message([LOCATE, named]));
if (find(found, UNIQUE_IDENTIFIER) === undefined)
  await ask(message([CREATE, enumeration(0x420057, SYMMETRIC_KEY), newKey]));
const given = await ask(message([LOCATE, named], [GET]));
const key = find(given, KEY_MATERIAL);
if (key === undefined) {
  console.error(`${find(given, RESULT_MESSAGE)?.toString() ?? 'There is no key of that name.'}`);
  process.exit(1);
}
process.stdout.write(key);
