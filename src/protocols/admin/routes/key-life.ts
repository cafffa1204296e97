// The life of keys: rotation, enabling and disabling, destruction.

import { disableKey, enableKey } from '../../../core/operations/keys/change-state.ts';
import { destroyKey } from '../../../core/operations/keys/destroy-key.ts';
import { cancelDestruction, scheduleDestruction } from '../../../core/operations/keys/destruction.ts';
import {
  approveDestruction,
  requireDualControl,
  withdrawApproval,
} from '../../../core/operations/keys/dual-control.ts';
import { importKeyVersion } from '../../../core/operations/keys/import-key-version.ts';
import { rotateKey } from '../../../core/operations/keys/rotate-key.ts';
import { scheduleRotation } from '../../../core/operations/keys/update-key.ts';
import { type Route, route } from '../route.ts';
import {
  approvalBody,
  cancellationBody,
  destructionBody,
  importVersionBody,
  rotateBody,
  rotationBody,
} from '../shapes/keys.ts';
import { act, keyOf, materialOf, namedKey } from './one-key.ts';

export const KEY_LIFE_ROUTES: readonly Route[] = [
  route({
    ...act('/rotation'),
    method: 'PUT',
    summary: 'Has the key rotated again and again, for the first time one period from now.',
    permission: 'key.update',
    body: rotationBody,
    operation: scheduleRotation,
    decode: call => ({ ...namedKey(call), ...call.body }),
    encode: keyOf,
  }),
  route({
    ...act('/rotation'),
    method: 'DELETE',
    summary: 'Ends the scheduled rotation.',
    permission: 'key.update',
    operation: scheduleRotation,
    decode: call => ({ ...namedKey(call), periodMs: undefined }),
    encode: keyOf,
  }),
  route({
    ...act('/rotate'),
    summary: 'Makes a new primary version now; older ones still decrypt.',
    permission: 'key.rotate',
    body: rotateBody,
    operation: rotateKey,
    decode: call => ({ ...namedKey(call), ...call.body, cause: 'requestedRotation' as const }),
    encode: keyOf,
  }),
  route({
    ...act('/import-version'),
    summary:
      'Gives an imported key new material, its primary version from then on. Demands key.import as well.',
    permission: 'key.rotate',
    body: importVersionBody,
    secret: 'material',
    operation: importKeyVersion,
    decode: call => ({
      ...namedKey(call),
      material: materialOf(call),
      verifiersLearn: call.body.verifiersLearn,
    }),
    encode: keyOf,
  }),
  route({
    ...act('/enable'),
    summary: 'Enables a disabled key.',
    permission: 'key.enable',
    operation: enableKey,
    decode: namedKey,
    encode: keyOf,
  }),
  route({
    ...act('/disable'),
    summary: 'Disables a key at once, for every protocol.',
    permission: 'key.disable',
    operation: disableKey,
    decode: namedKey,
    encode: keyOf,
  }),
  route({
    ...act('/dual-control'),
    summary: 'Has a key destroyed by two principals only, from now on and for ever.',
    permission: 'key.update',
    operation: requireDualControl,
    decode: namedKey,
    encode: keyOf,
  }),
  route({
    ...act('/approve-destruction'),
    summary: 'Approves that another principal destroys a key under dual control.',
    permission: 'key.approveDestruction',
    body: approvalBody,
    operation: approveDestruction,
    decode: call => ({ ...namedKey(call), ...call.body }),
    encode: keyOf,
  }),
  route({
    ...act('/withdraw-approval'),
    summary: 'Takes the approval of a destruction back.',
    permission: 'key.approveDestruction',
    operation: withdrawApproval,
    decode: namedKey,
    encode: keyOf,
  }),
  route({
    ...act('/schedule-destruction'),
    summary: 'Disables a key and destroys it after the delay.',
    permission: 'key.destroy',
    body: destructionBody,
    operation: scheduleDestruction,
    decode: call => ({ ...namedKey(call), ...call.body }),
    encode: keyOf,
  }),
  route({
    ...act('/cancel-destruction'),
    summary: 'Cancels a scheduled destruction. The key stays disabled unless it is to be restored.',
    permission: 'key.destroy',
    body: cancellationBody,
    operation: cancelDestruction,
    decode: call => ({ ...namedKey(call), ...call.body }),
    encode: keyOf,
  }),
  route({
    ...act('/purge'),
    summary: 'Destroys a key at once and for good. What it has encrypted is lost.',
    permission: 'key.purge',
    operation: destroyKey,
    decode: namedKey,
    encode: keyOf,
  }),
];
