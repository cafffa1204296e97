// An object that leaves wrapped: its key value, or the material alone, under another key, authenticated where that is asked for. Wrapped by the
// core, in the form that this protocol gives it, the material is nowhere else in the clear.

import { type Bytes, wipe } from '../../../base/bytes.ts';
import { materialForm, wrapKey } from '../../../core/operations/crypto/wrap-key.ts';
import { make, readTtlv, type TtlvField, writeTtlv } from '../../../wire/ttlv/index.ts';
import { valuesOf } from '../attributes/held.ts';
import { isExtractable } from '../attributes/of-key.ts';
import { writeAttribute } from '../attributes/values.ts';
import { refusal } from '../faults.ts';
import { hasOwnTags } from '../names.ts';
import { selectorOf, visible } from '../objects/find.ts';
import { formatIn } from '../objects/forms/formats.ts';
import { writeBlock } from '../objects/key-block.ts';
import { showMaterial } from '../objects/material.ts';
import type { KeyFormat, ManagedObject, ObjectFacts } from '../objects/object.ts';
import { releaseObject } from '../objects/release.ts';
import { hasKeyBlock, writeWithBlock } from '../objects/write-object.ts';
import { disclosed, disclosing, type KmipRequest, perform } from '../request.ts';
import { isEncoded, type WrappingSpecification, writeWrappingData } from './specification.ts';
import {
  authenticateValue,
  findWrappingKey,
  OF_WRAPPING,
  requireInformation,
  wrappingUse,
} from './wrapping-key.ts';

/** The object as it stands in the answer. Throws `notExtractable`, what wrapping keys are refused with, and what the core throws. */
export async function wrapObject(
  request: KmipRequest,
  object: ManagedObject,
  specification: WrappingSpecification,
  asked: KeyFormat | undefined,
): Promise<TtlvField> {
  const { facts } = object;
  if (!hasKeyBlock(facts)) throw refusal('illegalObjectType');
  if (!isExtractable(object)) throw refusal('notExtractable');
  const usual = facts.keyFormat && formatIn(request.version, facts.keyFormat);
  const format = asked ?? usual ?? 'Raw';
  const attributes = await attributeFields(request, object, specification);
  const form: KeyValueForm = { facts, format, attributes, isEncoded: isEncoded(specification) };
  const { value, ...data } = await METHODS[specification.method](request, object, specification, form);
  const field = value instanceof Uint8Array ? make.byteString('KeyValue', value) : value;
  return writeWithBlock(
    facts,
    writeBlock(facts, format, field, writeWrappingData(request.version, specification, data)),
  );
}

interface WrappedValue {
  /** Bytes, or the key value in the clear where it is authenticated alone. */
  readonly value: Bytes | TtlvField;
  readonly signature?: Bytes | undefined;
  readonly iv?: Bytes | undefined;
}

type Method = (
  request: KmipRequest,
  object: ManagedObject,
  specification: WrappingSpecification,
  form: KeyValueForm,
) => Promise<WrappedValue>;

const METHODS: Readonly<Record<WrappingSpecification['method'], Method>> = {
  Encrypt: encryptValue,
  async MACSign(request, object, specification, form) {
    const encoded = await plainValue(request, object, form);
    const signature = await authenticateValue(request, specification, encoded);
    const value = form.isEncoded
      ? make.copy(readTtlv(encoded))
      : make.structure('KeyValue', [make.byteString('KeyMaterial', encoded)]);
    return { value, signature };
  },
  async EncryptThenMACSign(request, object, specification, form) {
    const { value, iv } = await encryptValue(request, object, specification, form);
    return { value, iv, signature: await authenticateValue(request, specification, value) };
  },
  async MACSignThenEncrypt(request, object, specification, form) {
    const encoded = await plainValue(request, object, form);
    const signature = await authenticateValue(request, specification, encoded);
    return { ...(await encryptValue(request, object, specification, form)), signature };
  },
  async TR_31() {
    throw refusal('featureNotSupported', 'TR-31 is not offered here.');
  },
};

async function encryptValue(
  request: KmipRequest,
  { key }: ManagedObject,
  specification: WrappingSpecification,
  options: KeyValueForm,
): Promise<{ readonly value: Bytes; readonly iv: Bytes | undefined }> {
  const { id, parameters: given } = requireInformation(specification.encryption);
  const { mechanism, parameters } = wrappingUse(await findWrappingKey(request, id), given);
  const { wrapped, iv } = await perform(
    request,
    wrapKey,
    {
      key: selectorOf(key.id),
      under: selectorOf(id),
      mechanism,
      parameters,
      form: materialForm(encodeKeyValue, options),
    },
    OF_WRAPPING,
  );
  return { value: wrapped, iv };
}

/** In the clear, which sensitive objects refuse. */
async function plainValue(request: KmipRequest, { key }: ManagedObject, form: KeyValueForm): Promise<Bytes> {
  const { material } = await perform(request, visible(releaseObject), { key: selectorOf(key.id) });
  return disclosing(request)(encodeKeyValue(disclosed(request, material), form));
}

interface KeyValueForm {
  readonly facts: ObjectFacts;
  readonly format: KeyFormat;
  readonly attributes: readonly TtlvField[];
  /** The whole key value, and not the material alone. */
  readonly isEncoded: boolean;
}

/** Throws `keyFormatTypeNotSupported`, and `encodingOptionError` for the structure of a transparent key without an encoding. */
function encodeKeyValue(material: Bytes, { facts, format, attributes, isEncoded }: KeyValueForm): Bytes {
  const made: Bytes[] = [];
  const own = (bytes: Bytes): Bytes => {
    made.push(bytes);
    return bytes;
  };
  try {
    const field = showMaterial(facts, material, format, own);
    if (isEncoded) return writeTtlv(make.structure('KeyValue', [field, ...attributes]));
    const item = readTtlv(own(writeTtlv(field)));
    if (item.type !== 'ByteString') throw refusal('encodingOptionError');
    return Uint8Array.from(item.content);
  } finally {
    for (const bytes of made) wipe(bytes);
  }
}

/** Those that the object has; others are left out, as of Get Attributes. */
async function attributeFields(
  request: KmipRequest,
  object: ManagedObject,
  { attributes }: WrappingSpecification,
): Promise<readonly TtlvField[]> {
  const { version } = request;
  const values = await Promise.all(attributes.map(name => valuesOf(request, object, name)));
  const fields = values.flat().flatMap(value => writeAttribute(version, value) ?? []);
  return hasOwnTags(version) && fields.length > 0 ? [make.structure('Attributes', fields)] : fields;
}
