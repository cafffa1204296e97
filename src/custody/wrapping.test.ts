// What is bound into each wrapping, docs/formats/wrapped-material.md and docs/formats/root-key.md: nothing else than what is written there.

import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import { test } from 'node:test';
import { systemRandom } from '../../test/support/time-and-chance.ts';
import { BrokenInvariant } from '../base/assert.ts';
import { type Bytes, decodeUtf8, EMPTY_BYTES, hex, utf8 } from '../base/bytes.ts';
import { revealSecretBytes, SecretBytes } from '../base/secret-bytes.ts';
import type { MaterialBinding } from '../core/ports/custody.ts';
import { encodeContext } from '../crypto/context.ts';
import {
  materialBinding,
  projectKeyBinding,
  secretBinding,
  unwrapUnder,
  WRAP_FORMATS,
  wrappingGeneration,
  wrapUnder,
} from './wrapping.ts';

const list = (...items: readonly string[]): Bytes => encodeContext({ kind: 'list', items });
const BINDING = { projectId: 'p', keyId: 'k', version: 3, algorithm: 'aes-256', exportable: false } as const;

test('the wrapping key of a project is bound to the project and its generation', () => {
  assert.deepEqual(projectKeyBinding('p', 2), list('project wrapping key', 'p', '2'));
});

test('a secret is bound to its project and its label', () => {
  assert.deepEqual(secretBinding('p', 'of whom'), list('secret', 'p', 'of whom'));
});

test('material is bound to its project, key, version, algorithm and nature', () => {
  const natures: readonly (readonly [Partial<MaterialBinding>, ...string[]])[] = [
    [{}, 'kept'],
    [{ exportable: true }, 'exportable'],
    [{ publicOnly: true, exportable: true }, 'public'],
    [{ hardware: true }, 'hardware'],
    [{ hardwareWrapped: true }, 'kept', 'wrapped in hardware'],
  ];
  for (const [changes, ...nature] of natures) {
    const bound = materialBinding({ ...BINDING, ...changes });
    assert.deepEqual(bound, list('key material', 'p', 'k', '3', 'aes-256', ...nature), nature.join());
  }
});

test('each use of a wrapping key has the label that is written down for it', () => {
  const labels = Object.values(WRAP_FORMATS).map(({ label }) => decodeUtf8(label));
  assert.deepEqual(labels, ['keyhold root wrap v1', 'keyhold material wrap v1', 'keyhold secret wrap v1']);
});

test('what was wrapped opens under its generation alone, and what is no wrapping has none', () => {
  const key = createSecretKey(new Uint8Array(32).fill(7));
  const format = WRAP_FORMATS.secret;
  const binding = secretBinding('p', 'label');
  using secret = SecretBytes.own(utf8('the secret'));
  const wrapped = wrapUnder(format, { generation: 2, key }, systemRandom, binding, secret);
  using opened = unwrapUnder(format, { generation: 2, key }, wrapped, binding, 'it');
  assert.equal(hex(revealSecretBytes(opened)), hex(utf8('the secret')));
  assert.throws(() => unwrapUnder(format, { generation: 1, key }, wrapped, binding, 'it'), BrokenInvariant);
  assert.equal(wrappingGeneration(wrapped), 2);
  assert.equal(wrappingGeneration(Uint8Array.from(wrapped).fill(2, 0, 1)), 0);
  for (const cut of [EMPTY_BYTES, wrapped.subarray(0, 4), wrapped.subarray(0, 20)])
    assert.equal(wrappingGeneration(cut), 0);
});
