// Messages in the words of each version: attributes are written as 2.0 has them, and asked in 1.x under their names.

import {
  attributeText,
  type BitName,
  isTagName,
  make,
  TAGS,
  type TagName,
  type TtlvField,
  tagCode,
  tagName,
  type ValueName,
  type Version,
} from '../../../../src/wire/ttlv/index.ts';
import { uid } from '../../../conformance/kmip/payloads.ts';
import { type AskedItem, request } from '../../../conformance/kmip/support.ts';
import type { Question } from './both.ts';

export type Fields = readonly (TtlvField | undefined)[];

/** Of more than one kind of field, beside what is asked. */
export interface Asking {
  readonly header?: Fields;
  readonly makes?: readonly string[];
  readonly random?: boolean;
  readonly counted?: boolean;
  readonly unanswered?: boolean;
}

export const THEIR_VERSIONS = [
  '1.0',
  '1.1',
  '1.2',
  '1.3',
  '1.4',
  '2.0',
] as const satisfies readonly Version[];

/** The value of an attribute of somebody's own, in 1.x. */
export interface OwnAttribute {
  readonly called: string;
  readonly value: TtlvField;
  readonly index?: number;
}

export type AttributeField = TtlvField | OwnAttribute;

const isOwn = (field: AttributeField): field is OwnAttribute => 'called' in field;

export type Speaker = ReturnType<typeof speaking>;

/** `about` makes names of a table its own. */
export function speaking(version: Version, about: string) {
  const isNew = version >= '2.0';

  const inOld = (field: AttributeField): TtlvField => {
    const { called, value, index } = isOwn(field)
      ? field
      : { called: nameOf(field), value: field, index: undefined };
    return make.structure('Attribute', [
      make.textString('AttributeName', called),
      make.ifPresent(index, number => make.integer('AttributeIndex', number)),
      { ...value, tag: tagCode('AttributeValue') },
    ]);
  };
  const inNew = (field: AttributeField): TtlvField => (isOwn(field) ? field.value : field);

  /** The attributes of a request, which 1.x puts into a template. */
  const template = (
    fields: readonly AttributeField[],
    of: 'Common' | 'PrivateKey' | 'PublicKey' | '' = '',
  ): TtlvField =>
    isNew
      ? make.structure(`${of}Attributes`, fields.map(inNew))
      : make.structure(`${of}TemplateAttribute`, fields.map(inOld));

  const ask = (
    label: string,
    operation: ValueName<'Operation'>,
    payload: Fields,
    asking: Asking = {},
  ): Question => batch(label, [{ operation, payload }], asking);

  const batch = (
    label: string,
    items: readonly AskedItem[],
    { header = [], ...rest }: Asking = {},
  ): Question => ({ label, version, message: request(version, items, header), ...rest });

  return {
    version,
    isNew,
    template,
    ask,
    batch,
    /** Attributes of what is sought stand for themselves in 1.x. */
    sought: (fields: readonly AttributeField[]): Fields =>
      isNew ? [make.structure('Attributes', fields.map(inNew))] : fields.map(inOld),
    one: inOld,
    /** Names of attributes, in the form of the version. */
    names: (...tags: readonly (TagName | string)[]): Fields =>
      tags.map(tag => {
        if (isNew && isTagName(tag)) return make.enumeration('AttributeReference', TAGS[tag][0]);
        return make.textString('AttributeName', isTagName(tag) ? attributeText(tag) : tag);
      }),
    create: (label: string, fields: readonly AttributeField[], asking: Asking = {}): Question =>
      ask(label, 'Create', [make.enumeration('ObjectType', 'SymmetricKey'), template(fields)], asking),
    register: (
      label: string,
      type: ValueName<'ObjectType'>,
      object: TtlvField | undefined,
      fields: readonly AttributeField[] = [],
      asking: Asking = {},
    ): Question =>
      ask(label, 'Register', [make.enumeration('ObjectType', type), template(fields), object], asking),
    get: (label: string, id: string, fields: Fields = [], asking: Asking = {}): Question =>
      ask(label, 'Get', [uid(id), ...fields], asking),
    activate: (id: string): Question => ask(`activate ${id}`, 'Activate', [uid(id)]),
    revoke: (id: string, reason: ValueName<'RevocationReasonCode'> = 'CessationOfOperation'): Question =>
      ask(`revoke ${id} for ${reason}`, 'Revoke', [uid(id), revocation(reason)]),
    destroy: (id: string): Question => ask(`destroy ${id}`, 'Destroy', [uid(id)]),
    /** A name that no other table and version gives. */
    unique: (text: string): string => `${text}, ${about}, ${version}`,
  };
}

function nameOf({ tag }: TtlvField): string {
  const name = tagName(tag);
  return name === undefined ? '' : attributeText(name);
}

export const revocation = (reason: ValueName<'RevocationReasonCode'> | number, message?: string): TtlvField =>
  make.structure('RevocationReason', [
    make.enumeration('RevocationReasonCode', reason),
    make.ifPresent(message, text => make.textString('RevocationMessage', text)),
  ]);

export const algorithm = (name: ValueName<'CryptographicAlgorithm'>): TtlvField =>
  make.enumeration('CryptographicAlgorithm', name);
export const length = (bits: number): TtlvField => make.integer('CryptographicLength', bits);
export const mask = (...bits: readonly BitName<'CryptographicUsageMask'>[]): TtlvField =>
  make.mask('CryptographicUsageMask', bits);

export const AES: readonly TtlvField[] = [algorithm('AES'), length(256), mask('Encrypt', 'Decrypt')];

/** A key of bytes as it is. */
export function keyBlock(
  material: Uint8Array | TtlvField,
  format: ValueName<'KeyFormatType'>,
  rest: Fields = [],
): TtlvField {
  const value = material instanceof Uint8Array ? make.byteString('KeyMaterial', material) : material;
  return make.structure('KeyBlock', [
    make.enumeration('KeyFormatType', format),
    make.structure('KeyValue', [value]),
    ...rest,
  ]);
}

export const symmetric = (
  material: Uint8Array,
  name: ValueName<'CryptographicAlgorithm'> = 'AES',
): TtlvField =>
  make.structure('SymmetricKey', [keyBlock(material, 'Raw', [algorithm(name), length(8 * material.length)])]);

export const parameters = (fields: Fields): TtlvField => make.structure('CryptographicParameters', fields);

/** What one table of a theme asks in a version. */
export interface Questions {
  /** Where versions differ in nothing that the table asks, some of them. */
  readonly versions?: readonly Version[];
  questions(speaker: Speaker): readonly Question[];
}
