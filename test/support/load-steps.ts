// The requests of a load: one maker for each kind, which looks at what its lane knows and says what must come of it.

import assert from 'node:assert/strict';
import { base64 } from '../../src/base/bytes.ts';
import type { KnownKey, Lane, Message, Step, StepMaker } from './load-lane.ts';
import { type KeyState, listKeyIds, metadataOf, rotationsOf, stateOf } from './load-questions.ts';

const KEYS_PER_LANE_MAX = 150;
const ALIASES_PER_LANE_MAX = 20;
const ROTATIONS_PER_KEY_MAX = 3;

const enabled = (key: KnownKey): boolean => key.state === 'Enabled';

/** What an operation on a key that must be enabled is told. */
const REFUSALS: Readonly<Record<KeyState, string>> = {
  Enabled: 'ok',
  Disabled: 'DisabledException',
  PendingDeletion: 'KMSInvalidStateException',
};

const createKey: StepMaker = lane => {
  if (lane.keys.length >= KEYS_PER_LANE_MAX) return undefined;
  const label = lane.label();
  return {
    action: 'CreateKey',
    input: { Description: label },
    expected: 'ok',
    acknowledge: answer => lane.adopt(metadataOf(answer).KeyId),
    settle: async client => {
      const ids = await listKeyIds(client);
      if (ids === undefined) return false;
      for (const id of ids.filter(candidate => !lane.isKnown(candidate))) {
        const reply = await client.call('DescribeKey', { KeyId: id });
        if (reply?.outcome !== 'ok') return false;
        if (metadataOf(reply).Description !== label) continue;
        lane.counts.happened += 1;
        lane.adopt(id);
      }
      return true;
    },
  };
};

const encrypt: StepMaker = (lane, random) => {
  const key = random.pick(lane.keys);
  if (key === undefined) return undefined;
  const plaintext = base64(random.bytes(random.between(1, 200)));
  const context = random.next() < 0.5 ? {} : { purpose: lane.label() };
  return {
    action: 'Encrypt',
    input: { KeyId: key.id, Plaintext: plaintext, EncryptionContext: context },
    expected: REFUSALS[key.state],
    acknowledge: ({ output }) =>
      lane.keep({ key, ciphertext: String(output.CiphertextBlob), plaintext, context }),
  };
};

const generateDataKey: StepMaker = (lane, random) => {
  const key = random.pick(lane.keys);
  if (key === undefined) return undefined;
  return {
    action: 'GenerateDataKey',
    input: { KeyId: key.id, KeySpec: 'AES_256' },
    expected: REFUSALS[key.state],
    acknowledge: ({ output }) =>
      lane.keep({
        key,
        ciphertext: String(output.CiphertextBlob),
        plaintext: String(output.Plaintext),
        context: {},
      }),
  };
};

const decrypt: StepMaker = (lane, random) => {
  const message = random.pick(lane.messages);
  return message === undefined ? undefined : opening(message);
};

/** A decryption that must give back what was encrypted, or say the state of the key. */
export function opening({ key, ciphertext, plaintext, context }: Message): Step {
  return {
    action: 'Decrypt',
    input: { CiphertextBlob: ciphertext, EncryptionContext: context },
    expected: REFUSALS[key.state],
    acknowledge: ({ output }) => assert.equal(output.Plaintext, plaintext, 'what was encrypted comes back'),
  };
}

const changeState: StepMaker = (lane, random) => {
  const key = random.pick(lane.keys);
  switch (key?.state) {
    case undefined:
      return undefined;
    case 'Enabled':
      return random.next() < 0.8
        ? changeOfState(lane, key, 'DisableKey', 'Disabled')
        : changeOfState(lane, key, 'ScheduleKeyDeletion', 'PendingDeletion', { PendingWindowInDays: 7 });
    case 'Disabled':
      return changeOfState(lane, key, 'EnableKey', 'Enabled');
    case 'PendingDeletion':
      return changeOfState(lane, key, 'CancelKeyDeletion', 'Disabled');
  }
};

