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

/** `fullTag` gets a checked IV; the row cuts what it returns to the length asked for. */
function macRow(
  mechanism: MacMechanism,
  fullTag: (key: KeyObject, message: Bytes, iv: Bytes) => Bytes,
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
  };
}

const hmac = (digest: Digest): MacRow =>
  macRow(`hmac-${digest}`, (key, message) => createHmac(NODE_DIGESTS[digest], key).update(message).digest());

function cmacTag(key: KeyObject, message: Bytes): Bytes {
  const keyBits = 8 * must(key.symmetricKeySize, 'a CMAC key is a secret key');
  return createMac('cmac', key, { cipher: `aes-${keyBits}-cbc` })
    .update(message)
    .final();
}

/** SP 800-38D section 3: GMAC is GCM of an empty plaintext, and its message is associated data. */
function gmacTag(key: KeyObject, message: Bytes, iv: Bytes): Bytes {
  return AEAD_ROWS['aes-gcm'].encrypt(key, { iv, plaintext: EMPTY_BYTES, associatedData: message }).tag;
}

export const MAC_ROWS = {
  'aes-cmac': macRow('aes-cmac', cmacTag),
  'aes-gmac': macRow('aes-gmac', gmacTag),
  ...perDigest('hmac', EVERY_DIGEST, hmac),
} as const satisfies Record<MacMechanism, MacRow>;
