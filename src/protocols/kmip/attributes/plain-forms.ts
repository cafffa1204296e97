// What 3.0 writes as plain texts, identifiers and references where before it there are texts and structures: identifiers, names, links, groups. Values are kept, found and compared
// in their older form, which every version can be told of; this is the way there and back, in one table.

import {
  make,
  read,
  readItem,
  StructureReader,
  type TtlvField,
  type TtlvItem,
  type ValueName,
  viewOf,
} from '../../../wire/ttlv/index.ts';
import type { AttributeName, StandardAttribute } from './table.ts';

interface PlainForm {
  /** The attribute as which it is kept. */
  readonly of: StandardAttribute;
  structured(text: string): TtlvField;
  /** The text of a value that is kept; undefined for one that this attribute does not show. */
  textOf(kept: TtlvItem): string | undefined;
  plain(text: string): TtlvField;
}

type LinkAttribute = Extract<StandardAttribute, `${string}Link`>;

/** The types that a Link has, and the attribute that each of them has become. */
const LINKS = {
  CertificateLink: 'CertificateLink',
  ChildLink: 'ChildLink',
  DerivationObjectLink: 'DerivationBaseObjectLink',
  DerivedObjectLink: 'DerivedKeyLink',
  NextLink: 'NextLink',
  ParentLink: 'ParentLink',
  PKCS_12CertificateLink: 'PKCS_12CertificateLink',
  PKCS_12PasswordLink: 'PKCS_12PasswordLink',
  PreviousLink: 'PreviousLink',
  PrivateKeyLink: 'PrivateKeyLink',
  PublicKeyLink: 'PublicKeyLink',
  ReplacedObjectLink: 'ReplacedObjectLink',
  ReplacementObjectLink: 'ReplacementObjectLink',
  WrappingKeyLink: 'WrappingKeyLink',
} as const satisfies Partial<Record<LinkAttribute, ValueName<'LinkType'>>>;

type LinkOfType = keyof typeof LINKS;

function linkForm(attribute: LinkOfType): PlainForm {
  const type = LINKS[attribute];
  return {
    of: 'Link',
    structured: text =>
      make.structure('Link', [
        make.enumeration('LinkType', type),
        make.textString('LinkedObjectIdentifier', text),
      ]),
    textOf(kept) {
      const fields = new StructureReader(kept);
      if (fields.one('LinkType', read.enumeration('LinkType')) !== type) return undefined;
      const to = fields.one('LinkedObjectIdentifier', read.item);
      return to.type === 'TextString' ? to.text : undefined;
    },
    plain: text => make.reference(attribute, text),
  };
}

const FORMS: Readonly<Partial<Record<AttributeName, PlainForm>>> = {
  UniqueIdentifier: {
    of: 'UniqueIdentifier',
    structured: text => make.textString('UniqueIdentifier', text),
    textOf: kept => kept.text,
    plain: text => make.identifier('UniqueIdentifier', text),
  },
  Name: {
    of: 'Name',
    structured: nameField,
    textOf: kept => new StructureReader(kept).one('NameValue', read.textString),
    plain: text => make.textString('Name', text),
  },
  RotateName: {
    of: 'RotateName',
    structured: text =>
      make.structure('RotateName', [
        make.textString('RotateNameValue', text),
        make.enumeration('RotateNameType', 'UninterpretedTextString'),
      ]),
    textOf: kept => new StructureReader(kept).one('RotateNameValue', read.textString),
    plain: text => make.textString('RotateName', text),
  },
  GroupLink: {
    of: 'ObjectGroup',
    structured: text => make.textString('ObjectGroup', text),
    textOf: kept => kept.text,
    plain: text => make.nameReference('GroupLink', text),
  },
  ...Object.fromEntries((Object.keys(LINKS) as readonly LinkOfType[]).map(name => [name, linkForm(name)])),
};

export function nameField(text: string): TtlvField {
  return make.structure('Name', [
    make.textString('NameValue', text),
    make.enumeration('NameType', 'UninterpretedTextString'),
  ]);
}

/** The names in a list of groups, in either form. */
export function readGroupNames(fields: StructureReader): readonly string[] {
  return [...fields.many('ObjectGroup', read.textString), ...fields.many('GroupLink', read.anyText)];
}

/** The attribute as which one is kept: itself, but for those that 3.0 has taken others apart into. */
export function keptAs(name: AttributeName): AttributeName {
  return FORMS[name]?.of ?? name;
}

/** Whether it shows some of the values of another attribute. */
export function isView(name: AttributeName): boolean {
  return keptAs(name) !== name;
}

/** Whether a value of the attribute that it is kept as is one of this one. */
export function isShownBy(name: AttributeName, kept: TtlvField): boolean {
  const form = FORMS[name];
  return form === undefined || form.textOf(viewOf(kept)) !== undefined;
}

/** A value of 3.0 in the form in which it is kept; as it is where both are the same. Throws TtlvRefusal. */
export function structuredValue(
  name: AttributeName,
  item: TtlvItem,
): { readonly name: AttributeName; readonly item: TtlvItem } {
  const form = FORMS[name];
  if (form === undefined) return { name, item };
  return { name: form.of, item: viewOf(form.structured(readItem(item, read.anyText))) };
}

/** A value that is kept as 3.0 writes it; undefined where that has no word for it. */
export function plainValue(name: AttributeName, field: TtlvField): TtlvField | undefined {
  const forms = FORMS_BY_KEPT.get(name);
  if (forms === undefined) return field;
  const kept = viewOf(field);
  for (const form of forms) {
    const text = form.textOf(kept);
    if (text !== undefined) return form.plain(text);
  }
  return undefined;
}

const FORMS_BY_KEPT: ReadonlyMap<AttributeName, readonly PlainForm[]> = Map.groupBy(
  Object.values(FORMS).filter(form => form !== undefined),
  form => form.of,
);
