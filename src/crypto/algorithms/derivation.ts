// Key derivation: HKDF (RFC 5869), PBKDF2 (RFC 8018 section 5.2), SP 800-108 counter mode with HMAC.

import { hkdf as nodeHkdf, pbkdf2 as nodePbkdf2 } from 'node:crypto';
import { EMPTY_BYTES, wipe } from '../../base/bytes.ts';
import { SecretBytes } from '../../base/secret-bytes.ts';
import { DIGESTS, type Digest, type MechanismOfKind } from '../../domain/algorithms.ts';
import { invalidInput } from '../../domain/errors.ts';
import { EVERY_DIGEST, perDigest } from '../../domain/mechanisms.ts';
import { deriveCounterHmac } from '../kdf.ts';
import { NODE_DIGESTS } from '../node-crypto.ts';
import { runSlow } from '../slow.ts';
import { refuseParameters } from './checks.ts';
import type { DerivationRow } from './kinds.ts';

const DERIVED_BYTES_MAX = 65_536;
const PBKDF2_ITERATIONS_MAX = 10_000_000;

function checkLength(lengthBytes: number, bytesMax: number): void {
  if (Number.isInteger(lengthBytes) && lengthBytes >= 1 && lengthBytes <= bytesMax) return;
  throw invalidInput('lengthBytes', `must be 1 to ${bytesMax}`);
}

function hkdf(digest: Digest): DerivationRow {
  // RFC 5869 section 2.3: L <= 255 * HashLen.
  const bytesMax = 255 * DIGESTS[digest].bytes;
  return {
    kind: 'derivation',
    async derive(key, { lengthBytes, salt = EMPTY_BYTES, info = EMPTY_BYTES, ...others }) {
      refuseParameters(`hkdf-${digest}`, others);
      checkLength(lengthBytes, bytesMax);
      if (info.length > 1024) throw invalidInput('info', 'must have at most 1024 bytes');
      const derived = await runSlow<ArrayBuffer>(done =>
        nodeHkdf(NODE_DIGESTS[digest], key, salt, info, lengthBytes, done),
      );
      return SecretBytes.own(new Uint8Array(derived));
    },
  };
}

function pbkdf2(digest: Digest): DerivationRow {
  return {
    kind: 'derivation',
    async derive(key, { lengthBytes, salt = EMPTY_BYTES, iterations, ...others }) {
      refuseParameters(`pbkdf2-${digest}`, others);
      checkLength(lengthBytes, DERIVED_BYTES_MAX);
      if (
        iterations === undefined ||
        !Number.isInteger(iterations) ||
        iterations < 1 ||
        iterations > PBKDF2_ITERATIONS_MAX
      ) {
        throw invalidInput('iterations', `must be 1 to ${PBKDF2_ITERATIONS_MAX}`);
      }
      const password = key.export();
      try {
        return SecretBytes.own(
          await runSlow<Buffer>(done =>
            nodePbkdf2(password, salt, iterations, lengthBytes, NODE_DIGESTS[digest], done),
          ),
        );
      } finally {
        wipe(password);
      }
    },
  };
}

function counterHmac(digest: Digest): DerivationRow {
  return {
    kind: 'derivation',
    async derive(key, { lengthBytes, info = EMPTY_BYTES, ...others }) {
      refuseParameters(`sp800-108-counter-hmac-${digest}`, others);
      checkLength(lengthBytes, DERIVED_BYTES_MAX);
      return deriveCounterHmac(digest, key, info, lengthBytes);
    },
  };
}

export const DERIVATION_ROWS = {
  ...perDigest('hkdf', EVERY_DIGEST, hkdf),
  ...perDigest('pbkdf2', EVERY_DIGEST, pbkdf2),
  ...perDigest('sp800-108-counter-hmac', EVERY_DIGEST, counterHmac),
} as const satisfies Record<MechanismOfKind<'derivation'>, DerivationRow>;
