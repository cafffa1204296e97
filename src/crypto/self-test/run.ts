// The self-test of the start: every mechanism computes its known answer anew, in the direction that has one answer, and refuses a changed
// one. What a broken library, a miscompiled runtime or a flipped bit computes must not protect anything.

import { createPublicKey, type KeyObject } from 'node:crypto';
import { must } from '../../base/assert.ts';
import { type Bytes, concatBytes, decodeBase64, equalBytes } from '../../base/bytes.ts';
import { revealSecretBytes, SecretBytes } from '../../base/secret-bytes.ts';
import { MECHANISMS, type MechanismKind } from '../../domain/algorithms.ts';
import { KmsError } from '../../domain/errors.ts';
import type { RowOfKind } from '../algorithms/kinds.ts';
import { mechanismRow } from '../algorithms/table.ts';
import { openKeyMaterial } from '../key-material.ts';
import { isAsymmetric, parsePublicKey } from '../key-parsing.ts';
import { KNOWN_ANSWERS, KNOWN_KEYS, type KnownAnswer } from './known-answers.ts';

export interface SelfTestResult {
  readonly answers: number;
  readonly mechanisms: number;
  readonly algorithms: number;
}

/** An answer with its bytes and its key. */
interface Subject {
  readonly known: KnownAnswer;
  readonly key: KeyObject;
  readonly input: Bytes;
  readonly output: Bytes;
  readonly iv: Bytes | undefined;
}

/** Throws `internal`, naming the first mechanism and algorithm that fail. */
export async function runSelfTest(answers: readonly KnownAnswer[] = KNOWN_ANSWERS): Promise<SelfTestResult> {
  const keys = new Map<string, KeyObject>();
  for (const known of answers) {
    let fits: boolean;
    let cause: unknown;
    try {
      const key = keys.get(known.algorithm) ?? openKey(known);
      keys.set(known.algorithm, key);
      fits = await test(known, key);
    } catch (thrown) {
      fits = false;
      cause = thrown;
    }
    if (fits) continue;
    const { mechanism, algorithm } = known;
    const message = `The self-test failed: ${mechanism} with ${algorithm} does not give its known answer. Nothing may be computed with this runtime.`;
    throw new KmsError('internal', message, { mechanism, algorithm }, cause);
  }
  return {
    answers: answers.length,
    mechanisms: new Set(answers.map(({ mechanism }) => mechanism)).size,
    algorithms: keys.size,
  };
}

async function test(known: KnownAnswer, key: KeyObject): Promise<boolean> {
  const { mechanism } = known;
  const subject: Subject = {
    known,
    key,
    input: bytesOf(known.input),
    output: bytesOf(known.output),
    iv: known.iv === undefined ? undefined : bytesOf(known.iv),
  };
  return testAs(MECHANISMS[mechanism].kind, subject);
}

function testAs<Kind extends MechanismKind>(kind: Kind, subject: Subject): Promise<boolean> {
  const { mechanism, algorithm } = subject.known;
  return TESTS[kind](mechanismRow(kind, mechanism, algorithm), subject);
}

const TESTS: {
  readonly [Kind in MechanismKind]: (row: RowOfKind[Kind], subject: Subject) => Promise<boolean>;
} = {
  async aead(row, { key, input, output, iv }) {
    const message = { iv: must(iv, 'an AEAD has an IV'), plaintext: input, associatedData: input };
    const { ciphertext, tag } = row.encrypt(key, message);
    const sealed = { ...message, ciphertext, tag };
    return (
      equalBytes(concatBytes(ciphertext, tag), output) &&
      isSecret(row.decrypt(key, sealed), input) &&
      refuses(() => row.decrypt(key, { ...sealed, tag: changed(tag) }))
    );
  },
  async cipher(row, { key, input, output, iv }) {
    const ciphertext = row.encrypt(key, { iv, plaintext: input });
    return equalBytes(ciphertext, output) && isSecret(row.decrypt(key, { iv, ciphertext }), input);
  },
  async keyWrap(row, { key, input, output }) {
    return (
      equalBytes(row.wrap(key, input), output) &&
      isSecret(row.unwrap(key, output), input) &&
      refuses(() => row.unwrap(key, changed(output)))
    );
  },
  async mac(row, { key, input, output, iv }) {
    return (
      equalBytes(row.mac(key, input, { iv }), output) &&
      row.verify(key, input, output, { iv }) &&
      !row.verify(key, input, changed(output), { iv })
    );
  },
  async signature(row, { known, key, input, output }) {
    const publicKey = key.type === 'public' ? key : createPublicKey(key);
    const { verifyOnly = false } = MECHANISMS[known.mechanism];
    const isOne = DETERMINISTIC.test(known.mechanism) && !verifyOnly;
    const again = isOne ? await row.sign(key, input) : output;
    return (
      equalBytes(again, output) &&
      (await row.verify(publicKey, input, output)) &&
      !(await row.verify(publicKey, changed(input), output))
    );
  },
  async asymmetricEncryption(row, { key, input, output }) {
    const again = await row.encrypt(createPublicKey(key), input);
    return isSecret(await row.decrypt(key, output), input) && isSecret(await row.decrypt(key, again), input);
  },
  async agreement(row, { known: { algorithm }, key, input, output }) {
    const peer = must(isAsymmetric(algorithm) ? parsePublicKey(algorithm, input) : undefined, 'pairs agree');
    return isSecret(await row.agree(key, peer), output);
  },
  async encapsulation(row, { key, input, output }) {
    const made = await row.encapsulate(createPublicKey(key));
    using shared = made.sharedSecret;
    return (
      isSecret(await row.decapsulate(key, input), output) &&
      isSecret(await row.decapsulate(key, made.ciphertext), revealSecretBytes(shared))
    );
  },
  async derivation(row, { known: { salt, info, iterations }, key, output }) {
    const derived = await row.derive(key, {
      lengthBytes: output.length,
      salt: salt === undefined ? undefined : bytesOf(salt),
      info: info === undefined ? undefined : bytesOf(info),
      iterations,
    });
    return isSecret(derived, output);
  },
};

/** Mechanisms that give one signature for each message. */
const DETERMINISTIC = /^(?:rsassa-|ed25519|ed448)/;

function openKey({ algorithm }: KnownAnswer): KeyObject {
  const bytes = bytesOf(must(KNOWN_KEYS[algorithm], `the self-test has a key of ${algorithm}`));
  if (algorithm.startsWith('slh-dsa') && isAsymmetric(algorithm)) return parsePublicKey(algorithm, bytes);
  using material = SecretBytes.own(bytes);
  return openKeyMaterial(algorithm, material);
}

function bytesOf(text: string): Bytes {
  return must(decodeBase64(text), 'a known answer is base64');
}

function isSecret(secret: SecretBytes, expected: Bytes): boolean {
  using shown = secret;
  return equalBytes(revealSecretBytes(shown), expected);
}

function refuses(attempt: () => SecretBytes): boolean {
  try {
    attempt()[Symbol.dispose]();
    return false;
  } catch (thrown) {
    return thrown instanceof KmsError && thrown.code === 'invalidCiphertext';
  }
}

/** In its last bit. */
function changed(bytes: Bytes): Bytes {
  return bytes.map((byte, at) => (at === bytes.length - 1 ? byte ^ 1 : byte));
}
