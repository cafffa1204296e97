// The steps in the life of a key: enabled, disabled, to be deleted, and not to be deleted after all.

import { must } from '../../../base/assert.ts';
import { disableKey, enableKey } from '../../../core/operations/keys/change-state.ts';
import { cancelDestruction, scheduleDestruction } from '../../../core/operations/keys/destruction.ts';
import { KEY_ID } from '../model/members.ts';
import { integer, optional, required } from '../model/shapes.ts';
import { arnOfKey, selectKeyById } from '../names.ts';
import { operation } from '../operation.ts';
import { perform } from '../request.ts';
import { stateOf } from '../words.ts';
import { seconds } from './key-metadata.ts';

const DAY_MS = 86_400_000;
const PENDING_WINDOW_DAYS = 30;

const oneKey = { KeyId: required(KEY_ID) } as const;

export const enableKeyOperation = operation(oneKey, async (request, input) => {
  await perform(request, enableKey, { key: selectKeyById(input.KeyId, request.region) });
  return {};
});

export const disableKeyOperation = operation(oneKey, async (request, input) => {
  await perform(request, disableKey, { key: selectKeyById(input.KeyId, request.region) });
  return {};
});

export const scheduleKeyDeletionOperation = operation(
  { ...oneKey, PendingWindowInDays: optional(integer(7, 30)) },
  async (request, input) => {
    const days = input.PendingWindowInDays ?? PENDING_WINDOW_DAYS;
    const changed = await perform(request, scheduleDestruction, {
      key: selectKeyById(input.KeyId, request.region),
      delayMs: days * DAY_MS,
    });
    const destruction = must(
      changed.key.destruction,
      'a key whose destruction is scheduled knows when it is',
    );
    return {
      KeyId: arnOfKey(changed),
      DeletionDate: seconds(destruction.at),
      KeyState: stateOf(changed.key),
      PendingWindowInDays: days,
    };
  },
);

export const cancelKeyDeletionOperation = operation(oneKey, async (request, input) => {
  const key = selectKeyById(input.KeyId, request.region);
  return { KeyId: arnOfKey(await perform(request, cancelDestruction, { key, restore: false })) };
});
