import assert from 'node:assert/strict';
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { base64, concatBytes, hex, uint32 } from '../base/bytes.ts';
import {
  NOTE_CHARACTERS_MAX,
  type NoteVerifier,
  noteSigner,
  noteVerifier,
  openNote,
  parseVerifierKey,
  printVerifierKey,
  signNote,
} from './signed-note.ts';

/** The example of the specification: published test data. */
const EXAMPLE = {
  vkey: 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k',
  text: 'This is an example message.\n',
  keyId: '530d903a',
  note:
    'This is an example message.\n\n\u2014 example.com/foo ' +
    'Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n',
} as const;

function newSigner(name = 'log.example') {
  return noteSigner(name, generateKeyPairSync('ed25519').privateKey);
}

function refusal(note: string, verifiers: readonly NoteVerifier[]): string {
  try {
    openNote(note, verifiers);
  } catch (error) {
    return String((error as { code?: string }).code);
  }
  return 'opened';
}

describe('a signed note', () => {
  it('of the specification opens under its verifier key', () => {
    const verifier = parseVerifierKey(EXAMPLE.vkey);
    assert.equal(hex(uint32(verifier.keyId)), EXAMPLE.keyId);
    assert.equal(printVerifierKey(verifier), EXAMPLE.vkey);
    assert.equal(openNote(EXAMPLE.note, [verifier]).text, EXAMPLE.text);
  });

  it('of the shared vectors is the same example', t => {
    const file = new URL('../../../shared/vectors/c2sp/signed-note.json', import.meta.url);
    if (!existsSync(file)) return t.diagnostic('left out: the shared vectors are not here');
    const { vkey, text, note, keyId } = JSON.parse(readFileSync(file, 'utf8'));
    assert.deepEqual({ vkey, text, note, keyId }, EXAMPLE);
    t.diagnostic('1 of 1 shared note verified');
  });

  it('tells its text and signers, whatever else it bears', () => {
    const [first, second, stranger] = [
      newSigner(),
      newSigner('witness.example'),
      newSigner('stranger.example'),
    ];
    const text = 'one\n\ntwo: \u00e9\u{1f511}\n\n';
    const note = signNote(text, [stranger, first, second]);
    assert.ok(note.startsWith(`${text}\n\u2014 stranger.example `));
    const opened = openNote(note, [first, second]);
    assert.equal(opened.text, text);
    assert.deepEqual(
      opened.signedBy.map(({ name }) => name),
      ['log.example', 'witness.example'],
    );
    assert.equal(refusal(note, []), 'invalidSignature');
    assert.equal(refusal(note, [newSigner()]), 'invalidSignature');
  });

  it('with one false signature of a known key is refused as a whole', () => {
    const [first, second] = [newSigner(), newSigner()];
    const good = signNote('text\n', [first]);
    const other = signNote('other text\n', [second]).split('\n').slice(2).join('\n');
    assert.equal(refusal(good + other, [first]), 'opened');
    assert.equal(refusal(good + other, [first, second]), 'invalidSignature');
    const short = `\u2014 log.example ${base64(concatBytes(uint32(second.keyId), Uint8Array.of(1)))}\n`;
    assert.equal(refusal(good + short, [first, second]), 'invalidSignature');
  });

  it('is refused after any change of one character', () => {
    const signer = newSigner();
    const note = signNote('origin\n5\nhash\n', [signer]);
    fc.assert(
      fc.property(
        fc.nat(note.length - 1),
        fc.constantFrom('x', 'A', '\n', ' ', '\u0000', '\ud800'),
        (at, character) => {
          const changed = note.slice(0, at) + character + note.slice(at + 1);
          if (changed !== note) assert.match(refusal(changed, [signer]), /^invalid(Input|Signature)$/);
          const without = note.slice(0, at) + note.slice(at + 1);
          assert.match(refusal(without, [signer]), /^invalid(Input|Signature)$/);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('that is malformed or beyond the bounds is refused', () => {
    const signer = newSigner();
    const note = signNote('text\n', [signer]);
    const line = note.slice('text\n\n'.length);
    const bad = [
      '',
      'text\n',
      'text\n\n',
      `text\n${line}`,
      note.slice(0, -1),
      `${note}\n`,
      `${note}garbage\n`,
      note.replace('\u2014 ', '- '),
      note.replace(' log', '  log'),
      note.replace('log.example', 'log+example'),
      note.replace('text', 'te\u0001xt'),
      note.replace('text', 'te\rxt'),
      note.replace('text', 'te\ud800xt'),
      `text\n\n\u2014 log.example AAAA\n`,
      `text\n\n${line.repeat(17)}`,
      `${'x'.repeat(NOTE_CHARACTERS_MAX)}${note}`,
    ];
    for (const text of bad)
      assert.equal(refusal(text, [signer]), 'invalidInput', JSON.stringify(text.slice(0, 80)));
    assert.equal(refusal(`text\n\n${line.repeat(16)}`, [signer]), 'opened');
    assert.throws(() => signNote('no newline', [signer]), { code: 'invalidInput' });
    assert.throws(() => signNote('tab\t\n', [signer]), { code: 'invalidInput' });
  });
});

describe('a verifier key', () => {
  it('is read back from its text, plus signs in the base64 included', () => {
    for (let count = 0; count < 50; count += 1) {
      const signer = newSigner();
      const verifier = parseVerifierKey(printVerifierKey(signer));
      assert.equal(verifier.keyId, signer.keyId);
      assert.equal(openNote(signNote('text\n', [signer]), [verifier]).text, 'text\n');
    }
  });

  it('with a false hash, of another kind or form is refused', () => {
    const bad = [
      '',
      'example.com/foo',
      EXAMPLE.vkey.replace('530d903a', '530d903b'),
      EXAMPLE.vkey.replace('530d903a', '530D903A'),
      EXAMPLE.vkey.replace('foo', 'fox'),
      EXAMPLE.vkey.replace('foo', 'f o'),
      EXAMPLE.vkey.replace('+Ae', '+Be'),
      EXAMPLE.vkey.slice(0, -4),
      `${EXAMPLE.vkey}\n`,
      `+${EXAMPLE.vkey}`,
    ];
    for (const text of bad) assert.throws(() => parseVerifierKey(text), { code: 'invalidInput' }, text);
  });

  it('needs an Ed25519 key and a name without white space or plus', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    for (const name of ['', 'a b', 'a+b', 'a\nb', 'a\u2003b', 'a\u0085b', 'a\ud800', 'x'.repeat(256)]) {
      assert.throws(() => noteSigner(name, privateKey), { code: 'invalidInput' }, JSON.stringify(name));
    }
    const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    assert.throws(() => noteSigner('log', elliptic.privateKey), { code: 'invalidInput' });
    assert.throws(() => noteVerifier('log', elliptic.publicKey), { code: 'invalidInput' });
    assert.throws(() => noteSigner('log', publicKey), { code: 'invalidInput' });
    const again = createPrivateKey(privateKey.export({ format: 'pem', type: 'pkcs8' }));
    assert.equal(noteSigner('log', again).keyId, noteVerifier('log', publicKey).keyId);
  });
});
