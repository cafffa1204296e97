// How a key is wrapped, as a client asks for it (Key Wrapping Specification) and as a key block says it (Key Wrapping Data; KMIP 1.4 section
// 2.1.5 and 2.1.6, 2.1 section 7.10 and 7.11).

import type { Bytes } from '../../../base/bytes.ts';
import {
  type StructureReader as Fields,
  make,
  read,
  StructureReader,
  type TtlvField,
  type TtlvItem,
  type ValueName,
  type Version,
} from '../../../wire/ttlv/index.ts';
import type { AttributeName } from '../attributes/table.ts';
import { namedByText, readReference } from '../attributes/values.ts';
import { refusal } from '../faults.ts';
import { identifierOf } from '../identifier.ts';
import { identifierField } from '../identifier-form.ts';
import { type CipherParameters, readParameters } from '../operations/parameters.ts';
import type { KmipRequest } from '../request.ts';

/** A key that wraps or authenticates, and how. */
export interface KeyInformation {
  readonly id: string;
  readonly parameters: CipherParameters | undefined;
  /** The same as they came, for the answer. */
  readonly given: TtlvItem | undefined;
}

export interface Wrapping {
  readonly method: ValueName<'WrappingMethod'>;
  readonly encryption: KeyInformation | undefined;
  readonly authentication: KeyInformation | undefined;
  /** Undefined means the encoding in TTLV. */
  readonly encoding: ValueName<'EncodingOption'> | undefined;
}

export interface WrappingSpecification extends Wrapping {
  /** Wrapped with the material. */
  readonly attributes: readonly AttributeName[];
}

export interface WrappingData extends Wrapping {
  readonly signature: Bytes | undefined;
  readonly iv: Bytes | undefined;
}

export function specificationReader(request: KmipRequest) {
  return read.structure((fields): WrappingSpecification => {
    const wrapping = readWrapping(fields, request);
    const { version } = request;
    const named = fields.many('AttributeName', read.textString).map(text => namedByText(text, version));
    const references = fields.many('AttributeReference', read.item);
    const attributes = [...named, ...references.map(item => readReference(item, version))];
    fields.refuseOthers();
    // KMIP 2.1 section 11.17: attributes are a part of the encoding.
    if (attributes.length > 0 && !isEncoded(wrapping)) throw refusal('encodingOptionError');
    return { ...wrapping, attributes };
  });
}

export function readWrappingData(item: TtlvItem, request: KmipRequest): WrappingData {
  const fields = new StructureReader(item);
  const data: WrappingData = {
    ...readWrapping(fields, request),
    signature: fields.optional('MACSignature', read.byteString),
    iv: fields.optional('IVCounterNonce', read.byteString),
  };
  fields.refuseOthers();
  return data;
}

export function isEncoded({ encoding }: Pick<Wrapping, 'encoding'>): boolean {
  return encoding !== 'NoEncoding';
}

function readWrapping(fields: Fields, request: KmipRequest): Wrapping {
  const method = fields.one('WrappingMethod', read.enumeration('WrappingMethod'));
  const information = read.structure((inner): KeyInformation => {
    const id = identifierOf(inner.one('UniqueIdentifier', read.item), request);
    const given = inner.optional('CryptographicParameters', read.item);
    inner.refuseOthers();
    return { id, given, parameters: given && readParameters(given) };
  });
  return {
    method,
    encryption: fields.optional('EncryptionKeyInformation', information),
    authentication: fields.optional('MACSignatureKeyInformation', information),
    encoding: fields.optional('EncodingOption', read.enumeration('EncodingOption')),
  };
}

/** Whatever was given comes back, and what was made beside it. */
export function writeWrappingData(
  version: Version,
  { method, encryption, authentication, encoding }: Wrapping,
  { signature, iv }: { readonly signature?: Bytes | undefined; readonly iv?: Bytes | undefined },
): TtlvField {
  return make.structure('KeyWrappingData', [
    make.enumeration('WrappingMethod', method),
    make.ifPresent(encryption, key =>
      make.structure('EncryptionKeyInformation', informationFields(version, key)),
    ),
    make.ifPresent(authentication, key =>
      make.structure('MACSignatureKeyInformation', informationFields(version, key)),
    ),
    make.ifPresent(signature, bytes => make.byteString('MACSignature', bytes)),
    make.ifPresent(iv, bytes => make.byteString('IVCounterNonce', bytes)),
    make.ifPresent(encoding, option => make.enumeration('EncodingOption', option)),
  ]);
}

function informationFields(
  version: Version,
  { id, given }: KeyInformation,
): readonly (TtlvField | undefined)[] {
  return [identifierField(version, 'UniqueIdentifier', id), given && make.copy(given)];
}
