// Known answers for every mechanism and every algorithm: data. They were recorded with the code that passes the published vectors
// (test/vectors), from keys that count upwards or are published, and stay as they are: test/vectors/known-answers.test.ts says how.

import { tableKeys } from '../../base/table.ts';
import type { KeyAlgorithm, Mechanism } from '../../domain/algorithms.ts';
import answers from './known-answers.json' with { type: 'json' };

/** Bytes are base64. */
export interface KnownAnswer {
  readonly mechanism: Mechanism;
  readonly algorithm: KeyAlgorithm;
  /** The message, plaintext, material, encapsulated key or public key of the peer; of derivations nothing. */
  readonly input: string;
  readonly output: string;
  readonly iv?: string;
  readonly salt?: string;
  readonly info?: string;
  readonly iterations?: number;
}

export const KNOWN_ANSWERS = answers.answers as readonly KnownAnswer[];

/** Raw bytes, PKCS#8 of pairs, or SubjectPublicKeyInfo where nothing but verification is tested. */
export const KNOWN_KEYS = answers.keys as Readonly<Partial<Record<KeyAlgorithm, string>>>;

/** FIPS 140-3 IG 10.3.A: one set of parameters stands for those that the same code computes. */
const STAND_INS = {
  'rsa-1024': 'rsa-2048',
  'slh-dsa-sha2-128f': 'slh-dsa-sha2-128s',
  'slh-dsa-sha2-192s': 'slh-dsa-sha2-128s',
  'slh-dsa-sha2-192f': 'slh-dsa-sha2-128s',
  'slh-dsa-sha2-256s': 'slh-dsa-sha2-128s',
  'slh-dsa-sha2-256f': 'slh-dsa-sha2-128s',
  'slh-dsa-shake-128f': 'slh-dsa-shake-128s',
  'slh-dsa-shake-192s': 'slh-dsa-shake-128s',
  'slh-dsa-shake-192f': 'slh-dsa-shake-128s',
  'slh-dsa-shake-256s': 'slh-dsa-shake-128s',
  'slh-dsa-shake-256f': 'slh-dsa-shake-128s',
} as const satisfies Partial<Record<KeyAlgorithm, KeyAlgorithm>>;

export const STOOD_IN_FOR: readonly KeyAlgorithm[] = tableKeys(STAND_INS);
