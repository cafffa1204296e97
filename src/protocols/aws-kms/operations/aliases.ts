// Aliases: names of keys in one account and region. Those under `alias/aws/` are the services'.

import type { KeySelector } from '../../../core/find-key.ts';
import { createName, deleteName, listNames, updateName } from '../../../core/operations/names/names.ts';
import { AwsRefusal, validationRefusal } from '../fault.ts';
import { ALIAS_NAME, KEY_ID, page } from '../model/members.ts';
import { optional, required } from '../model/shapes.ts';
import { aliasArn, aliasNamespace, selectKey, selectKeyById } from '../names.ts';
import { operation } from '../operation.ts';
import { printPage, readPage } from '../page.ts';
import { type AwsRequest, perform } from '../request.ts';
import { seconds } from './key-metadata.ts';

const ALIASES_PER_KEY_MAX = 50;

const aliasAndKey = { AliasName: required(ALIAS_NAME), TargetKeyId: required(KEY_ID) } as const;

export const createAliasOperation = operation(aliasAndKey, async (request, input) => {
  await perform(request, createName, {
    ...readAlias(request, input.AliasName),
    key: selectTarget(request, input.TargetKeyId),
    namesPerKeyMax: ALIASES_PER_KEY_MAX,
  });
  return {};
});

export const updateAliasOperation = operation(aliasAndKey, async (request, input) => {
  await perform(request, updateName, {
    ...readAlias(request, input.AliasName),
    key: selectTarget(request, input.TargetKeyId),
    namesPerKeyMax: ALIASES_PER_KEY_MAX,
  });
  return {};
});

export const deleteAliasOperation = operation({ AliasName: required(ALIAS_NAME) }, async (request, input) => {
  await perform(request, deleteName, readAlias(request, input.AliasName));
  return {};
});

export const listAliasesOperation = operation(
  { KeyId: optional(KEY_ID), ...page(100) },
  async (request, input) => {
    const found = await perform(request, listNames, {
      page: readPage(request, input, 50),
      namespace: aliasNamespace(request.region),
      key: input.KeyId === undefined ? undefined : selectKeyById(input.KeyId, request.region),
    });
    return {
      Aliases: found.items.map(name => ({
        AliasName: name.text,
        AliasArn: aliasArn(request.region, found.project.accountId, name.text),
        TargetKeyId: name.keyId,
        CreationDate: seconds(name.createdAt),
        LastUpdatedDate: seconds(name.updatedAt),
      })),
      ...printPage(request, found),
    };
  },
);

function readAlias(request: AwsRequest, aliasName: string) {
  if (!aliasName.startsWith('alias/')) {
    throw validationRefusal(
      'Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html',
    );
  }
  if (aliasName === 'alias/') {
    throw new AwsRefusal('invalidInput', {
      type: 'InvalidAliasNameException',
      message: 'The alias has no name behind its prefix.',
    });
  }
  return { namespace: aliasNamespace(request.region), text: aliasName };
}

function selectTarget(request: AwsRequest, targetKeyId: string): KeySelector {
  const selector = selectKey(targetKeyId, request.region);
  if (selector.by === 'name') throw validationRefusal('Aliases must refer to keys. Not aliases');
  return selector;
}
