import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { utf8 } from '../base/bytes.ts';
import { readForm } from './form.ts';

const read = (text: string) => {
  const form = readForm(utf8(text));
  return form === undefined ? undefined : Object.fromEntries(form);
};

test('a form is read with its escapes and plus signs', () => {
  assert.deepEqual(read('grant_type=urn%3Aibm%3Aapikey&apikey=a%2Bb+c&empty=&bare'), {
    grant_type: 'urn:ibm:apikey',
    apikey: 'a+b c',
    empty: '',
    bare: '',
  });
  assert.deepEqual(read(''), {});
  assert.deepEqual(read('&a=1&&b=x=y&'), { a: '1', b: 'x=y' });
});

test('what a browser would guess at is refused: names twice, broken escapes, broken UTF-8, too many fields', () => {
  assert.equal(read('a=1&a=2'), undefined);
  assert.equal(read('a=1&%61=2'), undefined);
  assert.equal(read('a=%'), undefined);
  assert.equal(read('a=%zz'), undefined);
  assert.equal(read('a=%ff'), undefined);
  assert.equal(readForm(Uint8Array.of(0x61, 0x3d, 0xff)), undefined);
  assert.equal(read(Array.from({ length: 65 }, (_, at) => `n${at}=1`).join('&')), undefined);
});

test('what URLSearchParams writes is read back', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' })), fields => {
      const entries = Object.entries(fields).filter(([name]) => name !== '');
      const text = new URLSearchParams(entries).toString();
      assert.deepEqual([...(readForm(utf8(text)) ?? [])], entries);
    }),
    { verbose: 1 },
  );
});
