// Fields that the requests of many tests have.

import { type BitName, make, type TtlvField } from '../../../src/wire/ttlv/index.ts';

export const uid = (id: string): TtlvField => make.textString('UniqueIdentifier', id);

export const attributes = (...fields: readonly TtlvField[]): TtlvField =>
  make.structure('Attributes', fields);

export const usages = (...bits: readonly BitName<'CryptographicUsageMask'>[]): TtlvField =>
  make.mask('CryptographicUsageMask', bits);

/** The Name of an object; up to 1.4 it is the value of an attribute. */
export const named = (text: string, tag: 'Name' | 'AttributeValue' = 'Name'): TtlvField =>
  make.structure(tag, [
    make.textString('NameValue', text),
    make.enumeration('NameType', 'UninterpretedTextString'),
  ]);
