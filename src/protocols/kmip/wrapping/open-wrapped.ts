// An object that is brought wrapped (KMIP 1.4 section 4.3, 2.1 section 6.1.51). It is opened when its wrapping key may unwrap, and then used like
// any other; under a key that only wraps, it is guarded as it came. In both cases it can be had again as it was registered.

import { type Bytes, base64 } from '../../../base/bytes.ts';
import { unwrapValue } from '../../../core/operations/crypto/unwrap-value.ts';
import { type KmsError, toKmsError } from '../../../domain/errors.ts';
import { make, readTtlv, StructureReader, writeTtlv } from '../../../wire/ttlv/index.ts';
import { refusal } from '../faults.ts';
import type { BroughtObject } from '../objects/brought.ts';
import { selectorOf, visible } from '../objects/find.ts';
import { requireBytes } from '../objects/forms/held-form.ts';
import { type KeyBlock, readKeyValue } from '../objects/key-block.ts';
import type { RegisteredForm } from '../objects/object.ts';
import { disclosed, type KmipRequest, perform } from '../request.ts';
import { isEncoded, readWrappingData, type WrappingData } from './specification.ts';
import {
  findWrappingKey,
  OF_WRAPPING,
  requireInformation,
  verifyValue,
  wrappingUse,
} from './wrapping-key.ts';

/** The object in the clear, or as it came where it stays closed. */
export async function openBrought(request: KmipRequest, brought: BroughtObject): Promise<BroughtObject> {
  const { wrapped } = brought.block;
  if (wrapped === undefined) return brought;
  const value = requireBytes(brought.block.material);
  const data = readWrappingData(wrapped.data, request);
  const registered: RegisteredForm = {
    data: base64(writeTtlv(make.copy(wrapped.data))),
    isStructure: wrapped.isStructure,
  };
  const opened = await openValue(request, data, brought.block, value);
  if (opened === undefined) return { ...brought, facts: { ...brought.facts, registered } };
  const facts = { ...brought.facts, registered: { ...registered, value: base64(value) } };
  return { ...brought, facts, block: { ...brought.block, ...opened, wrapped: undefined } };
}

/** Undefined where the wrapping key is not for unwrapping. Throws `cryptographicFailure`. */
async function openValue(
  request: KmipRequest,
  data: WrappingData,
  { format }: KeyBlock,
  value: Bytes,
): Promise<Pick<KeyBlock, 'material' | 'attributes'> | undefined> {
  if (data.method !== 'Encrypt' && data.method !== 'EncryptThenMACSign')
    throw refusal('featureNotSupported', 'Keys are brought in wrapped by encryption here.');
  const { id, parameters: given } = requireInformation(data.encryption);
  const under = await findWrappingKey(request, id);
  const { mechanism, parameters } = wrappingUse(under, given);
  if (data.method === 'EncryptThenMACSign') await verifyValue(request, data, value);
  if (!under.key.usages.includes('unwrap')) return undefined;
  const input = {
    key: selectorOf(id),
    mechanism,
    parameters: { ...parameters, iv: data.iv },
    wrapped: value,
  };
  const unwrapped = await perform(request, visible(unwrapValue), input, OF_WRAPPING);
  const plain = disclosed(request, unwrapped.value);
  if (isEncoded(data)) return decoded(plain, request);
  if (format.startsWith('Transparent')) throw refusal('encodingOptionError');
  return { material: plain, attributes: [] };
}

/** What was wrapped is authentic, and still no key value where the wrong Encoding Option was named. */
function decoded(plain: Bytes, { version }: KmipRequest): Pick<KeyBlock, 'material' | 'attributes'> {
  let failure: KmsError;
  try {
    const item = readTtlv(plain);
    if (item.name === 'KeyValue' && item.type === 'Structure')
      return readKeyValue(new StructureReader(item), version);
    failure = refusal('encodingOptionError');
  } catch (thrown) {
    failure = toKmsError(thrown);
  }
  throw failure.code === 'internal' ? refusal('encodingOptionError') : failure;
}
