// Changes what describes a key: description, tags, rotation schedule. What is undefined stays.

import type { KeyWithVersion } from '../../../domain/key.ts';
import { requireChangeable, requireUsable } from '../../../domain/key-state.ts';
import { requireDescription, requireRotationPeriod, requireTags } from '../../checks.ts';
import type { ChangeOperation } from '../../operation.ts';
import { type KeyInput, onKey, requireUserManaged, storeKeyChange } from './on-key.ts';
import { requireRotatable } from './rotatable.ts';

export interface DescribeKeyChange extends KeyInput {
  readonly description: string;
}

export const updateKeyDescription: ChangeOperation<DescribeKeyChange, KeyWithVersion, KeyWithVersion> = {
  name: 'key.updateDescription',
  kind: 'change',
  ...onKey<DescribeKeyChange>('key.update'),
  check: input => requireDescription(input.description),
  allow(target) {
    requireUserManaged(target.key);
    requireChangeable(target.key);
  },
  run: (_kms, tx, { input, target, at }) =>
    storeKeyChange(tx, target, { description: input.description }, at),
};

export interface TagKeyInput extends KeyInput {
  readonly set?: Readonly<Record<string, string>> | undefined;
  readonly remove?: readonly string[] | undefined;
}

export const tagKey: ChangeOperation<TagKeyInput, KeyWithVersion, KeyWithVersion> = {
  name: 'key.tag',
  kind: 'change',
  ...onKey<TagKeyInput>('key.update', input => ({
    set: Object.keys(input.set ?? {}),
    removed: [...(input.remove ?? [])],
  })),
  check: input => requireTags(input.set),
  allow(target) {
    requireUserManaged(target.key);
    requireChangeable(target.key);
  },
  run(_kms, tx, { input, target, at }) {
    const removed = new Set(input.remove);
    const kept = Object.entries(target.key.tags).filter(([name]) => !removed.has(name));
    const tags = { ...Object.fromEntries(kept), ...input.set };
    requireTags(tags);
    return storeKeyChange(tx, target, { tags }, at);
  },
};

export interface RotationInput extends KeyInput {
  /** Undefined ends the schedule. */
  readonly periodMs: number | undefined;
}

export const scheduleRotation: ChangeOperation<RotationInput, KeyWithVersion, KeyWithVersion> = {
  name: 'key.scheduleRotation',
  kind: 'change',
  ...onKey<RotationInput>('key.update', input => ({ periodMs: input.periodMs })),
  check(input) {
    if (input.periodMs !== undefined) requireRotationPeriod('periodMs', input.periodMs);
  },
  allow(target) {
    requireUserManaged(target.key);
    requireUsable(target.key, target.version, 'protect');
    requireRotatable(target.key);
  },
  run(_kms, tx, { input, target, at }) {
    const { periodMs } = input;
    const rotation = periodMs === undefined ? undefined : { periodMs, nextAt: at + periodMs };
    return storeKeyChange(tx, target, { rotation }, at);
  },
};
