import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalPath } from './canonical-path.ts';

test('each segment is encoded once more than it is on the wire', () => {
  assert.equal(canonicalPath(''), '/');
  assert.equal(canonicalPath('/a%20b/c:d'), '/a%2520b/c%3Ad');
  assert.equal(canonicalPath('/\u00e1\u0088\u00b4'), '/%E1%88%B4');
});

test('empty and dot segments are removed, and nothing is above the root', () => {
  const rows = {
    '/../../a': '/a',
    '/a//b/./c/../d/': '/a/b/d/',
    '/a/..': '/',
    '/a/%2e%2e/b': '/a/%252e%252e/b',
  };
  for (const [path, expected] of Object.entries(rows)) assert.equal(canonicalPath(path), expected);
});
