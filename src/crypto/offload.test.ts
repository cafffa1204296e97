import assert from 'node:assert/strict';
import { constants, generateKeyPairSync, publicDecrypt } from 'node:crypto';
import { test } from 'node:test';
import { utf8 } from '../base/bytes.ts';
import { JobRefused, offload } from './offload.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

test('a job runs beside the event loop and answers with bytes', async () => {
  const input = utf8('padded and signed');
  let turns = 0;
  const ticking = setInterval(() => {
    turns += 1;
  }, 0);
  const signatures = await Promise.all(
    Array.from({ length: 64 }, () => offload('rsaSignPadded', { privateKey, input })),
  );
  clearInterval(ticking);
  for (const signature of signatures) {
    const recovered = publicDecrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, signature);
    assert.deepEqual(Uint8Array.from(recovered), input);
  }
  assert.ok(turns > 0, 'the event loop turned meanwhile');
});

test('a job that throws is a refusal, and its worker serves on', async () => {
  const tooLong = new Uint8Array(300);
  await assert.rejects(offload('rsaSignPadded', { privateKey, input: tooLong }), JobRefused);
  assert.equal((await offload('rsaSignPadded', { privateKey, input: utf8('again') })).length, 256);
});

test('more jobs than may wait are told overloaded, and the others are served', async () => {
  const input = utf8('one of many');
  const jobs = Array.from({ length: 1200 }, () => offload('rsaSignPadded', { privateKey, input }));
  const settled = await Promise.allSettled(jobs);
  const refused = settled.filter(outcome => outcome.status === 'rejected');
  assert.ok(refused.length > 0);
  for (const outcome of refused) assert.equal(outcome.reason.code, 'overloaded');
  assert.ok(settled.length - refused.length >= 1024);
});
