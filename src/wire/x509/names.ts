// Distinguished names (X.501, RFC 5280 section 4.1.2.4): written from parts, and told as text (RFC 4514).

import { hex } from '../../base/bytes.ts';
import {
  childrenOf,
  type DerElement,
  type DerField,
  DerFields,
  DerRefusal,
  der,
  objectIdentifierOf,
  textOf,
} from '../der/index.ts';

/** Attribute types by their short names (RFC 4519, and those of RFC 2985 and X.520 that are told by name). */
const ATTRIBUTE_TYPES = {
  CN: '2.5.4.3',
  SN: '2.5.4.4',
  SERIALNUMBER: '2.5.4.5',
  C: '2.5.4.6',
  L: '2.5.4.7',
  ST: '2.5.4.8',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  T: '2.5.4.12',
  DNQ: '2.5.4.46',
  UID: '0.9.2342.19200300.100.1.1',
  DC: '0.9.2342.19200300.100.1.25',
  E: '1.2.840.113549.1.9.1',
} as const;

export type NameAttributeType = keyof typeof ATTRIBUTE_TYPES;

const SHORT_NAMES: ReadonlyMap<string, string> = new Map(
  Object.entries(ATTRIBUTE_TYPES).map(([short, identifier]) => [identifier, short]),
);

export interface NameAttribute {
  /** A short name, or an object identifier that has none here. */
  readonly type: string;
  readonly value: string;
}

/** In the order given, the most general first. A country is a PrintableString (RFC 5280 appendix A), all else UTF-8. */
export function writeName(attributes: readonly (readonly [NameAttributeType, string])[]): DerField {
  return der.sequence(
    attributes.map(([type, value]) =>
      der.set([
        der.sequence([
          der.objectIdentifier(ATTRIBUTE_TYPES[type]),
          der.text(type === 'C' ? 'printableString' : 'utf8String', value),
        ]),
      ]),
    ),
  );
}

/** The attributes of a Name in their order. Throws DerRefusal. */
export function readName(name: DerElement): readonly NameAttribute[] {
  return childrenOf(name).flatMap(relative =>
    childrenOf(relative).map(element => {
      const fields = new DerFields(element);
      const identifier = objectIdentifierOf(fields.one('objectIdentifier'));
      const value = nameValue(fields.any());
      fields.refuseOthers();
      return { type: SHORT_NAMES.get(identifier) ?? identifier, value };
    }),
  );
}

/** RFC 4514 section 2.4: what is no string is told by its encoding. */
function nameValue(element: DerElement): string {
  try {
    return textOf(element);
  } catch (thrown) {
    if (thrown instanceof DerRefusal) return `#${hex(element.whole)}`;
    throw thrown;
  }
}

/** RFC 4514: the last attribute first, with what would be read as a separator escaped. */
export function nameText(attributes: readonly NameAttribute[]): string {
  return attributes
    .toReversed()
    .map(({ type, value }) => `${type}=${escaped(value)}`)
    .join(',');
}

function escaped(value: string): string {
  if (value.startsWith('#')) return value;
  return value.replace(/[\\",+;<>]/g, '\\$&').replace(/^ | $/g, '\\ ');
}
