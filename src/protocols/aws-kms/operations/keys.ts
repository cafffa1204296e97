// Keys: made, described, listed, and when they were last used.

import { createKey } from '../../../core/operations/keys/create-key.ts';
import { describeKey } from '../../../core/operations/keys/describe-key.ts';
import { readLastUse } from '../../../core/operations/keys/last-use.ts';
import { listKeys as listKeysOfProject } from '../../../core/operations/keys/list-keys.ts';
import { updateKey } from '../../../core/operations/keys/update-key.ts';
import { ALL_KEY_STATES } from '../../../domain/key-state.ts';
import { unsupportedRefusal, validationRefusal } from '../fault.ts';
import { DESCRIPTION, GRANT_TOKENS, KEY_ID, page, TAGS } from '../model/members.ts';
import { FLAG, notOffered, oneOf, optional, required, text } from '../model/shapes.ts';
import { arnOfKey, selectKey, selectKeyById } from '../names.ts';
import { operation } from '../operation.ts';
import { printPage, readPage } from '../page.ts';
import { perform } from '../request.ts';
import { withServiceKey } from '../service-keys.ts';
import {
  ALL_KEY_SPECS,
  ALL_KEY_USAGES,
  type AwsKeyUsage,
  KEY_SPECS,
  KEY_USAGES,
  type KeySpec,
  kindOf,
  LAST_USES,
} from '../words.ts';
import { keyMetadata, seconds } from './key-metadata.ts';
import { readTags } from './tags.ts';

const isFalse = (value: boolean): boolean => !value;

export const createKeyOperation = operation(
  {
    Policy: notOffered(text(1, 131_072)),
    Description: optional(DESCRIPTION),
    KeyUsage: optional(oneOf(ALL_KEY_USAGES)),
    CustomerMasterKeySpec: optional(oneOf(ALL_KEY_SPECS.filter(spec => !/^ML_/.test(spec)))),
    KeySpec: optional(oneOf(ALL_KEY_SPECS)),
    Origin: notOffered(
      oneOf(['AWS_KMS', 'EXTERNAL', 'AWS_CLOUDHSM', 'EXTERNAL_KEY_STORE']),
      origin => origin === 'AWS_KMS',
    ),
    CustomKeyStoreId: notOffered(text(1, 64), undefined, 'CustomKeyStoreNotFoundException'),
    BypassPolicyLockoutSafetyCheck: notOffered(FLAG, isFalse),
    Tags: optional(TAGS),
    MultiRegion: notOffered(FLAG, isFalse),
    XksKeyId: notOffered(text(1, 128, /^[a-zA-Z0-9-_.]+$/)),
  },
  async (request, input) => {
    const { spec, usage } = chooseKind(input.KeySpec, input.CustomerMasterKeySpec, input.KeyUsage);
    if (spec !== 'SYMMETRIC_DEFAULT') {
      throw unsupportedRefusal(
        `KeySpec ${spec} is not supported here: keys are made with SYMMETRIC_DEFAULT.`,
      );
    }
    const made = await perform(request, createKey, {
      algorithm: KEY_SPECS[spec].algorithm,
      usages: KEY_USAGES[usage],
      location: request.region,
      description: input.Description,
      tags: input.Tags === undefined ? undefined : readTags(input.Tags),
    });
    return { KeyMetadata: keyMetadata(made) };
  },
);

function chooseKind(
  keySpec: KeySpec | undefined,
  deprecatedSpec: KeySpec | undefined,
  keyUsage: AwsKeyUsage | undefined,
): { readonly spec: KeySpec; readonly usage: AwsKeyUsage } {
  if (keySpec !== undefined && deprecatedSpec !== undefined) {
    throw validationRefusal(
      'You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated.',
    );
  }
  const spec = keySpec ?? deprecatedSpec ?? 'SYMMETRIC_DEFAULT';
  if (keyUsage === undefined && spec !== 'SYMMETRIC_DEFAULT') {
    throw validationRefusal(
      'You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.',
    );
  }
  const usage = keyUsage ?? 'ENCRYPT_DECRYPT';
  if (!(usage in KEY_SPECS[spec].uses)) {
    throw validationRefusal(`KeyUsage ${usage} is not compatible with KeySpec ${spec}`);
  }
  return { spec, usage };
}

export const describeKeyOperation = operation(
  { KeyId: required(KEY_ID), GrantTokens: GRANT_TOKENS },
  async (request, input) => {
    const key = selectKey(input.KeyId, request.region);
    const found = await withServiceKey(request, key, () => perform(request, describeKey, { key }));
    return { KeyMetadata: keyMetadata(found) };
  },
);

/** Destroyed keys are gone for AWS's callers, and a key without words of AWS's cannot be told about: neither is listed. */
export const listKeysOperation = operation(page(1000), async (request, input) => {
  const found = await perform(request, listKeysOfProject, {
    page: readPage(request, input, 100),
    location: request.region,
    states: ALL_KEY_STATES.filter(state => state !== 'destroyed'),
  });
  const { project } = found;
  return {
    Keys: found.items
      .filter(key => kindOf(key) !== undefined)
      .map(key => ({ KeyId: key.id, KeyArn: arnOfKey({ key, project }) })),
    ...printPage(request, found),
  };
});

export const updateKeyDescriptionOperation = operation(
  { KeyId: required(KEY_ID), Description: required(DESCRIPTION) },
  async (request, input) => {
    const key = selectKeyById(input.KeyId, request.region);
    await perform(request, updateKey, { key, description: input.Description });
    return {};
  },
);

/** The audit log is where uses are kept, so tracking began with the key. */
export const getKeyLastUsageOperation = operation({ KeyId: required(KEY_ID) }, async (request, input) => {
  const key = selectKeyById(input.KeyId, request.region);
  const { of, entry: last } = await perform(request, readLastUse, { key });
  return {
    KeyId: of.key.id,
    KeyLastUsage:
      last === undefined
        ? undefined
        : {
            Operation: LAST_USES[last.entry.operation],
            Timestamp: seconds(last.entry.at),
            CloudTrailEventId: String(last.index),
            KmsRequestId: last.entry.requestId,
          },
    TrackingStartDate: seconds(of.key.createdAt),
    KeyCreationDate: seconds(of.key.createdAt),
  };
});
