import assert from 'node:assert/strict';
import { test } from 'node:test';
import { make, readTtlv, type TtlvField, writeText, writeTtlv } from './index.ts';

const textOf = (field: TtlvField): string => writeText(readTtlv(writeTtlv(field)));

test('a message is printed as a tree, its secrets hidden', () => {
  const secret = Uint8Array.of(0xde, 0xad);
  const text = textOf(
    make.structure('RequestMessage', [
      make.structure('Credential', [
        make.enumeration('CredentialType', 'UsernameAndPassword'),
        make.structure('CredentialValue', [
          make.textString('Username', 'u'),
          make.textString('Password', 'dead'),
        ]),
      ]),
      make.enumeration('Operation', 'Register'),
      make.mask('CryptographicUsageMask', ['Encrypt', 'Decrypt']),
      make.structure('KeyBlock', [
        make.structure('KeyValue', [
          make.structure('KeyMaterial', [
            make.bigInteger('Modulus', 0xdeadn),
            make.byteString('Key', secret),
          ]),
          make.structure('Attribute', [
            make.textString('AttributeName', 'State'),
            make.enumeration('AttributeValue', 2),
          ]),
          make.structure('Attribute', [
            make.textString('AttributeName', 'x-Pin'),
            make.textString('AttributeValue', 'dead'),
          ]),
        ]),
        make.byteString('KeyValue', secret),
      ]),
      make.structure(0x540001, [make.textString('Comment', 'dead')]),
      make.integer(0x42fff0, 0xdead),
      make.interval('LeaseTime', 3_600),
      make.dateTime('TimeStamp', 1_700_000_000),
      make.longInteger('UsageLimitsCount', -1n),
      make.boolean('Sensitive', true),
      make.bigInteger('Modulus', 5n),
    ]),
  );
  assert.equal(
    text,
    `RequestMessage
  Credential
    CredentialType Enumeration UsernameAndPassword
    CredentialValue
      Username TextString hidden
      Password TextString hidden
  Operation Enumeration Register
  CryptographicUsageMask Integer Encrypt Decrypt
  KeyBlock
    KeyValue
      KeyMaterial
        Modulus BigInteger hidden, 8 bytes
        Key ByteString hidden, 2 bytes
      Attribute
        AttributeName TextString "State"
        AttributeValue Enumeration Active
      Attribute
        AttributeName TextString "x-Pin"
        AttributeValue TextString hidden
    KeyValue ByteString hidden, 2 bytes
  0x540001
    Comment TextString hidden
  0x42FFF0 Integer hidden
  LeaseTime Interval 3600 s
  TimeStamp DateTime 2023-11-14T22:13:20+00:00
  UsageLimitsCount LongInteger -1
  Sensitive Boolean true
  Modulus BigInteger 5`,
  );
});

test('a text can neither end a line nor move a cursor', () => {
  assert.equal(
    textOf(make.textString('Comment', 'a\r\nb\u001b[2J\u2028\u202e\u{e0001}"ü')),
    'Comment TextString "a\\r\\nb\\u001b[2J\\u2028\\u202e\\udb40\\udc01\\"ü"',
  );
});

test('long values are cut', () => {
  assert.match(
    textOf(make.textString('Comment', 'a'.repeat(65))),
    /^Comment TextString "a{64}"\.\.\. \(65 characters\)$/,
  );
  assert.match(textOf(make.byteString('CertificateValue', new Uint8Array(65))), /0{128}\.\.\. \(65 bytes\)$/);
  assert.match(textOf(make.bigInteger('Modulus', 1n << 600n)), /\.\.\. \(80 bytes\)$/);
});
