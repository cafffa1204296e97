// How long a key is used, how much, and why no longer: cryptoperiods, revocations, usage limits, archives.

import { archiveKey, recoverKey } from '../../../core/operations/keys/archive-key.ts';
import { activateKey, deactivateKey } from '../../../core/operations/keys/change-state.ts';
import { compromiseKey } from '../../../core/operations/keys/compromise-key.ts';
import { planCryptoperiod } from '../../../core/operations/keys/plan-cryptoperiod.ts';
import { allocateUsage, limitUsage } from '../../../core/operations/keys/usage-limit.ts';
import { type Route, route } from '../route.ts';
import {
  allocationBody,
  compromiseBody,
  deactivationBody,
  planBody,
  usageLimitBody,
} from '../shapes/key-periods.ts';
import { act, keyOf, namedKey } from './one-key.ts';

export const KEY_PERIOD_ROUTES: readonly Route[] = [
  route({
    ...act('/activate'),
    summary: 'Begins the cryptoperiod of a key now.',
    permission: 'key.enable',
    operation: activateKey,
    decode: namedKey,
    encode: keyOf,
  }),
  route({
    ...act('/cryptoperiod'),
    method: 'PATCH',
    summary:
      'Plans when a key is used: shorter as said here, longer demands key.enable instead. null takes a plan away.',
    permission: 'key.disable',
    body: planBody,
    operation: planCryptoperiod,
    decode: call => ({ ...namedKey(call), ...call.body }),
    encode: keyOf,
  }),
  route({
    ...act('/deactivate'),
    summary:
      'Ends the cryptoperiod of a key now: it still decrypts, and encrypts no more. A disabled key demands key.enable as well.',
    permission: 'key.disable',
    body: deactivationBody,
    operation: deactivateKey,
    decode: call => ({ ...namedKey(call), ...call.body }),
    encode: keyOf,
  }),
  route({
    ...act('/compromise'),
    summary:
      'Says that somebody else may have the key, for good: it encrypts no more. A disabled key demands key.enable as well.',
    permission: 'key.disable',
    body: compromiseBody,
    operation: compromiseKey,
    decode: call => ({ ...namedKey(call), ...call.body }),
    encode: keyOf,
  }),
  route({
    ...act('/usage-limit'),
    method: 'PUT',
    summary: 'Limits how much a key may protect. Once some of a limit is used it stays.',
    permission: 'key.update',
    body: usageLimitBody,
    operation: limitUsage,
    decode: call => ({ ...namedKey(call), limit: call.body }),
    encode: keyOf,
  }),
  route({
    ...act('/usage-limit'),
    method: 'DELETE',
    summary: 'Takes away a limit of which nothing is used.',
    permission: 'key.update',
    operation: limitUsage,
    decode: call => ({ ...namedKey(call), limit: undefined }),
    encode: keyOf,
  }),
  route({
    ...act('/allocate-usage'),
    summary: 'Sets a part of the usage limit aside for uses outside: it counts as used.',
    permission: 'key.allocateUsage',
    body: allocationBody,
    operation: allocateUsage,
    decode: call => ({ ...namedKey(call), ...call.body }),
    encode: keyOf,
  }),
  route({
    ...act('/archive'),
    summary: 'Puts a key away: it is used for nothing until it is recovered, and stays described.',
    permission: 'key.disable',
    operation: archiveKey,
    decode: namedKey,
    encode: keyOf,
  }),
  route({
    ...act('/recover'),
    summary: 'Takes an archived key out again.',
    permission: 'key.enable',
    operation: recoverKey,
    decode: namedKey,
    encode: keyOf,
  }),
];
