import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { must } from '../../base/assert.ts';
import { type Bytes, decodeHex, hex } from '../../base/bytes.ts';
import {
  bigintOf,
  bitStringOf,
  booleanOf,
  childrenOf,
  DerFields,
  DerRefusal,
  der,
  instantOf,
  magnitude,
  numberOf,
  objectIdentifierOf,
  readDer,
  textOf,
  wholeBytesOf,
  writeDer,
} from './index.ts';

const bytes = (text: string): Bytes => must(decodeHex(text), 'hex');
const written = (field: Parameters<typeof writeDer>[0]): string => hex(writeDer(field));
const refuses = (read: () => unknown, name: string): void => assert.throws(read, DerRefusal, name);

test('what is written is what the standards show', () => {
  assert.equal(written(der.integer(0)), '020100');
  assert.equal(written(der.integer(127)), '02017f');
  assert.equal(written(der.integer(128)), '02020080');
  assert.equal(written(der.integer(-128)), '020180');
  assert.equal(written(der.integer(bytes('000080ff'))), '02030080ff');
  assert.equal(written(der.objectIdentifier('1.2.840.113549.1.1.1')), '06092a864886f70d010101');
  assert.equal(written(der.objectIdentifier('2.999.3')), '0603883703');
  assert.equal(written(der.namedBits([0, 5])), '03020284');
  assert.equal(written(der.namedBits([])), '030100');
  assert.equal(written(der.boolean(true)), '0101ff');
  assert.equal(written(der.sequence([der.nothing(), undefined])), '30020500');
  assert.equal(written(der.set([der.integer(2), der.integer(1)])), '3106020101020102');
  assert.equal(written(der.explicit(0, der.integer(2))), 'a003020102');
  assert.equal(written(der.implicit(1, der.octetString(bytes('aa')))), '8101aa');
  assert.equal(written(der.implicit(1, der.sequence([]))), 'a100');
  assert.equal(written(der.octetString(der.integer(1))), '0403020101');
  assert.equal(written(der.octetString(new Uint8Array(256))).slice(0, 8), '04820100');
});

test('years up to 2049 are short', () => {
  const times = [
    '1950-01-01T00:00:00Z',
    '2049-12-31T23:59:59Z',
    '2050-01-01T00:00:00Z',
    '1949-12-31T23:59:59Z',
  ];
  for (const [at, text] of times.entries()) {
    const field = writeDer(der.time(Date.parse(text)));
    assert.equal(field[0], at < 2 ? 0x17 : 0x18, text);
    assert.equal(instantOf(readDer(field)), Date.parse(text), text);
  }
});

test('an encoding of a key by OpenSSL is taken apart and written again to the same bytes', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const encoding = privateKey.export({ format: 'der', type: 'pkcs8' });
  const key = new DerFields(readDer(encoding));
  const version = numberOf(key.one('integer'));
  const algorithm = new DerFields(key.one('sequence'));
  const identifier = objectIdentifierOf(algorithm.one('objectIdentifier'));
  const curve = objectIdentifierOf(algorithm.one('objectIdentifier'));
  algorithm.refuseOthers();
  const material = key.one('octetString').content;
  key.refuseOthers();
  const inner = new DerFields(readDer(material));
  assert.equal(numberOf(inner.one('integer')), 1);
  const scalar = inner.one('octetString').content;
  assert.equal(inner.explicit(0), undefined);
  const point = wholeBytesOf(must(inner.explicit(1), 'a public key'));
  assert.equal(point.length, 65);
  const again = der.sequence([
    der.integer(version),
    der.sequence([der.objectIdentifier(identifier), der.objectIdentifier(curve)]),
    der.octetString(
      der.sequence([der.integer(1), der.octetString(scalar), der.explicit(1, der.bitString(point))]),
    ),
  ]);
  assert.equal(written(again), hex(encoding));
});

test('lengths and tags have one form', () => {
  for (const [name, text] of Object.entries({
    empty: '',
    'cut off in the head': '30',
    'cut off in the length': '3082',
    'cut off in the content': '0402aa',
    'bytes behind': '0401aabb',
    'indefinite length': '3080050000',
    'long form of a short length': '048101aa',
    'padded length': '04820001aa',
    'a length of four bytes': '048400000001aa',
    'high tag number': '1f8101aa',
  }))
    refuses(() => readDer(bytes(text)), name);
  refuses(() => childrenOf(readDer(bytes('30020500ff'.slice(0, 6)))), 'a part that is cut off');
  refuses(() => childrenOf(readDer(bytes('0401aa'))), 'parts of a primitive element');
});

