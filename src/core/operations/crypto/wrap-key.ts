// Takes the material of an exportable key out, wrapped under another key. In the clear it does not leave custody.

import type { Bytes } from '../../../base/bytes.ts';
import type { KeyWithVersion } from '../../../domain/key.ts';
import { requireUsable } from '../../../domain/key-state.ts';
import { findKey, type KeySelector, keyDemand } from '../../find-key.ts';
import type { UseOperation } from '../../operation.ts';
import { requireWrappable } from '../keys/export-key.ts';
import { keyRecord, namedKey } from '../keys/on-key.ts';
import type { EncryptionParameters } from './encrypt-by.ts';
import {
  ivSource,
  type MechanismInput,
  mechanismDemand,
  mechanismDetails,
  requireFit,
  requireParameters,
  requireServes,
  withIv,
} from './mechanism.ts';
import { asDenialOf, findSecondKey, foundKey, requireFound, type SecondKey } from './second-key.ts';

export interface WrapKeyInput extends MechanismInput<EncryptionParameters> {
  /** The key that wraps, and its version; undefined: the primary one. `key` and `version` name the key that is wrapped. */
  readonly under: KeySelector;
  readonly underVersion?: number | undefined;
  /** In which the material is wrapped, where that is not the one it is kept in. */
  readonly form?: MaterialForm | undefined;
}

/** A function and what it goes by besides the material, apart: a batch that runs again knows equal inputs by that. */
export interface MaterialForm {
  readonly encode: (material: Bytes, options: unknown) => Bytes;
  readonly options: unknown;
}

/** `encode` is pure and always the same function; what it makes is wiped once it is wrapped. It may throw what the caller is to be told. */
export function materialForm<Options>(
  encode: (material: Bytes, options: Options) => Bytes,
  options: Options,
): MaterialForm {
  return { encode: encode as MaterialForm['encode'], options };
}

interface Target {
  readonly wrapped: KeyWithVersion;
  readonly under: SecondKey;
}

export interface WrappedKey {
  readonly of: KeyWithVersion;
  readonly by: KeyWithVersion;
  /** Raw bytes, or PKCS#8 in DER (RFC 5958) of a pair, or the form that was asked for, wrapped; with an AEAD the tag is at the end. */
  readonly wrapped: Bytes;
  /** What was made, where the mechanism needs one and the caller gave none. */
  readonly iv?: Bytes | undefined;
}

export const wrapKey: UseOperation<WrapKeyInput, Target, WrappedKey> = {
  name: 'key.wrap',
  kind: 'use',
  disclosure: 'denied',
  check(input) {
    requireServes(input.mechanism, 'wrap');
    requireParameters(input);
  },
  async find(reads, context, { key, version, under, underVersion }) {
    const wrapped = await findKey(reads, context, key, version).catch(thrown => {
      throw asDenialOf('key.export', thrown);
    });
    return { wrapped, under: await findSecondKey(reads, context, 'key.wrap', under, underVersion) };
  },
  demands({ wrapped, under }, input) {
    const wrapping = foundKey(under);
    const taking = keyDemand('key.export', wrapped.key);
    if (wrapping === undefined) return [taking];
    return [taking, mechanismDemand('key.wrap', wrapping.key, input.mechanism, ivSource(input, 'protect'))];
  },
  allow({ wrapped, under }, { mechanism }, at) {
    const wrapping = requireFound(under);
    requireWrappable(wrapped.key);
    requireUsable(wrapped.key, wrapped.version, 'release', at);
    requireUsable(wrapping.key, wrapping.version, 'protect', at);
    requireFit(wrapping.key, 'wrap', mechanism);
  },
  protects({ wrapped, under }) {
    const { key } = requireFound(under);
    return { key, bytes: wrapped.version.materialBytes ?? 0 };
  },
  async run(kms, { target, input }) {
    const { parameters, made } = withIv(kms, input);
    const by = requireFound(target.under);
    const of = target.wrapped;
    const { form } = input;
    const encode = form && ((material: Bytes) => form.encode(material, form.options));
    const wrapped = await kms.custody.wrapMaterial(of, by, input.mechanism, parameters, encode);
    return { of, by, wrapped, iv: made };
  },
  record(input, target) {
    const wrapped = keyRecord(target?.wrapped);
    const under = keyRecord(target && foundKey(target.under));
    return {
      projectId: wrapped.projectId,
      targets: [...wrapped.targets, ...under.targets],
      details: {
        ...(target === undefined ? namedKey(input.key) : undefined),
        ...mechanismDetails(input, 'protect'),
      },
    };
  },
  /** The owner of the wrapping key learns that it was used, and not for which key of others. */
  recordElsewhere: (input, { under }) => ({
    ...keyRecord(foundKey(under)),
    details: mechanismDetails(input, 'protect'),
  }),
};
