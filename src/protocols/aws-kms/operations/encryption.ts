// Encrypt, Decrypt and ReEncrypt under symmetric keys.

import type { Bytes } from '../../../base/bytes.ts';
import { decrypt } from '../../../core/operations/crypto/decrypt.ts';
import { encrypt } from '../../../core/operations/crypto/encrypt.ts';
import { reencrypt } from '../../../core/operations/crypto/reencrypt.ts';
import { AwsRefusal, validationRefusal } from '../fault.ts';
import {
  DRY_RUN,
  DRY_RUN_MODIFIERS,
  ENCRYPTION_ALGORITHM,
  ENCRYPTION_CONTEXT,
  GRANT_TOKENS,
  KEY_ID,
  RECIPIENT,
} from '../model/members.ts';
import { blob, optional, required, secretBlob } from '../model/shapes.ts';
import { violated, violationRefusal } from '../model/violations.ts';
import { arnOfKey, selectKey } from '../names.ts';
import { operation } from '../operation.ts';
import { cryptographicRequest, messageContext, perform } from '../request.ts';
import { withServiceKey } from '../service-keys.ts';

const SYMMETRIC = 'SYMMETRIC_DEFAULT';
const CIPHERTEXT = blob(1, 6144);

/** The keys that encrypt here are symmetric ones, and they have one algorithm. */
function requireSymmetricDefault(algorithm: string | undefined): void {
  if (algorithm === undefined || algorithm === SYMMETRIC) return;
  throw new AwsRefusal('incompatibleAlgorithm', {
    type: 'InvalidKeyUsageException',
    message: `Algorithm ${algorithm} is incompatible with key spec ${SYMMETRIC}.`,
  });
}

export const encryptOperation = operation(
  {
    KeyId: required(KEY_ID),
    Plaintext: required(secretBlob(1, 4096)),
    EncryptionContext: ENCRYPTION_CONTEXT,
    GrantTokens: GRANT_TOKENS,
    EncryptionAlgorithm: optional(ENCRYPTION_ALGORITHM),
    DryRun: DRY_RUN,
  },
  async (request, input) => {
    const key = selectKey(input.KeyId, request.region);
    requireSymmetricDefault(input.EncryptionAlgorithm);
    const asked = cryptographicRequest(request, input.DryRun, input.EncryptionContext);
    const context = messageContext(input.EncryptionContext);
    const sealed = await withServiceKey(asked, key, () =>
      perform(asked, encrypt, { key, plaintext: input.Plaintext, context }),
    );
    return {
      CiphertextBlob: sealed.ciphertext,
      KeyId: arnOfKey(sealed.by),
      EncryptionAlgorithm: SYMMETRIC,
    };
  },
);

export const decryptOperation = operation(
  {
    CiphertextBlob: optional(CIPHERTEXT),
    EncryptionContext: ENCRYPTION_CONTEXT,
    GrantTokens: GRANT_TOKENS,
    KeyId: optional(KEY_ID),
    EncryptionAlgorithm: optional(ENCRYPTION_ALGORITHM),
    Recipient: RECIPIENT,
    DryRun: DRY_RUN,
    DryRunModifiers: DRY_RUN_MODIFIERS,
  },
  async (request, input) => {
    const ciphertext = readCiphertext(input, input.KeyId, 'keyId');
    const key = input.KeyId === undefined ? undefined : selectKey(input.KeyId, request.region);
    requireSymmetricDefault(input.EncryptionAlgorithm);
    const asked = cryptographicRequest(request, input.DryRun, input.EncryptionContext);
    const context = messageContext(input.EncryptionContext);
    const opened = await withServiceKey(asked, key, () =>
      perform(asked, decrypt, { ciphertext, key, location: request.region, context }),
    );
    return {
      KeyId: arnOfKey(opened.by),
      Plaintext: opened.plaintext,
      EncryptionAlgorithm: SYMMETRIC,
      KeyMaterialId: opened.by.version.materialId,
    };
  },
);

export const reEncryptOperation = operation(
  {
    CiphertextBlob: optional(CIPHERTEXT),
    SourceEncryptionContext: ENCRYPTION_CONTEXT,
    SourceKeyId: optional(KEY_ID),
    DestinationKeyId: required(KEY_ID),
    DestinationEncryptionContext: ENCRYPTION_CONTEXT,
    SourceEncryptionAlgorithm: optional(ENCRYPTION_ALGORITHM),
    DestinationEncryptionAlgorithm: optional(ENCRYPTION_ALGORITHM),
    GrantTokens: GRANT_TOKENS,
    DryRun: DRY_RUN,
    DryRunModifiers: DRY_RUN_MODIFIERS,
  },
  async (request, input) => {
    const ciphertext = readCiphertext(input, input.SourceKeyId, 'sourceKeyId');
    const from = input.SourceKeyId === undefined ? undefined : selectKey(input.SourceKeyId, request.region);
    const to = selectKey(input.DestinationKeyId, request.region);
    requireSymmetricDefault(input.SourceEncryptionAlgorithm);
    requireSymmetricDefault(input.DestinationEncryptionAlgorithm);
    const asked = cryptographicRequest(request, input.DryRun);
    const source = {
      ciphertext,
      key: from,
      location: request.region,
      context: messageContext(input.SourceEncryptionContext),
    };
    const destination = { key: to, context: messageContext(input.DestinationEncryptionContext) };
    const moved = await withServiceKey(asked, to, () => perform(asked, reencrypt, { source, destination }));
    return {
      CiphertextBlob: moved.ciphertext,
      SourceKeyId: arnOfKey(moved.from),
      KeyId: arnOfKey(moved.by),
      SourceEncryptionAlgorithm: SYMMETRIC,
      DestinationEncryptionAlgorithm: SYMMETRIC,
      SourceKeyMaterialId: moved.from.version.materialId,
      DestinationKeyMaterialId: moved.by.version.materialId,
    };
  },
);

interface CiphertextInput {
  readonly CiphertextBlob?: Bytes | undefined;
  readonly DryRun?: boolean | undefined;
  readonly DryRunModifiers?: readonly string[] | undefined;
}

/** Undefined for a dry run that is to ignore the ciphertext, which has to name the key then. */
function readCiphertext(
  input: CiphertextInput,
  keyId: string | undefined,
  keyField: string,
): Bytes | undefined {
  const ignored = input.DryRunModifiers?.includes('IGNORE_CIPHERTEXT') ?? false;
  if (ignored && input.DryRun !== true) {
    throw validationRefusal('DryRunModifiers can be specified only together with DryRun.');
  }
  if (ignored && keyId === undefined) {
    throw validationRefusal(`The dry run modifier IGNORE_CIPHERTEXT requires ${keyField}.`);
  }
  if (!ignored && input.CiphertextBlob === undefined) {
    throw violationRefusal([violated('ciphertextBlob', 'Member must not be null', null)]);
  }
  return ignored ? undefined : input.CiphertextBlob;
}
