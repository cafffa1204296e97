import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { utf8 } from '../base/bytes.ts';
import { type CanonicalValue, canonicalJson } from '../base/canonical-json.ts';
import { readLeaf } from './leaf.ts';

describe('a leaf', () => {
  it('that is a canonical object with an instant is an entry', () => {
    assert.deepEqual(readLeaf(utf8('{"at":12,"operation":"encrypt"}')), { ok: true, at: 12 });
    assert.deepEqual(readLeaf(utf8('{"at":0,"\u00e9\u{1f511}":["\u2028",null,true,{}]}')), {
      ok: true,
      at: 0,
    });
    const largest = `{"at":1,"x":"${'y'.repeat(65_535 - 15)}"}`;
    assert.equal(readLeaf(utf8(largest)).ok, true);
  });

  it('of any other form is refused with the reason, never with a crash', () => {
    const bad: (string | Uint8Array)[] = [
      '',
      ' {"at":1}',
      '{"at":1}\n',
      '{"at": 1}',
      '{"b":1,"at":1}',
      '{"at":1,"at":1}',
      '{"at":1.0}',
      '{"at":1e3}',
      '{"at":-0}',
      '{"at":-1}',
      '{"at":1.5}',
      '{"at":9007199254740993}',
      '{"at":"1"}',
      '{"at":null}',
      '{}',
      '[]',
      'null',
      '1',
      '"at"',
      '{"at":1,"x":"\\u0041"}',
      '{"at":1,"x":"\\ud800"}',
      '{"\\ud800":1,"at":1}',
      '{"__proto__":{"at":1}}',
      '\ufeff{"at":1}',
      `{"at":1,"x":${'['.repeat(30_000)}${']'.repeat(30_000)}}`,
      '['.repeat(60_000),
      `{"at":1,"x":"${'y'.repeat(65_536 - 15)}"}`,
      Uint8Array.of(0x7b, 0xff, 0x7d),
    ];
    for (const leaf of bad) {
      const reading = readLeaf(typeof leaf === 'string' ? utf8(leaf) : leaf);
      assert.equal(reading.ok, false, String(leaf).slice(0, 60));
    }
  });

  it('is an entry for everything that canonical JSON can write', () => {
    const value = fc.jsonValue({ maxDepth: 6, noUnicodeString: false }).map(integersOnly);
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), value), fc.maxSafeNat(), (members, at) => {
        assert.deepEqual(readLeaf(utf8(canonicalJson({ ...members, at }))), { ok: true, at });
      }),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(fc.uint8Array(), bytes => {
        readLeaf(bytes);
      }),
    );
  });
});

function integersOnly(value: unknown): CanonicalValue {
  return JSON.parse(JSON.stringify(value), (_, member) =>
    typeof member === 'number' ? Math.trunc(member % 1e9) + 0 : member,
  );
}
