// Key material that a caller brings: plain, or under the instance's import token.

import { type Bytes, decodeBase64 } from '../../../base/bytes.ts';
import type { SecretBytes } from '../../../base/secret-bytes.ts';
import type { IncomingMaterial } from '../../../core/operations/keys/incoming-material.ts';
import { fieldRefusal } from '../fault.ts';
import type { Members } from '../members.ts';
import { PROTOCOL_NAME } from '../names.ts';

/** By what the caller proves that it holds the material that it has sent under an import token. */
export interface ImportTokenProof {
  readonly encryptedNonce: Bytes;
  readonly iv: Bytes;
}

const MECHANISM = 'RSAES_OAEP_SHA_256';

/** Undefined where none of them is given: the material is plain. */
export function readImportTokenMembers(members: Members): ImportTokenProof | undefined {
  const encryptedNonce = readBytes(members, 'encryptedNonce');
  const iv = readBytes(members, 'iv');
  const mechanism = members.text('encryptionAlgorithm');
  if (encryptedNonce === undefined && iv === undefined && mechanism === undefined) return undefined;
  if (mechanism !== undefined && mechanism !== MECHANISM) {
    throw fieldRefusal('encryptionAlgorithm', `must be ${MECHANISM}`);
  }
  if (encryptedNonce === undefined) throw fieldRefusal('encryptedNonce', 'is required with an import token');
  if (iv === undefined) throw fieldRefusal('iv', 'is required with an import token');
  return { encryptedNonce, iv };
}

/** Nonces and their ciphertexts open nothing by themselves. */
function readBytes(members: Members, name: string): Bytes | undefined {
  const text = members.text(name, { max: 1_024 });
  if (text === undefined || text === '') return undefined;
  const bytes = decodeBase64(text);
  if (bytes === undefined) throw fieldRefusal(name, 'must be base64 encoded');
  return bytes;
}

/** The payload as the core takes it; `plain` is a guarded copy of the same bytes, which the caller disposes of. */
export function incomingMaterial(
  payload: Bytes,
  plain: SecretBytes,
  proof: ImportTokenProof | undefined,
): IncomingMaterial {
  if (proof === undefined) return { by: 'plain', material: plain };
  return { by: 'transport', owner: PROTOCOL_NAME, wrapped: payload, proof };
}
