import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ALL_KEY_ALGORITHMS,
  ALL_KEY_USAGES,
  ALL_MECHANISMS,
  algorithmOfLength,
  CURRENT_KEY_ALGORITHMS,
  KEY_ALGORITHMS,
  type KeyUsage,
  MECHANISM_KINDS,
  MECHANISMS,
  type Mechanism,
  servesUsage,
} from './algorithms.ts';

const usagesOf = (mechanism: Mechanism): readonly KeyUsage[] =>
  ALL_KEY_USAGES.filter(usage => servesUsage(mechanism, usage));

test('every usage of a key is served by one of its mechanisms, and every mechanism serves one of its usages', () => {
  for (const algorithm of ALL_KEY_ALGORITHMS) {
    const { usages, mechanisms } = KEY_ALGORITHMS[algorithm];
    for (const usage of usages) {
      assert.ok(
        mechanisms.some(mechanism => usagesOf(mechanism).includes(usage)),
        `${algorithm}: ${usage}`,
      );
    }
    for (const mechanism of mechanisms) {
      assert.ok(
        usagesOf(mechanism).some(usage => usages.includes(usage)),
        `${algorithm}: ${mechanism}`,
      );
    }
  }
});

test('every mechanism belongs to a key algorithm, and every usage to a kind of mechanism', () => {
  const named = new Set(ALL_KEY_ALGORITHMS.flatMap(algorithm => KEY_ALGORITHMS[algorithm].mechanisms));
  assert.deepEqual(
    ALL_MECHANISMS.filter(mechanism => !named.has(mechanism)),
    [],
  );
  const served = new Set<KeyUsage>(Object.values(MECHANISM_KINDS).flat());
  assert.deepEqual(
    ALL_KEY_USAGES.filter(usage => !served.has(usage)),
    [],
  );
});

test('keys are wrapped by what authenticates them, and by OAEP', () => {
  const wrapping = ALL_MECHANISMS.filter(mechanism => servesUsage(mechanism, 'unwrap'));
  assert.deepEqual(
    wrapping.filter(mechanism => !/^rsa-(oaep|aes-kwp)-/.test(mechanism)),
    ['aes-gcm', 'aes-kw', 'aes-kwp', 'chacha20-poly1305'],
  );
  assert.equal(servesUsage('rsa-aes-kwp-sha-256', 'encrypt'), false);
});

test('among several algorithms the length of the material decides, and a single one is taken at its word', () => {
  assert.equal(algorithmOfLength(['aes-128', 'aes-192', 'aes-256'], 24), 'aes-192');
  assert.equal(algorithmOfLength(['aes-128', 'ec-p256'], 20), undefined);
  assert.equal(algorithmOfLength(['aes-256', 'opaque'], 20), 'opaque');
  assert.equal(algorithmOfLength(['aes-256'], 5), 'aes-256');
});

test('no key has fewer than 112 bits of strength, but for what is there already', () => {
  for (const algorithm of CURRENT_KEY_ALGORITHMS) {
    assert.ok((KEY_ALGORITHMS[algorithm].strengthBits ?? 112) >= 112, algorithm);
  }
  const weak = ALL_KEY_ALGORITHMS.filter(name => (KEY_ALGORITHMS[name].strengthBits ?? 112) < 112);
  assert.deepEqual(weak, ['rsa-1024']);
});

test('a generated HMAC key is as long as the tag', () => {
  for (const algorithm of ALL_KEY_ALGORITHMS) {
    const facts = KEY_ALGORITHMS[algorithm];
    if (facts.kind !== 'symmetric' || facts.family !== 'hmac') continue;
    assert.equal(
      facts.materialBytes.default,
      MECHANISMS[algorithm as Mechanism].tagBytes?.default,
      algorithm,
    );
  }
});
