import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import { base64, hex } from '../base/bytes.ts';
import { openCheckpoint, parseCheckpointBody, printCheckpointBody, signCheckpoint } from './checkpoint.ts';
import { EMPTY_ROOT, leafHash } from './merkle.ts';
import { noteSigner, signNote } from './signed-note.ts';

const rootHash = leafHash(new Uint8Array(1));
const ROOT = base64(rootHash);

function newSigner(name = 'log.example/audit') {
  return noteSigner(name, generateKeyPairSync('ed25519').privateKey);
}

describe('a checkpoint', () => {
  it('has three lines and is read back', () => {
    const body = 'example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n';
    const checkpoint = parseCheckpointBody(body);
    assert.equal(checkpoint.origin, 'example.com/behind-the-sofa');
    assert.equal(checkpoint.size, 20_852_163);
    assert.equal(printCheckpointBody(checkpoint), body);
  });

  it('of another form is refused', () => {
    const bad = [
      '',
      '\n',
      `\n1\n${ROOT}\n`,
      `log\n1\n${ROOT}`,
      `log\n1\n${ROOT}\nextension\n`,
      `log\n1\n${ROOT}\n\n`,
      `log\n01\n${ROOT}\n`,
      `log\n-1\n${ROOT}\n`,
      `log\n+1\n${ROOT}\n`,
      `log\n1 \n${ROOT}\n`,
      `log\n1e3\n${ROOT}\n`,
      `log\n\n${ROOT}\n`,
      `log\n9007199254740992\n${ROOT}\n`,
      `log\n99999999999999999999\n${ROOT}\n`,
      `log\n1\n${ROOT.slice(0, -1)}\n`,
      `log\n1\n${ROOT.slice(4)}\n`,
      `log\n1\n${ROOT} \n`,
      `log\n0\n${ROOT}\n`,
    ];
    for (const body of bad)
      assert.throws(() => parseCheckpointBody(body), { code: 'invalidInput' }, JSON.stringify(body));
    assert.equal(parseCheckpointBody(`log\n0\n${base64(EMPTY_ROOT)}\n`).size, 0);
    assert.throws(() => printCheckpointBody({ origin: 'a\nb', size: 1, rootHash }), { code: 'invalidInput' });
    assert.throws(() => printCheckpointBody({ origin: 'a', size: 0.5, rootHash }), { code: 'invalidInput' });
  });

  it('is opened by the keys of its log alone', () => {
    const [signer, rotated, stranger] = [newSigner(), newSigner(), newSigner('other.example')];
    const note = signCheckpoint({ size: 7, rootHash }, signer);
    const { origin, size, rootHash: root } = openCheckpoint(note, [rotated, signer]);
    assert.deepEqual([origin, size, hex(root)], ['log.example/audit', 7, hex(rootHash)]);
    assert.throws(() => openCheckpoint(note, [rotated]), { code: 'invalidSignature' });
    assert.throws(() => openCheckpoint(note.replace('\n7\n', '\n8\n'), [signer]), {
      code: 'invalidSignature',
    });
    // A key of another log may cosign, but cannot speak for this one.
    const body = printCheckpointBody({ origin: 'log.example/audit', size: 7, rootHash });
    assert.throws(() => openCheckpoint(signNote(body, [stranger]), [stranger, signer]), {
      code: 'invalidSignature',
    });
    assert.equal(openCheckpoint(signNote(body, [stranger, signer]), [stranger, signer]).size, 7);
  });

  it('with extension lines is refused even when its signature is good', () => {
    const signer = newSigner();
    const note = signNote(`${signer.name}\n7\n${ROOT}\nextension\n`, [signer]);
    assert.throws(() => openCheckpoint(note, [signer]), { code: 'invalidInput' });
  });
});
