// A public name for key material, docs/formats/wrapped-material.md: the same material under the same key has the same one, and it tells
// nothing else.

import { createHash, createHmac } from 'node:crypto';
import { type Bytes, concatBytes, hex, utf8 } from '../base/bytes.ts';
import { revealSecretBytes, type SecretBytes } from '../base/secret-bytes.ts';
import type { Random } from '../core/ports/clock.ts';
import { uuidBytes } from '../crypto/message.ts';

const SECRET_LABEL = utf8('keyhold material id v1');
const PUBLIC_LABEL = utf8('keyhold public material id v1');

/** 64 hex digits. The public key is given for pairs, and names them. */
export function materialId(keyId: string, material: SecretBytes, publicKey: Bytes | undefined): string {
  if (publicKey !== undefined) {
    return createHash('sha256').update(labelled(PUBLIC_LABEL, keyId)).update(publicKey).digest('hex');
  }
  // A hash that no mechanism uses: the id is no MAC that anybody could have asked for.
  return createHmac('sha512-256', revealSecretBytes(material))
    .update(labelled(SECRET_LABEL, keyId))
    .digest('hex');
}

/** For opaque keys and generic secrets: a password could be guessed from anything that is computed from it. */
export function randomMaterialId(random: Random): string {
  return hex(random.publicBytes(32));
}

function labelled(label: Bytes, keyId: string): Bytes {
  return concatBytes(label, Uint8Array.of(0), uuidBytes(keyId));
}
