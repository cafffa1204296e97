// Data keys and random bytes: made here, used elsewhere.

import { tableKeys } from '../../../base/table.ts';
import {
  generateDataKey,
  generateWrappedDataKey,
} from '../../../core/operations/crypto/generate-data-key.ts';
import { generateRandom } from '../../../core/operations/crypto/generate-random.ts';
import { validationRefusal } from '../fault.ts';
import { DRY_RUN, ENCRYPTION_CONTEXT, GRANT_TOKENS, KEY_ID, RECIPIENT } from '../model/members.ts';
import { integer, notOffered, oneOf, optional, required, text } from '../model/shapes.ts';
import { arnOfKey, selectKey } from '../names.ts';
import { operation } from '../operation.ts';
import { cryptographicRequest, messageContext, perform } from '../request.ts';
import { withServiceKey } from '../service-keys.ts';
import { DATA_KEY_SPECS, type DataKeySpec } from '../words.ts';

const BYTES = integer(1, 1024);

const dataKeyMembers = {
  KeyId: required(KEY_ID),
  EncryptionContext: ENCRYPTION_CONTEXT,
  KeySpec: optional(oneOf(tableKeys(DATA_KEY_SPECS))),
  NumberOfBytes: optional(BYTES),
  GrantTokens: GRANT_TOKENS,
  DryRun: DRY_RUN,
} as const;

export const generateDataKeyOperation = operation(
  { ...dataKeyMembers, Recipient: RECIPIENT },
  async (request, input) => {
    const bytes = dataKeyBytes(input.KeySpec, input.NumberOfBytes);
    const key = selectKey(input.KeyId, request.region);
    const asked = cryptographicRequest(request, input.DryRun, input.EncryptionContext);
    const context = messageContext(input.EncryptionContext);
    const made = await withServiceKey(asked, key, () =>
      perform(asked, generateDataKey, { key, bytes, context }),
    );
    return {
      CiphertextBlob: made.ciphertext,
      Plaintext: made.plaintext,
      KeyId: arnOfKey(made.by),
      KeyMaterialId: made.by.version.materialId,
    };
  },
);

export const generateDataKeyWithoutPlaintextOperation = operation(dataKeyMembers, async (request, input) => {
  const bytes = dataKeyBytes(input.KeySpec, input.NumberOfBytes);
  const key = selectKey(input.KeyId, request.region);
  const asked = cryptographicRequest(request, input.DryRun, input.EncryptionContext);
  const context = messageContext(input.EncryptionContext);
  const made = await withServiceKey(asked, key, () =>
    perform(asked, generateWrappedDataKey, { key, bytes, context }),
  );
  return {
    CiphertextBlob: made.ciphertext,
    KeyId: arnOfKey(made.by),
    KeyMaterialId: made.by.version.materialId,
  };
});

function dataKeyBytes(spec: DataKeySpec | undefined, bytes: number | undefined): number {
  const chosen = spec === undefined ? bytes : DATA_KEY_SPECS[spec];
  if (chosen === undefined || (spec !== undefined && bytes !== undefined)) {
    throw validationRefusal('Please specify either number of bytes or key spec.');
  }
  return chosen;
}

export const generateRandomOperation = operation(
  {
    NumberOfBytes: optional(BYTES),
    CustomKeyStoreId: notOffered(text(1, 64), undefined, 'CustomKeyStoreNotFoundException'),
    Recipient: RECIPIENT,
  },
  async (request, input) => {
    if (input.NumberOfBytes === undefined) throw validationRefusal('NumberOfBytes is required.');
    return { Plaintext: await perform(request, generateRandom, { bytes: input.NumberOfBytes }) };
  },
);