const rotate: StepMaker = (lane, random) => {
  const key = random.pick(
    lane.keys.filter(({ rotations }) => rotations < ROTATIONS_PER_KEY_MAX).filter(enabled),
  );
  if (key === undefined) return undefined;
  return {
    action: 'RotateKeyOnDemand',
    input: { KeyId: key.id },
    expected: 'ok',
    acknowledge: () => {
      key.rotations += 1;
    },
    settle: async client => {
      const found = await rotationsOf(client, key.id);
      if (found === undefined) return false;
      assert.ok(
        found === key.rotations || found === key.rotations + 1,
        'a rotation happens once or not at all',
      );
      if (found !== key.rotations) lane.counts.happened += 1;
      key.rotations = found;
      return true;
    },
  };
};

const createAlias: StepMaker = (lane, random) => {
  const key = random.pick(lane.keys.filter(({ state }) => state !== 'PendingDeletion'));
  if (key === undefined || lane.aliases.size >= ALIASES_PER_LANE_MAX) return undefined;
  return changeOfAlias(lane, 'CreateAlias', `alias/${lane.label()}`, key);
};

const updateAlias: StepMaker = (lane, random) => {
  const name = random.pick([...lane.aliases.keys()]);
  const key = random.pick(lane.keys.filter(({ state }) => state !== 'PendingDeletion'));
  return name === undefined || key === undefined ? undefined : changeOfAlias(lane, 'UpdateAlias', name, key);
};

const deleteAlias: StepMaker = (lane, random) => {
  const name = random.pick([...lane.aliases.keys()]);
  return name === undefined ? undefined : changeOfAlias(lane, 'DeleteAlias', name, undefined);
};

/** By frequency: mostly uses, as in life, with enough changes that a kill meets them. */
export const STEPS: readonly StepMaker[] = [
  createKey,
  createKey,
  encrypt,
  encrypt,
  encrypt,
  decrypt,
  decrypt,
  generateDataKey,
  generateDataKey,
  changeState,
  changeState,
  rotate,
  createAlias,
  updateAlias,
  deleteAlias,
];

/** A change of one key whose outcome can be read off the key. */
function changeOfState(lane: Lane, key: KnownKey, action: string, state: KeyState, input: object = {}): Step {
  return {
    action,
    input: { KeyId: key.id, ...input },
    expected: 'ok',
    acknowledge: () => {
      key.state = state;
    },
    settle: async client => {
      const found = await stateOf(client, key.id);
      if (found === undefined) return false;
      assert.ok(found === key.state || found === state, `${action} of a ${key.state} key left it ${found}`);
      if (found !== key.state) lane.counts.happened += 1;
      key.state = found;
      return true;
    },
  };
}

/** A change of one alias. `after` undefined: deleted. */
function changeOfAlias(lane: Lane, action: string, name: string, after: KnownKey | undefined): Step {
  const set = (key: KnownKey | undefined) => {
    if (key === undefined) lane.aliases.delete(name);
    else lane.aliases.set(name, key);
  };
  return {
    action,
    input: { AliasName: name, ...(after === undefined ? {} : { TargetKeyId: after.id }) },
    expected: 'ok',
    acknowledge: () => set(after),
    settle: async client => {
      const before = lane.aliases.get(name);
      const reply = await client.call('DescribeKey', { KeyId: name });
      if (reply === undefined || reply.status >= 500) return false;
      const keyId = reply.outcome === 'NotFoundException' ? undefined : metadataOf(reply).KeyId;
      assert.ok(keyId === before?.id || keyId === after?.id, `${action} left ${name} at ${keyId}`);
      if (keyId !== before?.id) lane.counts.happened += 1;
      set(keyId === after?.id ? after : before);
      return true;
    },
  };
}
