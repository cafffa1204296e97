import assert from 'node:assert/strict';
import { test } from 'node:test';
import { must } from '../base/assert.ts';
import { decodeHex, hex } from '../base/bytes.ts';
import { algorithmIdentifier } from './der.ts';

const found = (encoded: string): string => hex(algorithmIdentifier(must(decodeHex(encoded), 'hex')));

test('the algorithm of a public and of a private key is found', () => {
  assert.equal(found('300a3003060100030300ffff'), '3003060100');
  assert.equal(found('300a02010030030601000400'), '3003060100');
});

test('what is not the shortest encoding of one key has no algorithm', () => {
  const cases = {
    empty: '',
    'not a sequence': '310a3003060100030300ffff',
    'bytes behind the key': '300a3003060100030300ffff00',
    'cut off': '300a3003060100030300ff',
    'indefinite length': '30803003060100030300ffff0000',
    'long form of a short length': '30810a3003060100030300ffff',
    'length of two bytes where one suffices': '3082000a3003060100030300ffff',
    'no algorithm behind the version': '3003020100',
  };
  for (const [name, encoded] of Object.entries(cases)) assert.equal(found(encoded), '', name);
});
