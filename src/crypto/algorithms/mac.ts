// Message authentication: HMAC (FIPS 198-1), AES-CMAC (NIST SP 800-38B), AES-GMAC (SP 800-38D).
// A tag must have the length that the caller expects, else an attacker would choose how much of it is checked.

import { createHmac, createMac, type KeyObject } from 'node:crypto';
import { must } from '../../base/assert.ts';
import { type Bytes, EMPTY_BYTES, equalSecret } from '../../base/bytes.ts';
import { type Digest, MECHANISMS, type MechanismOfKind } from '../../domain/algorithms.ts';
import { EVERY_DIGEST, perDigest } from '../../domain/mechanisms.ts';
import { NODE_DIGESTS } from '../node-crypto.ts';
import { AEAD_ROWS } from './aead.ts';
import { checkedIv, chosenLength } from './checks.ts';
import type { MacParameters, MacRow } from './kinds.ts';

type MacMechanism = MechanismOfKind<'mac'>;

/** What takes one part after the other, and then gives the whole tag. */
interface Running {
  update(part: Bytes): unknown;
  end(): Bytes;
}

/** `fullTag` gets a checked IV; the row cuts what it returns to the length asked for. */
function macRow(
  mechanism: MacMechanism,
  fullTag: (key: KeyObject, message: Bytes, iv: Bytes) => Bytes,
  begin?: (key: KeyObject) => Running,
): MacRow {
  const compute = (key: KeyObject, message: Bytes, parameters: MacParameters = {}): Bytes => {
    const length = chosenLength('tagBytes', MECHANISMS[mechanism].tagBytes, parameters.tagBytes);
    const iv = checkedIv(mechanism, parameters.iv);
    return fullTag(key, message, iv).subarray(0, length);
  };
  return {
    kind: 'mac',
    mac: compute,
    verify: (key, message, tag, parameters) => equalSecret(compute(key, message, parameters), tag),
    inParts(key, { iv, tagBytes } = {}) {
      if (begin === undefined) return undefined;
      const length = chosenLength('tagBytes', MECHANISMS[mechanism].tagBytes, tagBytes);
      checkedIv(mechanism, iv);
      const running = begin(key);
      return {
        update(part) {
          running.update(part);
          return EMPTY_BYTES;
        },
        finish: () => running.end().subarray(0, length),
      };
    },
  };
}

/** A mechanism whose tag is the same however its message is cut. */
function runningMac(mechanism: MacMechanism, begin: (key: KeyObject) => Running): MacRow {
  const fullTag = (key: KeyObject, message: Bytes) => {
    const running = begin(key);
    running.update(message);
    return running.end();
  };
  return macRow(mechanism, fullTag, begin);
}

const hmac = (digest: Digest): MacRow =>
  runningMac(`hmac-${digest}`, key => {
    const running = createHmac(NODE_DIGESTS[digest], key);
    return { update: part => running.update(part), end: () => running.digest() };
  });

function beginCmac(key: KeyObject): Running {
  const keyBits = 8 * must(key.symmetricKeySize, 'a CMAC key is a secret key');
  const running = createMac('cmac', key, { cipher: `aes-${keyBits}-cbc` });
  return { update: part => running.update(part), end: () => running.final() };
}

/** SP 800-38D section 3: GMAC is GCM of an empty plaintext, and its message is associated data. */
function gmacTag(key: KeyObject, message: Bytes, iv: Bytes): Bytes {
  return AEAD_ROWS['aes-gcm'].encrypt(key, { iv, plaintext: EMPTY_BYTES, associatedData: message }).tag;
}

export const MAC_ROWS = {
  'aes-cmac': runningMac('aes-cmac', beginCmac),
  'aes-gmac': macRow('aes-gmac', gmacTag),
  ...perDigest('hmac', EVERY_DIGEST, hmac),
} as const satisfies Record<MacMechanism, MacRow>;
