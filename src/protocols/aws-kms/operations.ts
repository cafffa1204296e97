// Every operation of AWS's model: served, or to be served later and refused until then. What is not in this table is unknown.

import { tableKeys } from '../../base/table.ts';
import type { AwsOperation } from './operation.ts';
import {
  createAliasOperation,
  deleteAliasOperation,
  listAliasesOperation,
  updateAliasOperation,
} from './operations/aliases.ts';
import {
  generateDataKeyOperation,
  generateDataKeyWithoutPlaintextOperation,
  generateRandomOperation,
} from './operations/data-keys.ts';
import { decryptOperation, encryptOperation, reEncryptOperation } from './operations/encryption.ts';
import {
  cancelKeyDeletionOperation,
  disableKeyOperation,
  enableKeyOperation,
  scheduleKeyDeletionOperation,
} from './operations/key-states.ts';
import {
  createKeyOperation,
  describeKeyOperation,
  getKeyLastUsageOperation,
  listKeysOperation,
  updateKeyDescriptionOperation,
} from './operations/keys.ts';
import {
  disableKeyRotationOperation,
  enableKeyRotationOperation,
  getKeyRotationStatusOperation,
  listKeyRotationsOperation,
  rotateKeyOnDemandOperation,
} from './operations/rotation.ts';
import {
  listResourceTagsOperation,
  tagResourceOperation,
  untagResourceOperation,
} from './operations/tags.ts';

export const OPERATIONS = {
  CancelKeyDeletion: cancelKeyDeletionOperation,
  ConnectCustomKeyStore: 'later',
  CreateAlias: createAliasOperation,
  CreateCustomKeyStore: 'later',
  CreateGrant: 'later',
  CreateKey: createKeyOperation,
  Decapsulate: 'later',
  Decrypt: decryptOperation,
  DeleteAlias: deleteAliasOperation,
  DeleteCustomKeyStore: 'later',
  DeleteImportedKeyMaterial: 'later',
  DeriveSharedSecret: 'later',
  DescribeCustomKeyStores: 'later',
  DescribeKey: describeKeyOperation,
  DisableKey: disableKeyOperation,
  DisableKeyRotation: disableKeyRotationOperation,
  DisconnectCustomKeyStore: 'later',
  EnableKey: enableKeyOperation,
  EnableKeyRotation: enableKeyRotationOperation,
  Encapsulate: 'later',
  Encrypt: encryptOperation,
  GenerateDataKey: generateDataKeyOperation,
  GenerateDataKeyPair: 'later',
  GenerateDataKeyPairWithoutPlaintext: 'later',
  GenerateDataKeyWithoutPlaintext: generateDataKeyWithoutPlaintextOperation,
  GenerateMac: 'later',
  GenerateRandom: generateRandomOperation,
  GetKeyLastUsage: getKeyLastUsageOperation,
  GetKeyPolicy: 'later',
  GetKeyRotationStatus: getKeyRotationStatusOperation,
  GetParametersForImport: 'later',
  GetPublicKey: 'later',
  ImportKeyMaterial: 'later',
  ListAliases: listAliasesOperation,
  ListGrants: 'later',
  ListKeyPolicies: 'later',
  ListKeyRotations: listKeyRotationsOperation,
  ListKeys: listKeysOperation,
  ListResourceTags: listResourceTagsOperation,
  ListRetirableGrants: 'later',
  PutKeyPolicy: 'later',
  ReEncrypt: reEncryptOperation,
  ReplicateKey: 'later',
  RetireGrant: 'later',
  RevokeGrant: 'later',
  RotateKeyOnDemand: rotateKeyOnDemandOperation,
  ScheduleKeyDeletion: scheduleKeyDeletionOperation,
  Sign: 'later',
  TagResource: tagResourceOperation,
  UntagResource: untagResourceOperation,
  UpdateAlias: updateAliasOperation,
  UpdateCustomKeyStore: 'later',
  UpdateKeyDescription: updateKeyDescriptionOperation,
  UpdatePrimaryRegion: 'later',
  Verify: 'later',
  VerifyMac: 'later',
} as const satisfies Record<string, AwsOperation | 'later'>;

export const OPERATION_NAMES = tableKeys(OPERATIONS);
