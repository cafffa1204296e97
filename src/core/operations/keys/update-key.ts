// Changes what describes a key: label, description, tags, schedules of rotation and replacement. What is undefined stays.

import type { KeyWithVersion } from '../../../domain/key.ts';
import { requireChangeable, requireUsable } from '../../../domain/key-state.ts';
import { requireDescription, requireLabelText, requireRotationPeriod, requireTags } from '../../checks.ts';
import type { ChangeOperation } from '../../operation.ts';
import { type NewReplacement, plannedReplacement } from './new-key.ts';
import { type KeyChangeInput, onKey, requireUserManaged, storeKeyChange } from './on-key.ts';
import { requireRotatable } from './rotatable.ts';

export interface UpdateKeyInput extends KeyChangeInput {
  readonly label?: string | undefined;
  readonly description?: string | undefined;
}

export const updateKey: ChangeOperation<UpdateKeyInput, KeyWithVersion, KeyWithVersion> = {
  name: 'key.update',
  kind: 'change',
  ...onKey<UpdateKeyInput>('key.update'),
  check(input) {
    requireLabelText(input.label);
    requireDescription(input.description);
  },
  allow(target) {
    requireUserManaged(target.key);
    requireChangeable(target.key);
  },
  run(_kms, tx, args) {
    const { label, description } = args.target.key;
    const { input } = args;
    return storeKeyChange(tx, args, {
      label: input.label ?? label,
      description: input.description ?? description,
    });
  },
};

export interface TagKeyInput extends KeyChangeInput {
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
  run(_kms, tx, args) {
    const { input } = args;
    const removed = new Set(input.remove);
    const kept = Object.entries(args.target.key.tags).filter(([name]) => !removed.has(name));
    const tags = { ...Object.fromEntries(kept), ...input.set };
    requireTags(tags);
    return storeKeyChange(tx, args, { tags });
  },
};

export interface RotationInput extends KeyChangeInput {
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
  allow(target, _input, at) {
    requireUserManaged(target.key);
    requireUsable(target.key, target.version, 'protect', at);
    requireRotatable(target.key);
  },
  run(_kms, tx, args) {
    const { periodMs } = args.input;
    const rotation = periodMs === undefined ? undefined : { periodMs, nextAt: args.at + periodMs };
    return storeKeyChange(tx, args, { rotation });
  },
};

export interface ReplacementInput extends KeyChangeInput {
  /** Undefined ends the plan. */
  readonly replacement: NewReplacement | undefined;
}

/** Plans that another key takes the place of this one. */
export const scheduleReplacement: ChangeOperation<ReplacementInput, KeyWithVersion, KeyWithVersion> = {
  name: 'key.scheduleReplacement',
  kind: 'change',
  ...onKey<ReplacementInput>('key.update', ({ replacement }) => ({ afterMs: replacement?.afterMs })),
  check({ replacement }) {
    if (replacement !== undefined) requireRotationPeriod('replacement.afterMs', replacement.afterMs);
  },
  allow(target) {
    requireUserManaged(target.key);
    requireChangeable(target.key);
  },
  run(_kms, tx, args) {
    const { createdAt } = args.target.key;
    return storeKeyChange(tx, args, { replacement: plannedReplacement(createdAt, args.input.replacement) });
  },
};