test('values have one form', () => {
  const one = (text: string) => readDer(bytes(text));
  refuses(() => bigintOf(one('0200')), 'no digits');
  refuses(() => bigintOf(one('0202007f')), 'padded');
  refuses(() => bigintOf(one('0202ff80')), 'padded, negative');
  refuses(() => magnitude(one('020180')), 'negative');
  refuses(() => numberOf(one('0208200000000000000f')), 'large');
  refuses(() => booleanOf(one('010101')), 'boolean');
  refuses(() => bitStringOf(one('0300')), 'no unused bits');
  refuses(() => bitStringOf(one('030108')), 'eight unused bits');
  refuses(() => bitStringOf(one('030101')), 'unused bits of nothing');
  refuses(() => bitStringOf(one('03020101')), 'unused bits that are set');
  refuses(() => wholeBytesOf(one('03020102')), 'half a byte');
  refuses(() => objectIdentifierOf(one('0600')), 'no arcs');
  refuses(() => objectIdentifierOf(one('06022a86')), 'an arc that does not end');
  refuses(() => objectIdentifierOf(one('06032a8001')), 'a padded arc');
  refuses(() => textOf(one('1301e9')), 'beyond ASCII');
  refuses(() => textOf(one('0c01ff')), 'not UTF-8');
  refuses(() => textOf(one('1e0141')), 'half a character');
  refuses(() => textOf(one('020101')), 'no string');
  const time = (type: string, text: string) =>
    instantOf(one(type + text.length.toString(16).padStart(2, '0') + hex(Buffer.from(text))));
  refuses(() => time('17', '2401010000Z'), 'without seconds');
  refuses(() => time('17', '240101000000+0100'), 'another zone');
  refuses(() => time('17', '240230000000Z'), 'no such day');
  refuses(() => time('18', '20240101240000Z'), 'no such hour');
  refuses(() => time('18', '20240101000000.5Z'), 'a fraction');
});

test('strings of every type are read', () => {
  for (const text of ['0c02c3a9', '1401e9', '1e0200e9', '1c04000000e9'])
    assert.equal(textOf(readDer(bytes(text))), 'é', text);
  assert.equal(textOf(readDer(writeDer(der.text('printableString', 'Keyhold')))), 'Keyhold');
});

test('parts are taken in their order, and what is left is refused', () => {
  const fields = new DerFields(
    readDer(
      writeDer(
        der.sequence([
          der.integer(1),
          der.implicit(0, der.octetString(bytes('aa'))),
          der.explicit(1, der.boolean(true)),
          der.nothing(),
        ]),
      ),
    ),
  );
  refuses(() => fields.one('octetString'), 'another type');
  assert.equal(fields.optional('octetString'), undefined);
  assert.equal(numberOf(fields.one('integer')), 1);
  assert.equal(fields.implicit(1, 'octetString'), undefined);
  assert.equal(hex(must(fields.implicit(0, 'octetString'), 'the bytes').content), 'aa');
  assert.equal(booleanOf(must(fields.explicit(1), 'the boolean')), true);
  refuses(() => fields.refuseOthers(), 'one is left');
  assert.equal(fields.rest().length, 1);
  fields.refuseOthers();
  refuses(() => fields.any(), 'nothing is left');
  refuses(() => new DerFields(readDer(bytes('3100'))), 'a set');
  refuses(
    () => new DerFields(readDer(bytes('3007a005020101020101'.replace('07', '08').slice(0, 20)))).explicit(0),
    'two',
  );
});

test('numbers and identifiers come back as they were written', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 300n), max: 2n ** 300n }), value => {
      assert.equal(bigintOf(readDer(writeDer(der.integer(value)))), value);
    }),
  );
  const arcs = fc.array(fc.bigInt({ min: 0n, max: 2n ** 128n }), { maxLength: 6 });
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2 }),
      fc.integer({ min: 0, max: 39 }),
      arcs,
      (top, second, others) => {
        const text = [top, second, ...others].join('.');
        assert.equal(objectIdentifierOf(readDer(writeDer(der.objectIdentifier(text)))), text);
      },
    ),
  );
});

test('whatever bytes come, they are refused or come back the same', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), input => {
      try {
        const element = readDer(input);
        assert.equal(hex(element.whole), hex(input));
        for (const child of childrenOf(element)) assert.ok(child.whole.length >= 2);
      } catch (thrown) {
        assert.ok(thrown instanceof DerRefusal);
      }
    }),
    { numRuns: 2_000 },
  );
});

test('a structure of more parts than any standard has is not taken apart', () => {
  const parts = (count: number) => writeDer(der.sequence(Array.from({ length: count }, () => der.nothing())));
  assert.equal(childrenOf(readDer(parts(1_024))).length, 1_024);
  refuses(() => childrenOf(readDer(parts(1_025))), 'too many parts');
});
