// Key derivation: HKDF (RFC 5869), PBKDF2 (RFC 8018 section 5.2), SP 800-108 with HMAC in its three modes; and, for protocols that
// ask for them by name, one HMAC under the key (SP 800-108 of one block, without its counter) and a hash of the key.

import { createHash, createHmac, type KeyObject, hkdf as nodeHkdf, pbkdf2 as nodePbkdf2 } from 'node:crypto';
import { must } from '../../base/assert.ts';
import { type Bytes, concatBytes, EMPTY_BYTES, equalBytes, utf8, wipe } from '../../base/bytes.ts';
import { SecretBytes } from '../../base/secret-bytes.ts';
import { DIGESTS, type Digest, type MechanismOfKind } from '../../domain/algorithms.ts';
import { invalidInput, KmsError } from '../../domain/errors.ts';
import { EVERY_DIGEST, perDigest } from '../../domain/mechanisms.ts';
import { deriveCounterHmac, deriveFeedbackHmac, derivePipelineHmac } from '../kdf.ts';
import { NODE_DIGESTS } from '../node-crypto.ts';
import { runSlow } from '../slow.ts';
import { refuseParameters } from './checks.ts';
import type { DerivationRow } from './kinds.ts';

const DERIVED_BYTES_MAX = 65_536;
/** What the caller chooses of the input of one block. */
const INPUT_BYTES_MAX = 65_536;
/** Of all blocks together: a few seconds of one thread. */
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
      const iterationsMax = Math.floor(
        PBKDF2_ITERATIONS_MAX / Math.ceil(lengthBytes / DIGESTS[digest].bytes),
      );
      if (
        iterations === undefined ||
        !Number.isInteger(iterations) ||
        iterations < 1 ||
        iterations > iterationsMax
      ) {
        throw invalidInput('iterations', `must be 1 to ${iterationsMax} for this length`);
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

function checkInput(field: 'salt' | 'info', input: Bytes): void {
  if (input.length > INPUT_BYTES_MAX) throw invalidInput(field, `must have at most ${INPUT_BYTES_MAX} bytes`);
}

function feedbackHmac(digest: Digest): DerivationRow {
  return {
    kind: 'derivation',
    async derive(key, { lengthBytes, salt = EMPTY_BYTES, info = EMPTY_BYTES, ...others }) {
      refuseParameters(`sp800-108-feedback-hmac-${digest}`, others);
      checkLength(lengthBytes, DERIVED_BYTES_MAX);
      checkInput('salt', salt);
      checkInput('info', info);
      return deriveFeedbackHmac(digest, key, salt, info, lengthBytes);
    },
  };
}

function pipelineHmac(digest: Digest): DerivationRow {
  return {
    kind: 'derivation',
    async derive(key, { lengthBytes, info = EMPTY_BYTES, ...others }) {
      refuseParameters(`sp800-108-pipeline-hmac-${digest}`, others);
      checkLength(lengthBytes, DERIVED_BYTES_MAX);
      checkInput('info', info);
      return derivePipelineHmac(digest, key, info, lengthBytes);
    },
  };
}

/** AWS Signature Version 4: one HMAC after another over date, region and service, which the info joins by slashes as a credential scope does. */
const awsSigV4: DerivationRow = {
  kind: 'derivation',
  async derive(key, { lengthBytes, info = EMPTY_BYTES, ...others }) {
    refuseParameters('aws-sigv4', others);
    checkLength(lengthBytes, DIGESTS['sha-256'].bytes);
    checkInput('info', info);
    const scope = Buffer.from(info).toString('latin1').split('/');
    if (scope.length !== 3) throw invalidInput('info', 'must be date/region/service');
    const secret = key.export();
    let chained: Bytes = concatBytes(utf8('AWS4'), secret);
    wipe(secret);
    for (const part of [...scope.map(text => Buffer.from(text, 'latin1')), utf8('aws4_request')]) {
      const next = createHmac('sha256', chained).update(part).digest();
      wipe(chained);
      chained = next;
    }
    return leading(chained, lengthBytes);
  },
};

/** The beginning of every label in docs/formats, which stands behind a counter of four bytes. */
const OWN_LABELS = utf8('keyhold ');
const LABEL_OFFSET = 4;

/** The leading bytes of HMAC(key, info). */
function hmacKdf(digest: Digest): DerivationRow {
  return {
    kind: 'derivation',
    async derive(key, { lengthBytes, info = EMPTY_BYTES, ...others }) {
      refuseParameters(`hmac-kdf-${digest}`, others);
      checkLength(lengthBytes, DIGESTS[digest].bytes);
      checkInput('info', info);
      // What a key seals messages with is an HMAC under it: nobody derives the same.
      if (equalBytes(info.subarray(LABEL_OFFSET, LABEL_OFFSET + OWN_LABELS.length), OWN_LABELS))
        throw invalidInput('info', 'must not begin as what keys of messages are derived from');
      return leading(createHmac(NODE_DIGESTS[digest], key).update(info).digest(), lengthBytes);
    },
  };
}

/** HMAC hashes keys beyond its block, of 64 bytes at least: the hash of such a key would be as good as the key. */
const HASHED_KEY_BYTES_MAX = 64;

/** The leading bytes of the hash of the key. */
function hashKdf(digest: Digest): DerivationRow {
  const mechanism = `hash-kdf-${digest}` as const;
  return {
    kind: 'derivation',
    async derive(key: KeyObject, { lengthBytes, ...others }) {
      refuseParameters(mechanism, others);
      checkLength(lengthBytes, DIGESTS[digest].bytes);
      if (must(key.symmetricKeySize, 'a derivation key is a secret key') > HASHED_KEY_BYTES_MAX) {
        const message = `${mechanism} takes keys of at most ${HASHED_KEY_BYTES_MAX} bytes.`;
        throw new KmsError('incompatibleAlgorithm', message, { mechanism });
      }
      const material = key.export();
      try {
        return leading(createHash(NODE_DIGESTS[digest]).update(material).digest(), lengthBytes);
      } finally {
        wipe(material);
      }
    },
  };
}

function leading(whole: Bytes, lengthBytes: number): SecretBytes {
  const part = Uint8Array.from(whole.subarray(0, lengthBytes));
  wipe(whole);
  return SecretBytes.own(part);
}

export const DERIVATION_ROWS = {
  ...perDigest('hkdf', EVERY_DIGEST, hkdf),
  ...perDigest('pbkdf2', EVERY_DIGEST, pbkdf2),
  ...perDigest('sp800-108-counter-hmac', EVERY_DIGEST, counterHmac),
  ...perDigest('sp800-108-feedback-hmac', EVERY_DIGEST, feedbackHmac),
  ...perDigest('sp800-108-pipeline-hmac', EVERY_DIGEST, pipelineHmac),
  'aws-sigv4': awsSigV4,
  ...perDigest('hmac-kdf', EVERY_DIGEST, hmacKdf),
  ...perDigest('hash-kdf', EVERY_DIGEST, hashKdf),
} as const satisfies Record<MechanismOfKind<'derivation'>, DerivationRow>;
