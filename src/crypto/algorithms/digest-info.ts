// DigestInfo: what PKCS #1 v1.5 signs in place of a message.

import { must } from '../../base/assert.ts';
import { type Bytes, concatBytes, decodeHex } from '../../base/bytes.ts';
import type { Digest } from '../../domain/algorithms.ts';

// RFC 8017 section 9.2 note 1, and the NIST object identifiers 2.16.840.1.101.3.4.2.n.
const DIGEST_OIDS = {
  'sha-1': '06052b0e03021a',
  'sha-224': '0609608648016503040204',
  'sha-256': '0609608648016503040201',
  'sha-384': '0609608648016503040202',
  'sha-512': '0609608648016503040203',
  'sha3-224': '0609608648016503040207',
  'sha3-256': '0609608648016503040208',
  'sha3-384': '0609608648016503040209',
  'sha3-512': '060960864801650304020a',
} as const satisfies Record<Digest, string>;

/** DigestInfo in DER: the algorithm with parameters NULL, and the digest as an octet string. Every length here is below 128. */
export function digestInfo(digest: Digest, value: Bytes): Bytes {
  const oid = must(decodeHex(DIGEST_OIDS[digest]), 'object identifiers are hex');
  const algorithm = concatBytes(Uint8Array.of(0x30, oid.length + 2), oid, Uint8Array.of(0x05, 0x00));
  const octets = concatBytes(Uint8Array.of(0x04, value.length), value);
  return concatBytes(Uint8Array.of(0x30, algorithm.length + octets.length), algorithm, octets);
}
